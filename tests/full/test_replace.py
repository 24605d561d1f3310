"""A branch router dies and is replaced on a real twin, also when the command is killed; nobody believes the old one.

`HIKAE_REPLACE_KILLS=3` says how often it is killed, `HIKAE_REPLACE_SEED` repeats a run.
"""

from __future__ import annotations

import base64
import json
import os
import random
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import paramiko
import pytest

from dr.replacement import STEPS
from inventory import load_estate
from inventory.host_keys import CertifiedHosts
from playbooks.secret_store import SecretStore
from playbooks.ssh_authority import SshAuthority
from playbooks.ssh_withdrawn import WithdrawnHosts, key_of
from tests.e2e.commands import hikae
from tests.e2e.traces import changes_since, traces
from twin.places import CHECKOUT, Places

pytestmark = pytest.mark.skipif(
    os.geteuid() != 0, reason="a twin needs root, and this run is not root's"
)
Say = Callable[[str], None]
SITE, ROUTER, TERMINAL = "takaoka", "takaoka-r1", "takaoka-t1"
KILLS = int(os.environ.get("HIKAE_REPLACE_KILLS", "5"))
SEED = int(os.environ.get("HIKAE_REPLACE_SEED", str(int(time.time()))))
CERTIFICATE = "/etc/ssh/ssh_host_ed25519_key-cert.pub"
# An undisturbed replacement takes about this long; kills are drawn from within it.
LONG_S = 120.0


@pytest.fixture(scope="module")
def twin() -> Iterator[Places]:
    hikae("twin", "down")
    before = traces()
    up = hikae("twin", "up", "--slice", "mini", deadline_s=1800)
    assert up.returncode == 0, up.stderr
    yield Places.default()
    assert hikae("twin", "down").returncode == 0
    assert changes_since(before) == {}


def certificate() -> str:
    """What the host shows, from its own disk."""
    done = hikae("twin", "exec", ROUTER, "--", "cat", CERTIFICATE)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def replace() -> subprocess.CompletedProcess[str]:
    return hikae("net", "replace", SITE, "--json", deadline_s=1800)


def assert_replaced(done: subprocess.CompletedProcess[str], old: str, places: Places) -> None:
    assert done.returncode == 0, done.stderr[-3000:]
    said = json.loads(done.stdout)
    assert said["done"]
    assert [step["step"] for step in said["steps"]] == list(STEPS)
    new = certificate()
    assert key_of(new) != key_of(old)
    assert_refused(old, places)
    # It is a router like any other: nothing is left to push, to provision, or in a journal.
    assert hikae("net", "diff", ROUTER).returncode == 0
    assert hikae("provision", ROUTER).returncode == 0
    assert list(places.journal.glob("*.jsonl")) == []


def assert_refused(old: str, places: Places) -> None:
    """The dead device's certificate, with its key, is believed by nobody while the twin lives."""
    withdrawn = places.withdrawn
    assert any(key_of(path.read_text()) == key_of(old) for path in withdrawn.glob("*.pub"))
    estate = load_estate()
    authority = SshAuthority(SecretStore(places.secrets(estate.name)), estate.name)
    known = places.run / "test-known-hosts"
    known.write_text(authority.known_hosts() + WithdrawnHosts(withdrawn).lines())
    key = paramiko.Ed25519Key(data=base64.b64decode(key_of(old).split()[1]))
    key.load_certificate(old)
    with pytest.raises(paramiko.SSHException, match="its key was withdrawn"):
        CertifiedHosts(known).check(str(estate.hosts[ROUTER].address), key)
    known.unlink()


def test_a_living_router_is_not_given_up(twin: Places) -> None:
    before = certificate()
    done = hikae("net", "replace", SITE)
    assert done.returncode == 2
    assert f"hikae twin crash {ROUTER}" in done.stderr
    assert certificate() == before
    assert not twin.withdrawn.exists()


def test_a_dead_router_is_replaced(twin: Places, say: Say) -> None:
    old = certificate()
    assert hikae("twin", "crash", ROUTER).returncode == 0
    began = time.monotonic()
    done = replace()
    assert_replaced(done, old, twin)
    for step in json.loads(done.stdout)["steps"]:
        say(f"{step['step']:>10} {step['seconds']:>6} s  {step['note'][:100]}")
    say(f"replaced in {time.monotonic() - began:.0f} s")


def test_killed_on_the_way_the_same_command_goes_on(twin: Places, say: Say) -> None:
    dice = random.Random(SEED)
    say(f"HIKAE_REPLACE_SEED={SEED}, {KILLS} kills")
    for _ in range(KILLS):
        old = certificate()
        assert hikae("twin", "crash", ROUTER).returncode == 0
        after_s = dice.uniform(0.5, LONG_S)
        killed = kill_after(after_s)
        done = replace() if killed else None
        if done is None:
            say(f"it had ended before {after_s:.0f} s")
            continue
        assert_replaced(done, old, twin)
        before = sum(step["before"] for step in json.loads(done.stdout)["steps"])
        say(f"killed after {after_s:.1f} s: {before} steps were done before")


def test_another_command_acts_while_a_replacement_stands(twin: Places) -> None:
    old = certificate()
    assert hikae("twin", "crash", ROUTER).returncode == 0
    assert kill_after(8.0)
    status = hikae("drill", "status")
    assert "net replace" in status.stdout + status.stderr
    pushed = hikae("net", "push", "kansai-r1")
    assert pushed.returncode == 0, pushed.stderr
    assert f"`hikae net replace {SITE}` goes on" in pushed.stderr
    assert_replaced(replace(), old, twin)


def kill_after(seconds: float) -> bool:
    """Start the command and kill it with all that it started; whether it was still at work."""
    with subprocess.Popen(
        [str(Path(CHECKOUT) / "hikae"), "net", "replace", SITE],
        cwd=CHECKOUT,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    ) as process:
        try:
            process.wait(timeout=seconds)
        except subprocess.TimeoutExpired:
            # The host that it may have booted has a session of its own and lives on, as it would.
            os.killpg(process.pid, signal.SIGKILL)
            return True
    assert process.returncode == 0
    return False
