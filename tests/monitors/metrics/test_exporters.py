"""Our own exporters: what they say of recorded and made-up answers, asked by HTTP, fast and named as is usual."""

from __future__ import annotations

import json
import math
import socket
import subprocess
import threading
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import pytest
from prometheus_client.registry import Collector

from monitors.alerting import receiver
from monitors.metrics.batch import BatchCollector
from monitors.metrics.certificates import end_of_ssh, end_of_tls, gauges
from monitors.metrics.replication import ReplicationCollector, look
from monitors.metrics.routing import RoutingCollector, ask_frr, documents
from monitors.metrics.serving import server_of
from monitors.metrics.textfile import Gauge, spell_gauges, write_gauges
from tests.monitors import debian

FRR = Path(__file__).parents[2] / "netconfig/data/frr"
RECORDED = (FRR / "mitaka-r1.bgp.json").read_text() + (FRR / "mitaka-r1.bfd.json").read_text()
SCRAPES, P95_S = 100, 0.050
Scrape = Callable[[Collector], str]

SETTINGS: dict[str, Any] = {
    "clusters": {
        "c": {
            "members": [
                {"name": "a1", "address": "a1", "port": 8008, "site": "a", "area": "east"},
                {"name": "a2", "address": "a2", "port": 8008, "site": "a", "area": "east"},
                {"name": "b1", "address": "b1", "port": 8008, "site": "b", "area": "west"},
            ]
        }
    },
    "voters": [
        {"name": name, "address": name, "port": 2379} for name in ("v1", "v2", "v3", "v4", "v5")
    ],
}
NIGHT = {
    "written": 1796070000.0,
    "night": "2026-11-30",
    "is_running": True,
    "jobs": {"waiting": 120, "running": 8, "done": 150, "failed": 0, "held": 1},
    "deadline": 1796108400.0,
    "finish": {"0.5": 1796100000.0, "0.95": 1796104800.0},
    "miss_probability": 0.031,
    "slack_seconds": 8400.0,
    "decide_by": 1796090000.0,
}


def answers(dead: tuple[str, ...] = (), role: str = "sync_standby") -> Callable[..., Any]:
    """Patroni and etcd as they answer, but for the hosts that are dead."""

    def ask(address: str, port: int, path: str) -> Any:
        if address in dead:
            raise OSError("no route")
        if path == "/health":
            return {"health": "true"}
        return {
            "members": [
                {"name": "a1", "role": "leader", "state": "running"},
                {"name": "a2", "role": "replica", "state": "streaming", "lag": 100},
                {"name": "b1", "role": role, "state": "streaming", "lag": 4096},
            ]
        }

    return ask


@pytest.fixture
def scrape() -> Iterator[Scrape]:
    """Asks a collector by HTTP."""
    servers = []

    def ask(collector: Collector) -> str:
        server = server_of(collector, 0)
        servers.append(server)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        return fetch(server.server_address[1])

    yield ask
    for server in servers:
        server.shutdown()
        server.server_close()


def fetch(port: int) -> str:
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=5) as answer:
        return str(answer.read().decode())


def replication(ask: Callable[..., Any]) -> ReplicationCollector:
    collector = ReplicationCollector(SETTINGS)
    collector.seen = look(SETTINGS, ask, 1.0)
    return collector


def state_file(folder: Path, said: object = NIGHT) -> Path:
    path = folder / "state.json"
    path.write_text(json.dumps(said))
    return path


def test_recorded_sessions_are_said(scrape: Scrape) -> None:
    text = scrape(RoutingCollector(lambda *_: RECORDED))
    assert 'hikae_bgp_session_up{description="carrier",peer="10.128.0.8"} 1.0' in text
    assert 'hikae_bfd_session_up{interface="wan-ministry",peer="10.129.0.8"} 1.0' in text
    assert 'hikae_routing_answered{protocol="bgp"} 1.0' in text


def test_a_session_that_is_down_is_said_and_one_that_was_shut_is_not(scrape: Scrape) -> None:
    found = list(documents(RECORDED))
    found[0]["ipv4Unicast"]["peers"]["10.128.0.8"]["state"] = "Active"
    found[0]["ipv4Unicast"]["peers"]["10.129.0.8"]["state"] = "Idle (Admin)"
    found[1][0]["status"] = "down"
    text = scrape(RoutingCollector(lambda *_: "".join(json.dumps(each) for each in found)))
    assert 'hikae_bgp_session_up{description="carrier",peer="10.128.0.8"} 0.0' in text
    assert 'peer="10.129.0.8"' not in text.partition("hikae_bfd_session_up{")[0]
    assert 'hikae_bfd_session_up{interface="lb1",peer="10.64.7.3"} 0.0' in text


