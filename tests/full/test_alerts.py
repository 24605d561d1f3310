"""Alerts by real causes on the twin: each arrives in the backup centre once, ends once, also without Tokyo's watcher."""

from __future__ import annotations

import json
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import pytest

from cli.net_drift import tell_monitors
from netconfig.dialects import DIALECTS
from tests.full.booted import booted
from twin import bringup
from twin.drift import read_drift
from twin.lab import Lab

Say = Callable[[str], None]
Act = Callable[[Lab], None]

RECEIVER, OTHER = "kansai-mon1", "mitaka-mon1"
ARRIVED = "/var/lib/hikae/alerts/alerts.jsonl"
TEXTFILES = "/var/lib/prometheus/node-exporter"
STATE = "/var/lib/hikae/batch/state.json"
SMALL = "/srv/small"
WIRE_OF, CLUSTER = "mitaka-r2", "payments"
FIRE_S, REST_S, CALM_S = 420.0, 1500.0, 300.0


@dataclass(frozen=True)
class Cause:
    """What is done to a host, which alert comes of it, by which labels it is known, and how it is undone."""

    alert: str
    labels: dict[str, str]
    do: Act
    undo: Act


def on(host: str, *lines: str) -> Act:
    """Lines of shell at a host's console."""

    def act(lab: Lab) -> None:
        done = lab.hosts[host].exec(["sh", "-ec", "\n".join(lines)], deadline_s=60)
        assert done.returncode == 0, f"{host}: {done.stderr}"

    return act


def everywhere(command: str) -> Act:
    """A command on every member of a cluster."""

    def act(lab: Lab) -> None:
        for name in lab.estate.clusters_within(lab.names)[CLUSTER].members:
            on(name, command)(lab)

    return act


def line(*, up: bool) -> Act:
    """Every line of one router to the networks."""

    def act(lab: Lab) -> None:
        wires = {
            wire.name
            for wire in lab.estate.wires(lab.names)
            if wire.is_wan and any(end.host == WIRE_OF for end in wire.ends)
        }
        lab.network.set_wires(wires, up=up)

    return act


def drift(command: str) -> Act:
    """A line typed at a router by hand, or taken away, and then the look that finds it."""

    def act(lab: Lab) -> None:
        on("hakata-r1", f"vtysh -c 'configure terminal' -c '{command}'")(lab)
        conductor = bringup.conductor_of(lab)
        with conductor.at_bastion() as transport:
            found = read_drift(lab, conductor, lambda _: DIALECTS["frr"], ["hakata-r1"])
            tell_monitors(transport, conductor.bastion, found)

    return act


def night(probability: float) -> Act:
    """What the forecast writes."""

    def act(lab: Lab) -> None:
        said = {"written": time.time() + 1800, "is_running": True, "miss_probability": probability}
        text = json.dumps(said)
        on("mitaka-batch1", f"install -d {STATE.rpartition('/')[0]}", f"echo '{text}' > {STATE}")(
            lab
        )

    return act


def proof(age_s: int) -> str:
    """A line of shell that writes when a restore was last proven, as a proof does."""
    name = 'hikae_backup_proof_timestamp_seconds{cluster="records"}'
    return f"echo '{name} '$(($(date +%s) - {age_s})) > {TEXTFILES}/hikae_backup.prom"


def leader_of(lab: Lab, cluster: str) -> str:
    for name in lab.estate.clusters_within(lab.names)[cluster].members:
        argv = ["runuser", "-u", "postgres", "--", "psql", "-XAtc", "select pg_is_in_recovery()"]
        if lab.hosts[name].exec(argv).stdout.strip() == "f":
            return name
    raise AssertionError(f"nobody leads {cluster}")


