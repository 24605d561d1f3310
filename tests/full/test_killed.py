"""The orchestrator is killed at random moments: the next command says where things stand, and finishes or undoes them.

One twin that stays up, and short drills on it; `HIKAE_KILLS=3` makes it short, `HIKAE_KILL_SEED` repeats a run.
"""

from __future__ import annotations

import json
import os
import random
import re
import shutil
import subprocess
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
import yaml

from dr.layout import Layout
from dr.scenario_file import SHIPPED
from tests.e2e.commands import caught, hikae
from tests.e2e.traces import changes_since, traces
from twin.places import CHECKOUT, Places

pytestmark = pytest.mark.skipif(
    os.geteuid() != 0, reason="a twin needs root, and this run is not root's"
)
Say = Callable[[str], None]
KILLS = int(os.environ.get("HIKAE_KILLS", "30"))
SEED = int(os.environ.get("HIKAE_KILL_SEED", str(int(time.time()))))
SHORT: dict[str, Any] = {
    "slice": "mini",
    "load": {"transactions_per_s": 60},
    "steady": {"seconds": 3, "acked_share": 0.99, "deadline_s": 90},
}
# Scenario → seconds from its begin in which it is killed: all of its steps, and the way back at its end.
DRILLS = {"planned-switchover": 55.0, "leader-kill": 75.0}
# The command that comes next: whichever acts must settle first what the killed one left.
NEXT = (
    ("drill", "undo"),
    ("net", "push"),
    ("drill", "undo", "--json"),
)