@contextmanager
def a_daemon(path: Path, said: str) -> Iterator[None]:
    """Something that answers as bfdd of FRR 8.4 does: nothing before `enable`; in pieces, then three zeroes and a code."""

    def answer() -> None:
        taken, _ = listening.accept()
        with taken:
            received, is_enabled = b"", False
            while more := taken.recv(100):
                *commands, received = (received + more).split(b"\0")
                for command in commands:
                    is_enabled = is_enabled or command == b"enable"
                    shown, code = (said, b"\0") if is_enabled else ("% Unknown command: x\n", b"\2")
                    shown = "" if command == b"enable" else shown
                    for piece in (shown[:1].encode(), shown[1:].encode(), b"\0\0", b"\0" + code):
                        taken.sendall(piece)

    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(str(path))
        listening.listen()
        thread = threading.Thread(target=answer)
        thread.start()
        yield
        thread.join(10)


def test_a_daemon_that_breaks_off_says_nothing(tmp_path: Path) -> None:
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(str(tmp_path / "bgpd.vty"))
        listening.listen()
        thread = threading.Thread(target=lambda: listening.accept()[0].close())
        thread.start()
        assert ask_frr("bgp", tmp_path) == ""
        thread.join(10)


@pytest.mark.parametrize(
    ("running", "expected"),
    [
        (("bgp", "bfd"), {"bgp": 1.0, "bfd": 1.0}),
        (("bfd",), {"bgp": 0.0, "bfd": 1.0}),  # a balancer
        (("bgp",), {"bgp": 1.0, "bfd": 0.0}),
        ((), {"bgp": 0.0, "bfd": 0.0}),
    ],
)
def test_a_daemon_that_is_not_there_hides_no_other(
    scrape: Scrape, tmp_path: Path, running: tuple[str, ...], expected: dict[str, float]
) -> None:
    said = {"bgp": "{}", "bfd": "[]"}

    with ExitStack() as daemons:
        for protocol in running:
            daemons.enter_context(a_daemon(tmp_path / f"{protocol}d.vty", said[protocol]))
        text = scrape(RoutingCollector(lambda protocol: ask_frr(protocol, tmp_path)))
    for protocol, value in expected.items():
        assert f'hikae_routing_answered{{protocol="{protocol}"}} {value}' in text


def test_routing_that_does_not_answer_is_said(scrape: Scrape) -> None:
    text = scrape(RoutingCollector(lambda *_: "% BGP instance not found\n"))
    assert 'hikae_routing_answered{protocol="bgp"} 0.0' in text
    assert "hikae_bgp_session_up{" not in text


def test_a_cluster_is_safe_while_a_synchronous_copy_is_elsewhere(scrape: Scrape) -> None:
    text = scrape(replication(answers()))
    assert 'hikae_cluster_site_rpo_zero{cluster="c"} 1.0' in text
    assert 'hikae_cluster_area_rpo_zero{cluster="c"} 1.0' in text
    assert 'hikae_cluster_bytes_at_risk{cluster="c",of="site"} 0.0' in text
    assert "hikae_etcd_votes_to_spare 2.0" in text


def test_a_copy_elsewhere_that_is_not_synchronous_leaves_its_lag_at_risk(scrape: Scrape) -> None:
    text = scrape(replication(answers(role="replica")))
    assert 'hikae_cluster_site_rpo_zero{cluster="c"} 0.0' in text
    assert 'hikae_cluster_bytes_at_risk{cluster="c",of="area"} 4096.0' in text


def test_another_member_speaks_for_a_dead_one_and_lost_votes_count(scrape: Scrape) -> None:
    text = scrape(replication(answers(dead=("a1", "v1", "v2", "v3"))))
    assert 'hikae_cluster_answered{cluster="c"} 1.0' in text
    assert "hikae_etcd_votes_to_spare -1.0" in text


