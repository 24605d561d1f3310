"""The `mini` slice on real parts: capabilities, idempotence, snapshot against bare."""

from __future__ import annotations

import json
import re
import subprocess
import time
from pathlib import Path

import pytest

from dr.rolling.batches import plan_roll
from dr.rolling.change import Change
from dr.rolling.changes import carry_out, life_of
from dr.rolling.journal import Log
from dr.rolling.roller import roll
from inventory import Interface, load_estate
from playbooks import ssh_certificates
from playbooks.ssh_authority import SshAuthority
from playbooks.ssh_probes import issue_logins
from playbooks.verify.knock_ssh import LET_IN, knock
from proof import Heading, Journal
from tests.twin.bare import Bare, keep_unchanged, was_unchanged
from tests.twin.conftest import ACTING, Steps
from twin import bringup, converge, snapshot
from twin.lab import Lab, clear_leftovers
from twin.places import Places
from twin.pushing import push_network
from twin.rolling import tools_of
from twin.verification import verify

_PRIVATE_KEY = re.compile(rb"-----BEGIN [A-Z ]*PRIVATE KEY-----\s*[A-Za-z0-9+/=]{20,}")
# The present second, never another: without the guard this would set the machine's clock.
_SET_CLOCK = """
import ctypes, errno, time
libc = ctypes.CDLL(None, use_errno=True)
class Timespec(ctypes.Structure):
    _fields_ = [("seconds", ctypes.c_long), ("nanoseconds", ctypes.c_long)]
now = Timespec(int(time.time()), 0)
code = libc.clock_settime(0, ctypes.byref(now)) and ctypes.get_errno()
assert code == errno.EPERM, code
"""
_LOAD_MODULE = """
import ctypes, errno
libc = ctypes.CDLL(None, use_errno=True)
code = libc.syscall(175, b"rubbish", 7, b"") and ctypes.get_errno()
assert code == errno.EPERM, code
"""
# As a child of the host's own init: it has what every program of the host has.
_INSIDE = ("systemd-run", "--quiet", "--wait", "--pipe", "--collect", "python3", "-c")


def test_a_host_can_neither_set_the_clock_nor_load_a_module(mini: Lab) -> None:
    for program in (_SET_CLOCK, _LOAD_MODULE):
        done = mini.hosts["mitaka-r1"].exec([*_INSIDE, program])
        assert done.is_ok, done.stderr


def test_the_console_may_do_no_more_than_the_host(mini: Lab) -> None:
    done = mini.hosts["mitaka-r1"].exec(["python3", "-c", _SET_CLOCK])
    assert done.is_ok, done.stderr


def test_every_unit_runs(mini: Lab) -> None:
    failed = {}
    for name, host in mini.hosts.items():
        done = host.exec(["systemctl", "list-units", "--failed", "--no-legend", "--plain"])
        if done.stdout.strip():
            failed[name] = done.stdout.split()[0]
    assert failed == {}


def test_no_cable_has_one_number_at_both_ends(mini: Lab) -> None:
    """Else a lost carrier is told late (`twin.network`)."""
    for host in mini.hosts.values():
        for link in json.loads(host.exec(["ip", "-json", "link"]).stdout):
            assert link.get("link_index") != link["ifindex"], link


def test_no_host_has_an_interface_beside_the_estates_own(mini: Lab) -> None:
    for name, host in mini.hosts.items():
        listed = host.exec(["ip", "-br", "link"]).stdout.split("\n")
        found = {line.split()[0].split("@")[0] for line in listed if line.strip()}
        assert found == {"lo", *(i.name for i in _wired(mini, name))}, name


def _wired(lab: Lab, name: str) -> list[Interface]:
    wires = lab.network.wires
    return [i for i in lab.estate.hosts[name].interfaces if i.wire in wires]


def test_the_read_only_suite_finds_nothing_and_leaves_nothing(mini: Lab) -> None:
    before = Bare.of(mini)
    conductor = bringup.conductor_of(mini)
    with conductor.at_bastion():
        found = verify(mini, conductor, Steps().doing)
    assert found.findings == ()
    assert found.returncode == 0
    assert found.passed > 20 * len(mini.names)
    assert before.differences(mini) == []