def lag(lab: Lab) -> None:
    """A copy stops listening, and the leader writes on."""
    # The brackets keep the shell that says it from being meant.
    on("kansai-db2", "pkill -STOP -f '[w]alreceiver'")(lab)
    statement = "select pg_logical_emit_message(false, 'x', repeat('x', 1000000)) from generate_series(1, 60)"
    on(leader_of(lab, "records"), f'runuser -u postgres -- psql -XAtc "{statement}" > /dev/null')(
        lab
    )


CAUSES = (
    Cause(
        "HostDown",
        {"instance": "takaido-app1"},
        lambda lab: void(lab.crash({"takaido-app1"})),
        lambda lab: lab.boot({"takaido-app1"}),
    ),
    Cause(
        "ExporterDead",
        {"instance": "takaido-batch1", "job": "node"},
        on("takaido-batch1", "systemctl stop prometheus-node-exporter"),
        on("takaido-batch1", "systemctl start prometheus-node-exporter"),
    ),
    Cause(
        "EtcdMemberDown",
        {"instance": "fukuoka-etcd1"},
        on("fukuoka-etcd1", "systemctl stop etcd"),
        on("fukuoka-etcd1", "systemctl start etcd"),
    ),
    Cause("BgpSessionDown", {"instance": WIRE_OF}, line(up=False), line(up=True)),
    Cause("BfdSessionDown", {"instance": WIRE_OF}, lambda lab: None, lambda lab: None),
    Cause(
        "LeaderLost",
        {"cluster": CLUSTER},
        everywhere("systemctl stop patroni"),
        everywhere("systemctl start patroni"),
    ),
    Cause(
        "ReplicaLagging",
        {"member": "kansai-db2"},
        lag,
        on("kansai-db2", "pkill -CONT -f '[w]alreceiver'"),
    ),
    Cause(
        "DiskFull",
        {"instance": "takaido-lb1"},
        on(
            "takaido-lb1",
            f"install -d {SMALL}",
            f"mount -t tmpfs -o size=1m tmpfs {SMALL}",
            f"head -c 1000000 /dev/zero > {SMALL}/full",
        ),
        on("takaido-lb1", f"rm {SMALL}/full"),
    ),
    # Not where an exporter is dead: nobody would hear of it.
    Cause(
        "CertificateEnding",
        {"instance": "kansai-batch1", "kind": "tls"},
        on(
            "kansai-batch1",
            "cp -p /etc/hikae/tls/host.pem /etc/hikae/tls/kept.pem",
            "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 1 -subj /CN=x"
            " -keyout /dev/null -out /etc/hikae/tls/host.pem 2>/dev/null",
            "systemctl start hikae-certificates",
        ),
        on(
            "kansai-batch1",
            "cp -p /etc/hikae/tls/kept.pem /etc/hikae/tls/host.pem",
            "rm /etc/hikae/tls/kept.pem",
            "systemctl start hikae-certificates",
        ),
    ),
    Cause(
        "BackupProofOld",
        {"instance": "kansai-restore1"},
        on("kansai-restore1", proof(200_000)),
        on("kansai-restore1", proof(0)),
    ),
    Cause(
        "DriftFound",
        {"device": "hakata-r1"},
        drift("ip route 192.0.2.0/24 blackhole"),
        drift("no ip route 192.0.2.0/24 blackhole"),
    ),
    Cause("BatchLate", {"alertname": "BatchLate"}, night(0.3), night(0.01)),
)


def void(_: object) -> None:
    """An act whose answer nobody needs."""


@pytest.fixture(scope="module")
def core() -> Iterator[Lab]:
    with booted("core") as lab:
        yield lab


def arrived(lab: Lab) -> list[dict[str, Any]]:
    """Every line of the receiver so far."""
    said = lab.hosts[RECEIVER].exec(["sh", "-c", f"cat {ARRIVED} 2>/dev/null || true"]).stdout
    return [json.loads(row) for row in said.splitlines()]


def lines_of(found: list[dict[str, Any]], cause: Cause, status: str) -> list[dict[str, Any]]:
    wanted = {"alertname": cause.alert, **cause.labels}.items()
    return [row for row in found if row["status"] == status and wanted <= row["labels"].items()]


