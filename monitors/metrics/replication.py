"""Exports the clusters and the voters as they are seen from a monitoring host, over Patroni's REST and etcd's own interface.

They are asked in the background, and a scrape gives the last answers with their age: a dead host, or a line that is cut,
must not hold a scrape up. Runs on hosts with Debian's Python and prometheus-client:
`python3 -m monitors.metrics.replication PORT SETTINGS`.
"""

from __future__ import annotations

import http.client
import json
import ssl
import sys
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from monitors.metrics.copies import Member, judge, members_of
from monitors.metrics.serving import server_of

__all__ = ["Ask", "ReplicationCollector", "Seen", "asker", "look", "watch"]

_PERIOD_S = 10.0
_DEADLINE_S = 2.0
_AT_ONCE = 8

Ask = Callable[[str, int, str], Any]
"""Address, port and path to what was answered as JSON; OSError or ValueError where nothing was."""


@dataclass(frozen=True, slots=True)
class Seen:
    """What was answered: by cluster its members (none where nobody answered), and by voter whether it is well."""

    at: float
    clusters: Mapping[str, tuple[Member, ...] | None] = field(default_factory=dict)
    voters: Mapping[str, bool] = field(default_factory=dict)


def asker(identity: str, trust: str) -> Ask:
    """Asks by TLS with this host's certificate, read anew each time: it is renewed while we run."""

    def ask(address: str, port: int, path: str) -> Any:
        context = ssl.create_default_context(cafile=trust)
        context.minimum_version = ssl.TLSVersion.TLSv1_2
        context.load_cert_chain(identity)
        line = http.client.HTTPSConnection(address, port, timeout=_DEADLINE_S, context=context)
        try:
            line.request("GET", path)
            return json.loads(line.getresponse().read())
        except http.client.HTTPException as error:
            raise OSError(str(error)) from error
        finally:
            line.close()

    return ask


def look(settings: Mapping[str, Any], ask: Ask, now: float) -> Seen:
    """Ask every cluster (the first member that answers speaks for it) and every voter, side by side."""
    clusters: Mapping[str, Any] = settings["clusters"]
    voters: list[Mapping[str, Any]] = settings["voters"]
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        asked = {name: pool.submit(_cluster, said, ask) for name, said in clusters.items()}
        well = {said["name"]: pool.submit(_is_well, said, ask) for said in voters}
        return Seen(
            now,
            {name: answer.result() for name, answer in asked.items()},
            {name: answer.result() for name, answer in well.items()},
        )


def _cluster(said: Mapping[str, Any], ask: Ask) -> tuple[Member, ...] | None:
    for member in said["members"]:
        try:
            return members_of(ask(member["address"], int(member["port"]), "/cluster"))
        except (OSError, ValueError, KeyError, TypeError, AttributeError):
            continue
    return None


def _is_well(voter: Mapping[str, Any], ask: Ask) -> bool:
    try:
        # etcd 3.4 writes the word, not the value.
        return str(ask(voter["address"], int(voter["port"]), "/health")["health"]) == "true"
    except (OSError, ValueError, KeyError, TypeError):
        return False


class ReplicationCollector(Collector):
    """The last answers; `seen` is replaced by whoever asks."""

    def __init__(self, settings: Mapping[str, Any]) -> None:
        self._settings = settings
        self.seen: Seen | None = None

    def collect(self) -> Iterable[Metric]:
        seen = self.seen
        if seen is not None:
            yield GaugeMetricFamily(
                "hikae_replication_asked_timestamp_seconds",
                "When everybody was last asked.",
                seen.at,
            )
            yield from _of_clusters(self._settings["clusters"], seen)
            yield from _of_voters(seen)


def _of_clusters(settings: Mapping[str, Any], seen: Seen) -> Iterator[Metric]:
    def gauge(name: str, words: str, *labels: str) -> GaugeMetricFamily:
        return GaugeMetricFamily(name, words, labels=["cluster", *labels])

    answered = gauge("hikae_cluster_answered", "1 while a member of the cluster answers.")
    expected = gauge("hikae_cluster_members_expected", "Members that the estate names.")
    running = gauge(
        "hikae_cluster_members_running", "Members that run, and follow where they do not lead."
    )
    leaders = gauge("hikae_cluster_leaders", "Members that lead.")
    site = gauge(
        "hikae_cluster_site_rpo_zero", "1 while the loss of the leader's site loses no commit."
    )
    area = gauge("hikae_cluster_area_rpo_zero", "1 while the loss of its disaster area loses none.")
    risk = gauge("hikae_cluster_bytes_at_risk", "What the best copy elsewhere lacks.", "of")
    lag = gauge("hikae_cluster_member_lag_bytes", "What a member is behind the leader.", "member")
    for name, members in seen.clusters.items():
        said = settings[name]
        sites = {each["name"]: each["site"] for each in said["members"]}
        areas = {each["name"]: each["area"] for each in said["members"]}
        answered.add_metric([name], float(members is not None))
        expected.add_metric([name], float(len(sites)))
        if members is None:
            continue
        running.add_metric([name], float(sum(m.is_running for m in members)))
        leaders.add_metric([name], float(sum(m.is_leader and m.is_running for m in members)))
        for member in members:
            if member.lag_bytes is not None and not member.is_leader:
                lag.add_metric([name, member.name], member.lag_bytes)
        copies = judge(members, sites, areas)
        for family, is_safe in ((site, copies.is_site_safe), (area, copies.is_area_safe)):
            if is_safe is not None:
                family.add_metric([name], float(is_safe))
        for of, value in (("site", copies.site_bytes_at_risk), ("area", copies.area_bytes_at_risk)):
            if value is not None:
                risk.add_metric([name, of], value)
    yield from (answered, expected, running, leaders, site, area, risk, lag)


def _of_voters(seen: Seen) -> Iterator[Metric]:
    well = GaugeMetricFamily(
        "hikae_etcd_voter_well", "1 while the voter serves with a majority.", labels=["voter"]
    )
    for name, is_well in seen.voters.items():
        well.add_metric([name], float(is_well))
    count, healthy = len(seen.voters), sum(seen.voters.values())
    yield well
    yield GaugeMetricFamily(
        "hikae_etcd_votes_to_spare",
        "Votes that may still be lost before nobody writes; negative without a majority.",
        float(healthy - (count // 2 + 1)),
    )


def watch(collector: ReplicationCollector, settings: Mapping[str, Any], ask: Ask) -> None:
    """Ask again and again, for ever."""
    while True:
        began = time.monotonic()
        collector.seen = look(settings, ask, time.time())
        time.sleep(max(0.5, began + _PERIOD_S - time.monotonic()))


def main(port: int, path: Path) -> None:
    """Serve; the settings are what the estate says of clusters and voters."""
    settings: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    collector = ReplicationCollector(settings)
    server = server_of(collector, port)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    # In the main thread: should it end by a fault of ours, the unit ends and is started again.
    watch(collector, settings, asker(settings["identity"], settings["trust"]))


if __name__ == "__main__":
    main(int(sys.argv[1]), Path(sys.argv[2]))
