"""Every certificate is renewed and the roots are rolled over while an office works: no transaction fails."""

from __future__ import annotations

import json
import time
import uuid
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from dr.client.archive import archive
from dr.layout import Layout
from playbooks.authority import Authority
from playbooks.ssh_probes import issue_logins
from playbooks.verify.knock_ssh import LET_IN, knock
from tests.twin.conftest import Steps
from twin import bringup
from twin.certification import certify, roll_over
from twin.conductor import Conductor
from twin.lab import Lab

Say = Callable[[str], None]
LAYOUT = Layout()
TERMINAL = "takaoka-t1"
UNIT = "hikae-test-client"
RATE = 20.0


@contextmanager
def working_office(lab: Lab, conductor: Conductor) -> Iterator[list[dict[str, Any]]]:
    """The drill's client on a terminal; the list is filled with its transactions at the end."""
    service = lab.estate.services["records"]
    folder, history = LAYOUT.folder, f"{LAYOUT.folder}/out/history.jsonl"
    config = {
        "office": "takaoka",
        "service": "records",
        "address": str(service.address),
        "port": service.port,
        "identity": LAYOUT.identity,
        "trust": LAYOUT.trust,
        "run": str(uuid.uuid4()),
        "seed": 1,
        "rate": RATE,
        "write_share": 0.8,
        "history": history,
        "status": f"{folder}/out/status.json",
    }
    found: list[dict[str, Any]] = []
    with conductor.at_bastion() as transport:
        argv = ["install", "-d", "-m", "0755", "-o", LAYOUT.terminal_user, f"{folder}/out"]
        assert transport.run(TERMINAL, argv, deadline_s=20, sudo=True).is_ok
        transport.put(TERMINAL, f"{folder}/client.pyz", archive())
        transport.put(TERMINAL, f"{folder}/client.json", json.dumps(config).encode())
        program = [LAYOUT.python, f"{folder}/client.pyz", f"{folder}/client.json"]
        start = LAYOUT.transient(UNIT, LAYOUT.terminal_user, program, groups=LAYOUT.key_group)
        assert transport.run(TERMINAL, start, deadline_s=20, sudo=True).is_ok
        time.sleep(10)
        yield found
        time.sleep(5)
        transport.run(TERMINAL, ["systemctl", "stop", UNIT], deadline_s=20, sudo=True)
        text = transport.get(TERMINAL, history).decode()
        found += [json.loads(line) for line in text.splitlines()]
        transport.run(TERMINAL, ["rm", "-rf", folder], deadline_s=20, sudo=True)


def outcomes_of(found: list[dict[str, Any]]) -> Counter[str]:
    return Counter(f"{line['kind']} {line['outcome']}" for line in found)


def failures_of(found: list[dict[str, Any]], moments: list[tuple[float, str]]) -> list[str]:
    """Each transaction that was not acknowledged, with the act that was under way."""
    said = []
    for line in found:
        if line["outcome"] == "acked":
            continue
        at = line["started"]
        under_way = [words for moment, words in moments if moment <= at]
        said.append(
            f"{at:.2f} ({line['ended'] - at:.2f} s) {line['kind']} {line['outcome']} {line.get('status')}: "
            f"{under_way[-1] if under_way else 'before'}"
        )
    return said


def journals_of(lab: Lab, found: list[dict[str, Any]]) -> list[str]:
    """What those who answer offices wrote down around the first transaction that was not acknowledged."""
    failed = [line["started"] for line in found if line["outcome"] != "acked"]
    if not failed:
        return []
    said = []
    for host in ("mitaka-lb1", "mitaka-app1"):
        since, until = (f"@{min(failed) + shift:.0f}" for shift in (-15, 5))
        argv = ["journalctl", "--no-pager", "-o", "short-precise", "--since", since]
        done = lab.hosts[host].exec([*argv, "--until", until], deadline_s=20)
        said += [f"{host}: {line}" for line in done.stdout.splitlines()[-40:]]
    return said


def test_new_intermediates_and_certificates_for_all_interrupt_nobody(mini: Lab, say: Say) -> None:
    conductor = bringup.conductor_of(mini)
    with working_office(mini, conductor) as found:
        Authority(mini.secrets, mini.estate.name).renew_intermediates()
        done = certify(mini, conductor, Steps().doing, check=False, all_of_them=True)
        assert [outcome.failed_hosts for outcome in done] == [(), ()]
        changed = {host.host for outcome in done for host in outcome.hosts if host.changed}
        assert {
            "mitaka-r1",
            "mitaka-etcd1",
            "mitaka-db1",
            "mitaka-lb1",
            "mitaka-app1",
            TERMINAL,
        } <= changed
    say(f"renewal of all: {dict(outcomes_of(found))}")
    assert len(found) > 10 * RATE
    assert set(outcomes_of(found)) == {"write acked", "read acked"}


def test_a_rollover_of_the_roots_interrupts_nobody(mini: Lab, say: Say) -> None:
    conductor = bringup.conductor_of(mini)
    authority = Authority(mini.secrets, mini.estate.name)
    before = authority.trust()
    address = str(mini.estate.hosts["mitaka-db1"].address)
    with conductor.at_bastion():
        login = conductor.credentials.logins["ops"]
        stale = issue_logins(authority.ssh, login, ["database"])["database"]["right"]
        known = authority.ssh.known_hosts()
        assert knock(address, {"right": stale}, conductor.credentials.known_hosts) == {
            "right": LET_IN
        }
    steps: list[str] = []
    moments: list[tuple[float, str]] = []
    with working_office(mini, conductor) as found:
        doing = lambda words: moments.append((time.time(), f"{len(steps)} {words}"))  # noqa: E731
        for step, done in roll_over(mini, conductor, doing):
            assert [outcome.failed_hosts for outcome in done] == [(), ()], step
            steps.append(step)
    assert steps == ["begin", "switch", "end"]
    assert not set(before.split("-----END CERTIFICATE-----\n")) & set(
        authority.trust().split("-----END CERTIFICATE-----\n")
    ) - {""}
    with conductor.at_bastion():
        kinds = issue_logins(authority.ssh, login, ["database"])["database"]
        logins = {"stale": stale, "right": kinds["right"]}
        found_in = knock(address, logins, conductor.credentials.known_hosts)
    assert found_in["stale"].startswith("refused")
    assert found_in["right"] == LET_IN
    assert not set(known.splitlines()) & set(authority.ssh.known_hosts().splitlines())
    say(f"rollover: {dict(outcomes_of(found))}")
    for words in (*failures_of(found, moments), *journals_of(mini, found)):
        say(words)
    assert len(found) > 30 * RATE
    assert set(outcomes_of(found)) == {"write acked", "read acked"}