def test_a_cluster_that_nobody_speaks_for_is_said_as_that(scrape: Scrape) -> None:
    text = scrape(replication(answers(dead=("a1", "a2", "b1"))))
    assert 'hikae_cluster_answered{cluster="c"} 0.0' in text
    assert "hikae_cluster_leaders{" not in text


def test_an_answer_of_another_kind_is_no_answer() -> None:
    seen = look(SETTINGS, lambda *_: ["strange"], 1.0)
    assert seen.clusters == {"c": None}
    assert set(seen.voters.values()) == {False}


def test_the_night_is_said(scrape: Scrape, tmp_path: Path) -> None:
    text = scrape(BatchCollector(state_file(tmp_path)))
    assert "hikae_batch_miss_probability 0.031" in text
    assert 'hikae_batch_jobs{state="waiting"} 120.0' in text
    assert 'hikae_batch_finish_timestamp_seconds{level="0.95"} 1.7961048e+09' in text


@pytest.mark.parametrize("said", [[], {"jobs": 3, "written": "now", "finish": {"0.5": None}}])
def test_a_strange_night_breaks_no_scrape(scrape: Scrape, tmp_path: Path, said: object) -> None:
    text = scrape(BatchCollector(state_file(tmp_path, said)))
    assert f"hikae_batch_readable {float(isinstance(said, dict))}" in text
    assert "hikae_batch_written" not in text


def test_no_night_is_said_as_that(scrape: Scrape, tmp_path: Path) -> None:
    assert "hikae_batch_readable 0.0" in scrape(BatchCollector(tmp_path / "none.json"))


def collectors(folder: Path) -> dict[str, Collector]:
    return {
        "routing": RoutingCollector(lambda *_: RECORDED),
        "replication": replication(answers()),
        "batch": BatchCollector(state_file(folder)),
    }


@pytest.mark.parametrize("name", ["routing", "replication", "batch"])
def test_a_scrape_is_fast(name: str, tmp_path: Path) -> None:
    """p95 of 100 scrapes by HTTP; of `routing` without vtysh, which the twin measures."""
    server = server_of(collectors(tmp_path)[name], 0)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    took = []
    for _ in range(SCRAPES):
        began = time.perf_counter()
        fetch(server.server_address[1])
        took.append(time.perf_counter() - began)
    server.shutdown()
    server.server_close()
    assert sorted(took)[math.ceil(SCRAPES * 0.95) - 1] < P95_S


def lint(text: str) -> str:
    """What promtool finds in the names and forms of metrics."""
    argv = [str(debian.program("promtool")), "check", "metrics"]
    done = subprocess.run(argv, input=text, capture_output=True, text=True, check=False)
    return done.stdout + done.stderr


def test_metrics_are_named_as_is_usual(scrape: Scrape, tmp_path: Path) -> None:
    for name, collector in collectors(tmp_path).items():
        # What a scrape of the standard library's server adds is none of ours.
        assert lint(scrape(collector)) == "", name
    assert lint(spell_gauges(gauges(1.0, 2.0))) == ""
    assert lint(receiver.Arrivals(tmp_path / "none").metrics()) == ""
    assert "counter metrics should have" in lint("# HELP a b\n# TYPE a counter\na 1\n")


def test_ends_of_certificates_are_read() -> None:
    assert end_of_tls("notAfter=Dec 30 12:00:00 2026 GMT\n") == 1798632000.0
    assert end_of_tls("unable to load certificate") is None
    assert (
        end_of_ssh("        Valid: from 2026-11-30T12:00:00 to 2026-12-30T12:00:00\n") is not None
    )
    assert end_of_ssh("        Valid: forever\n") is None


def test_a_textfile_is_whole_and_readable_by_others(tmp_path: Path) -> None:
    path = tmp_path / "x.prom"
    odd = Gauge("hikae_odd_thing", "Words.", [({"k": 'q"\\\n'}, 1.5), ({}, 2.0)])
    write_gauges(path, [odd, Gauge("c", "None of it.", [])])
    assert path.read_text() == (
        "# HELP hikae_odd_thing Words.\n# TYPE hikae_odd_thing gauge\n"
        'hikae_odd_thing{k="q\\"\\\\\\n"} 1.5\nhikae_odd_thing 2\n'
    )
    assert path.stat().st_mode & 0o777 == 0o644
    assert list(tmp_path.iterdir()) == [path]
    assert lint(path.read_text()) == ""
