"""Exports the BGP and BFD sessions of a router or balancer, from FRR's own answers, at the moment of the scrape.

Runs on hosts with Debian's Python and prometheus-client: `python3 -m monitors.metrics.routing PORT`.
"""

from __future__ import annotations

import json
import socket
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from monitors.metrics.serving import server_of

__all__ = ["RoutingCollector", "ask_frr", "documents"]

# Where FRR's daemons take commands, as its own shell gives them; to start that shell costs more than all answers.
_SOCKETS = Path("/run/frr")
_COMMANDS = {"bgp": "show bgp summary json", "bfd": "show bfd peers json"}
_END = b"\0\0\0"
"""What follows an answer, and then one byte with its code (vtysh.c of FRR 8.4, vtysh_client_run)."""
_DEADLINE_S = 5.0


def ask_frr(protocol: str, sockets: Path = _SOCKETS) -> str:
    """What the daemon of a protocol says of its sessions; empty where it does not run or does not answer."""
    end = time.monotonic() + _DEADLINE_S
    try:
        with socket.socket(socket.AF_UNIX) as line:
            line.settimeout(_DEADLINE_S)
            line.connect(str(sockets / f"{protocol}d.vty"))
            # As its own shell begins: before that, bfdd shows nothing.
            _answer(line, "enable", end)
            return _answer(line, _COMMANDS[protocol], end)
    except OSError:
        return ""


def _answer(line: socket.socket, command: str, end: float) -> str:
    """What comes back to a command; OSError where it does not come until `end`, or not whole."""
    line.sendall(command.encode() + b"\0")
    said = b""
    # The end is three bytes, and one more with the code.
    while said[-4:-1] != _END:
        line.settimeout(max(end - time.monotonic(), 0.001))
        more = line.recv(65536)
        if not more:
            raise ConnectionResetError(f"the daemon broke off at {command!r}")
        said += more
    return said[:-4].decode("utf-8", "replace")


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

    def __init__(self, ask: Callable[[str], str] = ask_frr) -> None:
        self._ask = ask

    def collect(self) -> Iterable[Metric]:
        bgp = [each for each in documents(self._ask("bgp")) if isinstance(each, dict)]
        bfd = [each for each in documents(self._ask("bfd")) if isinstance(each, list)]
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