def test_no_private_key_is_anywhere_but_on_its_host(mini: Lab) -> None:
    """After a provision and the suite: in no log, file, report, record or journal, and on no other host."""
    needles = {}
    for name in mini.names:
        etc = mini.hosts[name].disk.root / "etc"
        # The line of OpenSSH's form that holds the secret half.
        needles[name, "ssh"] = (etc / "ssh/ssh_host_ed25519_key").read_bytes().split(b"\n")[4]
        if (etc / "hikae/tls/host.pem").exists():
            needles[name, "tls"] = (etc / "hikae/tls/host.pem").read_bytes().split(b"\n")[1]
    assert ("takaoka-t1", "tls") in needles
    assert len(set(needles.values())) == len(needles)
    kept = [p for p in mini.places.run.rglob("*") if mini.places.hosts not in p.parents]
    kept += [p for p in mini.places.home.glob("*") if p.is_file()]
    kept += [*mini.places.reports.rglob("*"), *(mini.places.home / "records").rglob("*")]
    # Nobody acts now: also what commands log in with has gone.
    for path in kept:
        if path.is_file():
            assert not _PRIVATE_KEY.search(path.read_bytes()), path
    secrets = (mini.places.home / "secrets").rglob("*")
    for path in (*kept, *secrets):
        if path.is_file():
            text = path.read_bytes()
            assert [which for which, key in needles.items() if key in text] == [], path
    for name in mini.names:
        said = mini.hosts[name].exec(["journalctl", "--no-pager", "-o", "cat"]).stdout
        assert "PRIVATE KEY" not in said, name
        upper = mini.hosts[name].disk.upper / "etc"
        held = [p.read_bytes() for p in upper.rglob("*") if p.is_file() and not p.is_symlink()]
        others = [which for which, key in needles.items() if which[0] != name and _is_in(key, held)]
        assert others == [], name


def _is_in(key: bytes, texts: list[bytes]) -> bool:
    return any(key in text for text in texts)


def test_the_journal_of_every_host_names_who_provisioned_it_and_why(mini: Lab) -> None:
    wanted = f"ID {ACTING['person']}#{ACTING['change']} (serial "
    for name in mini.names:
        if mini.role(name) == "provider":
            continue
        said = mini.hosts[name].exec(["journalctl", "--no-pager", "-o", "cat", "-u", "ssh"]).stdout
        accepted = [line for line in said.splitlines() if line.startswith("Accepted publickey")]
        assert any(wanted in line for line in accepted), name
        assert all("ED25519-CERT" in line and " ID " in line for line in accepted), name


def test_a_revoked_certificate_is_refused(mini: Lab, tmp_path: Path) -> None:
    name = "mitaka-db1"
    authority = SshAuthority(mini.secrets, mini.estate.name)
    conductor = bringup.conductor_of(mini)
    address = str(mini.estate.hosts[name].address)
    with conductor.at_bastion():
        known, login = conductor.credentials.known_hosts, conductor.credentials.logins["ops"]
        probe = {"right": issue_logins(authority, login, ["database"])["database"]["right"]}
        assert knock(address, probe, known) == {"right": LET_IN}
        serial = ssh_certificates.read_certificate(probe["right"]["certificate"]).serial
        (tmp_path / "logins.pub").write_text(authority.logins.public())
        (tmp_path / "spec").write_text(f"serial: {serial}\n")
        argv = ["ssh-keygen", "-q", "-k", "-f", str(tmp_path / "krl")]
        argv += ["-s", str(tmp_path / "logins.pub"), str(tmp_path / "spec")]
        subprocess.run(argv, check=True)
        there = mini.hosts[name].disk.root / "etc/ssh/revoked_logins"
        before = there.read_bytes()
        try:
            there.write_bytes((tmp_path / "krl").read_bytes())
            assert knock(address, probe, known)["right"].startswith("refused")
        finally:
            there.write_bytes(before)


