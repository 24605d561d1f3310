"""Whether packets of others still pass through a router: the kernel's own count of what it forwarded."""

from __future__ import annotations

from dr.rolling.tools import Tools, wait

__all__ = ["forwarded", "wait_quiet"]

_COUNTERS = "/proc/net/snmp"
_QUIET_S = 30.0
_SPAN_S = 1.0
_STRAYS = 3
"""So many in a second are no traffic: a packet that was on its way, an answer to somebody who looks for the way."""
_SPANS = 2
"""So many quiet spans on end: between two bursts it is quiet too."""


def forwarded(text: str) -> int:
    """How many IPv4 packets a host has forwarded since it started, by /proc/net/snmp; ValueError where it is not told."""
    lines = [line.split() for line in text.splitlines() if line.startswith("Ip:")]
    if len(lines) != 2 or "ForwDatagrams" not in lines[0]:
        raise ValueError(f"no count of forwarded packets in {text[:80]!r}")
    return int(lines[1][lines[0].index("ForwDatagrams")])


def wait_quiet(tools: Tools, host: str, deadline_s: float = _QUIET_S) -> str | None:
    """Wait until nothing passes through a router; what still does at the deadline, as a sentence."""
    spans: list[int] = []

    def look() -> str | None:
        before = _count(tools, host)
        tools.clock.sleep(_SPAN_S)
        after = _count(tools, host)
        if before is None or after is None:
            return f"{host} does not say what it forwards"
        spans.append(after - before)
        if all(span <= _STRAYS for span in spans[-_SPANS:]) and len(spans) >= _SPANS:
            return None
        return f"{spans[-1]} packets a second pass through {host} still"

    return wait(tools, deadline_s, look, tick_s=0)


def _count(tools: Tools, host: str) -> int | None:
    done = tools.transport.run(host, ["cat", _COUNTERS], deadline_s=10.0)
    try:
        return forwarded(done.stdout) if done.is_ok else None
    except ValueError:
        return None