def wait_lines(
    lab: Lab, causes: tuple[Cause, ...], status: str, deadline_s: float
) -> dict[str, float]:
    """Seconds until each cause's line was there; what never came fails the test."""
    begun = time.monotonic()
    came: dict[str, float] = {}
    while len(came) < len(causes):
        found = arrived(lab)
        for cause in causes:
            if cause.alert not in came and lines_of(found, cause, status):
                came[cause.alert] = round(time.monotonic() - begun, 1)
        missing = sorted({cause.alert for cause in causes} - set(came))
        assert time.monotonic() - begun < deadline_s, (
            f"not {status}: {missing}; {Counter(r['labels']['alertname'] for r in found)}"
        )
        time.sleep(3)
    return came


def wait_calm(lab: Lab) -> None:
    """Nothing fires that stays: what came from starting up has ended."""
    end = time.monotonic() + CALM_S
    while True:
        states: dict[str, str] = {}
        for row in arrived(lab):
            states[json.dumps(row["labels"], sort_keys=True)] = row["status"]
        firing = sorted(key for key, state in states.items() if state == "firing")
        if not firing:
            return
        assert time.monotonic() < end, f"an estate without faults is not calm: {firing}"
        time.sleep(5)


def test_real_causes_arrive_once_and_end_once(core: Lab, say: Say) -> None:
    time.sleep(90)  # two scrapes of every branch, and what fires at a start
    wait_calm(core)
    for cause in CAUSES:
        cause.do(core)
    fired = wait_lines(core, CAUSES, "firing", FIRE_S)
    for cause in CAUSES:
        cause.undo(core)
    ended = wait_lines(core, CAUSES, "resolved", REST_S)
    found = arrived(core)
    for cause in CAUSES:
        told = Counter(
            json.dumps(row["labels"], sort_keys=True) for row in lines_of(found, cause, "firing")
        )
        assert set(told.values()) == {1}, f"{cause.alert}: {told}"
        assert lines_of(found, cause, "firing")[0]["annotations"]["runbook"]
        assert lines_of(found, cause, "firing")[0]["labels"]["owner"] in core.estate.roles
    say(f"seconds until told: {fired}; until over: {ended}")


def test_with_tokyos_watcher_gone_an_alert_arrives_once(core: Lab, say: Say) -> None:
    gone = Cause("HostDown", {"instance": OTHER}, lambda lab: None, lambda lab: None)
    before = len(lines_of(arrived(core), gone, "firing"))
    core.crash({OTHER})
    fired = wait_lines(core, (gone,), "firing", FIRE_S)
    time.sleep(60)
    assert len(lines_of(arrived(core), gone, "firing")) == before + 1
    core.boot({OTHER})
    wait_lines(core, (gone,), "resolved", FIRE_S)
    say(f"seconds until the loss of {OTHER} was told: {fired}")


SCRAPES = """
import math, time, urllib.request
took = []
for _ in range(100):
    began = time.perf_counter()
    urllib.request.urlopen("http://127.0.0.1:%d/metrics", timeout=5).read()
    took.append(time.perf_counter() - began)
print(sorted(took)[94] * 1000)
"""


@pytest.mark.parametrize(
    ("host", "port"),
    [
        ("mitaka-r1", 9401),
        (RECEIVER, 9402),
        ("mitaka-batch1", 9403),
        ("mitaka-db1", 9100),
        ("mitaka-db1", 9187),
        (RECEIVER, 9115),
    ],
)
def test_exporters_answer_within_50_ms(core: Lab, say: Say, host: str, port: int) -> None:
    done = core.hosts[host].exec(["python3", "-c", SCRAPES % port], deadline_s=60)
    assert done.returncode == 0, done.stderr
    say(f"p95 of 100 scrapes, {host}:{port}: {float(done.stdout):.1f} ms")
    assert float(done.stdout) < 50