def test_a_second_provisioning_changes_nothing_and_leaves_the_same_fingerprint(
    mini: Lab, places: Places, kept_bare: Bare | None, unchanged: list[str]
) -> None:
    kept = snapshot.find(mini.estate, "mini", places, mini.secrets)
    if kept_bare is not None and kept is not None and was_unchanged(kept):
        pytest.skip("these very sources were provisioned a second time before, and nothing changed")
    before = Bare.of(mini)
    conductor = bringup.conductor_of(mini)
    with conductor.at_bastion():
        outcomes = converge.provision(mini, conductor, Steps().doing)
        pushed = push_network(mini, conductor)
    assert [o.failed_hosts for o in outcomes] == [() for _ in outcomes]
    changed = {h.host: h.changed for outcome in outcomes for h in outcome.hosts if h.changed}
    assert changed == {}
    assert [(r.device, r.commands) for r in pushed.devices if r.changed or r.error] == []
    assert pushed.failed == ()
    assert pushed.waves == ()
    assert before.differences(mini) == []
    unchanged.append("mini")
    if kept is not None:
        keep_unchanged(kept)


def test_a_start_from_the_snapshot_gives_what_bare_hosts_gave(
    mini: Lab, places: Places, kept_bare: Bare | None, unchanged: list[str]
) -> None:
    if kept_bare is not None:
        # This twin was started from it.
        assert kept_bare.differences(mini) == []
        return
    estate = load_estate()
    before = Bare.of(mini)
    of = snapshot.key(estate, "mini", places, mini.secrets)
    mini.shut_down(Steps().doing)
    snapshot.keep(mini, of)
    clear_leftovers(places)
    found = snapshot.find(estate, "mini", places, mini.secrets)
    assert found is not None
    begun = time.monotonic()
    again = bringup.bring_up(estate, "mini", places, Steps())
    assert time.monotonic() - begun < 120
    assert before.differences(again) == []
    before.write(found)
    if unchanged:
        keep_unchanged(found)


def test_a_host_that_dies_without_a_word_is_a_result_within_seconds(mini: Lab) -> None:
    conductor = bringup.conductor_of(mini)
    with conductor.at_bastion() as transport:
        assert transport.run("mitaka-app1", ["true"], deadline_s=10).is_ok
        mini.crash(["mitaka-app1"])
        begun = time.monotonic()
        done = transport.run("mitaka-app1", ["true"], deadline_s=10)
        assert done.returncode == 255, done.stderr
        assert time.monotonic() - begun < 25
        mini.boot(["mitaka-app1"])
        converge.wait_reachable(mini, deadline_s=60)
        assert transport.run("mitaka-app1", ["true"], deadline_s=10).is_ok


def test_a_host_that_reboots_comes_back_as_another_life_and_forgets_what_was_in_run(
    mini: Lab,
) -> None:
    conductor = bringup.conductor_of(mini)
    host = "mitaka-db1"
    with conductor.at_bastion() as transport:
        tools = tools_of(mini, conductor, transport, Steps().doing)
        before = life_of(tools, host)
        assert before is not None
        assert life_of(tools, host) == before
        transport.put(host, tools.layout.patroni_drain, b"tags: {}\n")
        carry_out(tools, Change("reboot"), [host])
        after = life_of(tools, host)
        assert after not in (None, before)
        gone = transport.run(host, ["test", "-e", tools.layout.patroni_drain], deadline_s=10)
        assert gone.returncode == 1
    converge.wait_serving(mini, conductor, Steps().doing, deadline_s=90)


def test_votes_are_changed_in_turn_and_nothing_is_left_drained(mini: Lab, tmp_path: Path) -> None:
    conductor = bringup.conductor_of(mini)
    change = Change("restart", "etcd")
    leaders = {"records": "mitaka-db1"}
    planned = plan_roll(
        mini.estate, mini.names, change, conductor=conductor.bastion, leaders=leaders
    )
    assert not planned.refusals
    heading = Heading("patch", "patch", "shaho", "twin", "tanaka", "operator", "CHG-1", time.time())
    journal = Journal.begin(tmp_path, heading)
    log = Log(journal)
    log.begin(change, conductor.bastion, planned.batches)
    with conductor.at_bastion() as transport:
        tools = tools_of(mini, conductor, transport, Steps().doing)
        rolled = roll(tools, change, planned.batches, log)
    journal.close()
    assert rolled.why is None
    assert len(rolled.gone) == 3
    assert list(tmp_path.iterdir()) == []