@pytest.fixture(scope="module")
def estate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The shipped estate with short scenarios for its smallest slice."""
    folder = tmp_path_factory.mktemp("estate") / "shaho"
    shutil.copytree(CHECKOUT / "inventory/estate", folder)
    (folder / "scenarios").mkdir()
    for name in DRILLS:
        scenario = yaml.safe_load((SHIPPED / f"{name}.yml").read_text()) | SHORT
        for step in scenario["steps"]:
            if "seconds" in step:
                step["seconds"] = 4
        path = folder / "scenarios" / f"{name}.yml"
        path.write_text(yaml.safe_dump(scenario, allow_unicode=True))
    return folder


@pytest.fixture(scope="module")
def twin(estate: Path) -> Iterator[Callable[..., subprocess.CompletedProcess[str]]]:
    """A twin that stays up through all kills; what acts on it."""
    hikae("twin", "down")
    before = traces()
    up = hikae("twin", "up", "--slice", "mini", "--estate", str(estate), deadline_s=1800)
    assert up.returncode == 0, up.stderr
    # Before the words that `twin exec` passes on.
    yield lambda verb, *words: hikae(verb, words[0], "--estate", str(estate), *words[1:])
    assert hikae("twin", "down").returncode == 0
    assert changes_since(before) == {}


Act = Callable[..., subprocess.CompletedProcess[str]]


def console(twin: Act, host: str, *argv: str) -> str:
    return twin("twin", "exec", host, "--", *argv).stdout.strip()


def assert_nothing_left(twin: Act) -> None:
    """Every host runs, the lead is at home, no program or file of a drill is anywhere, and no journal is open."""
    status = json.loads(twin("twin", "status", "--json").stdout)
    assert [host["name"] for host in status["hosts"] if not host["up"]] == []
    query = "select concat(pg_is_in_recovery(), ' ', count(*)) from pg_stat_replication"
    psql = ("runuser", "-u", "postgres", "--", "psql", "-XAtc", query)
    assert console(twin, "mitaka-db1", *psql) == "f 1"
    assert console(twin, "kansai-db1", *psql) == "t 0"
    for host in ("takaoka-t1", "mitaka-db1", "kansai-db1"):
        assert console(twin, host, "sh", "-c", "ls -d /var/lib/hikae-drill 2>/dev/null") == ""
        units = console(twin, host, "systemctl", "list-units", "--all", "--plain", "--no-legend")
        assert "hikae-drill" not in units
    assert list(Places.default().journal.glob("*.jsonl")) == []


def records() -> list[dict[str, Any]]:
    path = Places.default().home / "records/shaho/records.jsonl"
    lines = path.read_text().splitlines() if path.exists() else []
    return [json.loads(line)["body"] for line in lines]


def assert_chain_is_sound() -> None:
    folder = Places.default().home / "records"
    trust, head = folder / "shaho.trust.json", folder / "shaho.head.json"
    words = ("audit", "verify", str(folder / "shaho"), "--trust", str(trust), "--head", str(head))
    done = hikae(*words)
    assert done.returncode == 0, done.stdout


def test_drills_are_undone_and_judged_whenever_they_are_killed(
    twin: Act, estate: Path, say: Say
) -> None:
    dice = random.Random(SEED)
    say(f"HIKAE_KILL_SEED={SEED}, {KILLS} kills")
    judged = 0
    for number in range(KILLS):
        name = dice.choice(list(DRILLS))
        after_s = dice.uniform(0.0, DRILLS[name])
        words = ("drill", "run", name, "--standing", "--unattended", "--estate", str(estate))
        known = len(records())
        with caught(*words, until="look", deadline_s=120, after_s=after_s) as process:
            is_over = process.poll() is not None
            process.kill()
            process.wait(60)
        began = time.monotonic()
        done = twin(*NEXT[number % len(NEXT)])
        took = time.monotonic() - began
        where = re.search(r"broke off.*", done.stderr)
        fates = re.search(r"Of its clients: (.*)", done.stderr)
        say(
            f"{number + 1}: {name} killed after {after_s:.1f} s, settled in {took:.0f} s: "
            f"{where[0] if where else 'it was over'} {fates[1] if fates else ''}"
        )
        assert done.returncode == 0, done.stderr
        assert_nothing_left(twin)
        if is_over:
            continue
        assert where, done.stderr
        assert fates, done.stderr
        assert fates[1].endswith(("no bad fate.", "no client had begun."))
        assert "not judged" not in fates[1]
        judged += int(found[1]) if (found := re.match(r"(\d+) writes judged", fates[1])) else 0
        (killed,) = [r for r in records()[known:] if r["result"]["state"] == "interrupted"]
        assert killed["verb"] == "drill run"
    say(f"{judged} writes of killed drills judged, no bad fate")
    assert judged
    assert_chain_is_sound()


# Whichever comes next: it goes on, leads back, or does so before something else.
AFTER_A_PATCH = (("patch", "--finish"), ("patch", "--undo"), ("drill", "undo"))
AFTER_A_PROOF = (("backup", "prove", "records"), ("drill", "undo"))


def taking(twin: Act, *words: str) -> float:
    """How many seconds an act takes that nobody kills."""
    began = time.monotonic()
    done = twin(*words)
    assert done.returncode == 0, done.stderr
    return time.monotonic() - began


def kill_within(estate: Path, words: Sequence[str], after_s: float) -> bool:
    """Kill an act so many seconds after its first word of progress; whether it was still at work."""
    verb, first, *rest = words
    said = (verb, first, "--estate", str(estate), *rest)
    with caught(*said, until=":", deadline_s=120, after_s=after_s) as process:
        is_at_work = process.poll() is None
        process.kill()
        process.wait(60)
    return is_at_work


# What a slice with one server of most roles can bear: votes, and hosts that carry nothing in the day.
PATCHES = (
    ("--restart", "etcd", "--role", "etcd"),
    ("--reboot", "mitaka-batch1", "mitaka-mon1", "kansai-restore1"),
)


@pytest.mark.parametrize("change", PATCHES)
def test_rolling_changes_are_finished_or_led_back_whenever_they_are_killed(
    twin: Act, estate: Path, change: Sequence[str], say: Say
) -> None:
    words = ("patch", "--apply", *change)
    whole, dice = taking(twin, *words), random.Random(SEED)
    for number in range(max(3, KILLS // 6)):
        after_s = dice.uniform(0.0, whole)
        was_at_work = kill_within(estate, words, after_s)
        following = AFTER_A_PATCH[number % len(AFTER_A_PATCH)]
        done = twin(*following)
        where = re.search(r"broke off.*", done.stderr)
        say(
            f"{change[0]} {change[1]} killed after {after_s:.1f} of {whole:.0f} s, then {' '.join(following)}: "
            f"{where[0] if where else 'nothing had begun, or all was over'}"
        )
        if where or following[1] != "--finish":
            assert done.returncode == 0, done.stderr
        assert where or after_s < 3 or not was_at_work, done.stderr
        assert_nothing_left(twin)
    assert_chain_is_sound()


def test_proofs_are_taken_away_whenever_they_are_killed(twin: Act, estate: Path, say: Say) -> None:
    assert twin("backup", "run", "records").returncode == 0
    words = ("backup", "prove", "records")
    whole, dice = taking(twin, *words), random.Random(SEED)
    for number in range(max(3, KILLS // 6)):
        after_s = dice.uniform(0.0, whole)
        kill_within(estate, words, after_s)
        following = AFTER_A_PROOF[number % len(AFTER_A_PROOF)]
        done = twin(*following)
        where = re.search(r"broke off.*", done.stderr)
        say(
            f"proof killed after {after_s:.1f} of {whole:.0f} s, then {' '.join(following)}: "
            f"{where[0] if where else 'nothing had begun, or all was over'}"
        )
        assert done.returncode == 0, done.stderr
        find = ("find", Layout().restored, "-mindepth", "1")
        assert console(twin, "kansai-restore1", *find) == ""
        assert_nothing_left(twin)
    assert_chain_is_sound()


@pytest.mark.parametrize("share", [0.15, 0.5, 0.7])
def test_a_killed_provision_is_finished_by_the_next_and_takes_its_tools_along(
    twin: Act, estate: Path, share: float, say: Say
) -> None:
    before = time.monotonic()
    assert twin("provision", "--apply").returncode == 0
    whole = time.monotonic() - before
    # What a killed run would have announced: a file of a service that is not as the service runs.
    changed = "/etc/haproxy/haproxy.cfg"
    console(twin, "mitaka-lb1", "sh", "-c", f"echo '# by hand' >> {changed}")
    words = ("provision", "--apply", "--estate", str(estate))
    with caught(
        *words, until="the application's wheel", deadline_s=300, after_s=whole * share
    ) as process:
        assert process.poll() is None, "it had ended before it was killed"
        process.kill()
        process.wait(60)
    time.sleep(1)
    tools = subprocess.run(["pgrep", "-f", "ansible-playbook"], capture_output=True, text=True)
    assert tools.stdout == ""
    done = twin("provision", "--apply", "--json")
    assert done.returncode == 0, done.stderr
    assert "This provision finishes it." in done.stderr
    assert json.loads(twin("provision", "--apply", "--json").stdout)["changed"] == 0
    assert_nothing_left(twin)
    say(f"a provision of {whole:.0f} s, killed after {whole * share:.0f} s, was finished")
