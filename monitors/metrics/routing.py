"""Exports the BGP and BFD sessions of a router or balancer, from FRR's own answers, at the moment of the scrape.

Runs on hosts with Debian's Python and prometheus-client: `python3 -m monitors.metrics.routing PORT`.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from monitors.metrics.serving import server_of

__all__ = ["RoutingCollector", "ask_frr", "documents"]

_BGP, _BFD = "show bgp summary json", "show bfd peers json"
_DEADLINE_S = 5.0


def ask_frr(*commands: str) -> str:
    """What FRR says to these commands, up to the first that it cannot answer; empty where it does not answer at all."""
    argv = ["vtysh", *(word for command in commands for word in ("-c", command))]
    try:
        done = subprocess.run(
            argv, capture_output=True, text=True, timeout=_DEADLINE_S, check=False
        )
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return done.stdout


def documents(text: str) -> Iterator[Any]:
    """The JSON documents of a text; whatever else stands there (a daemon that does not run) is passed over."""
    decoder = json.JSONDecoder()
    at = 0
    while at < len(text):
        if text[at] in "{[":
            try:
                value, at = decoder.raw_decode(text, at)
            except ValueError:
                at += 1
                continue
            yield value
        else:
            at += 1


class RoutingCollector(Collector):
    """Sessions as FRR says at the scrape; nothing is kept."""

    def __init__(self, ask: Callable[..., str] = ask_frr) -> None:
        self._ask = ask

    def collect(self) -> Iterable[Metric]:
        # One call for both, for vtysh costs more than what it asks. It stops at a daemon that does not run, and every
        # host has BFD, while a balancer has no BGP.
        found = list(documents(self._ask(_BFD, _BGP)))
        bfd = [each for each in found if isinstance(each, list)]
        if not bfd:
            found = list(documents(self._ask(_BGP)))
        bgp = [each for each in found if isinstance(each, dict)]
        answered = GaugeMetricFamily(
            "hikae_routing_answered", "1 while FRR answers.", labels=["protocol"]
        )
        answered.add_metric(["bgp"], float(bool(bgp)))
        answered.add_metric(["bfd"], float(bool(bfd)))
        yield answered
        yield from _bgp(bgp[0] if bgp else {})
        yield from _bfd(bfd[0] if bfd else [])


def _bgp(summary: dict[str, Any]) -> Iterator[Metric]:
    labels = ["peer", "description"]
    up = GaugeMetricFamily(
        "hikae_bgp_session_up", "1 while the session is established.", labels=labels
    )
    received = GaugeMetricFamily(
        "hikae_bgp_prefixes_received", "Routes that the peer announces.", labels=labels
    )
    peers: dict[str, Any] = summary.get("ipv4Unicast", {}).get("peers", {})
    for peer, said in peers.items():
        # A session that is shut on purpose (a line drained for a time) is no trouble.
        if str(said.get("state", "")).startswith("Idle (Admin"):
            continue
        values = [peer, str(said.get("desc", ""))]
        up.add_metric(values, float(said.get("state") == "Established"))
        received.add_metric(values, float(said.get("pfxRcd", 0)))
    yield up
    yield received


def _bfd(peers: list[Any]) -> Iterator[Metric]:
    labels = ["peer", "interface"]
    up = GaugeMetricFamily("hikae_bfd_session_up", "1 while the session is up.", labels=labels)
    for said in peers:
        if said.get("status") != "shutdown":
            values = [str(said.get("peer", "")), str(said.get("interface", ""))]
            up.add_metric(values, float(said.get("status") == "up"))
    yield up


if __name__ == "__main__":
    server_of(RoutingCollector(), int(sys.argv[1])).serve_forever()
