"""From the configuration that runs to the one that should run: the lines to type, in an order that never cuts too early.

Invariant: typed into a router that runs `running`, the lines of `delta(running, wanted)` make it run `wanted`. Three steps:
what stands in the way of something new is removed, then everything new is added (definitions before references), then
what is left over is removed (references before definitions). So a session never refers to a policy that is gone, and a
new line or session is there before an old one goes.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Iterator

from netconfig.canonical import Config, Path, canonical_text, context_order, is_context

__all__ = ["conflicts", "delta", "look"]

# Lines of which a context has one: typing another one replaces it. Group `slot` (and `end`) is what they share.
_REPLACED = re.compile(
    r"(?P<slot>"
    r"frr defaults|log syslog|description"
    r"|ip ospf (?:cost|dead-interval|hello-interval|network|bfd profile)"
    r"|detect-multiplier|transmit-interval|receive-interval"
    r"|ip prefix-list \S+ seq \d+|bgp as-path access-list \S+ seq \d+|ip protocol \S+ route-map"
    r"|match (?:as-path|interface|ip address prefix-list)"
    r"|set (?:as-path prepend|local-preference|src)"
    r"|ospf router-id|bgp router-id|timers bgp|distance bgp|maximum-paths(?: ibgp)?"
    r"|neighbor \S+ (?:remote-as|description|update-source|bfd profile|timers connect"
    r"|maximum-prefix|weight|route-map(?= \S+ (?P<end>in|out)$))"
    r") .+"
)
# Lines that must be gone before another of their kind can come.
_EXCLUSIVE = re.compile(r"(?P<slot>ip ospf area|ip address) .+")
_CONTEXT_SLOT = re.compile(r"(router bgp) \d+|(route-map \S+) (?:permit|deny)( \d+)")
_PREFIX_RULE = re.compile(r"(ip prefix-list \S+) seq \d+ (.+)")
_NEIGHBOR = re.compile(r"neighbor (\S+) .+")
_MAKES_NEIGHBOR = re.compile(r"neighbor (\S+) remote-as .+")
# Contexts that cannot be taken away.
_LASTING = re.compile(r"interface \S+|bfd|address-family .+")

# What a removed line falls back to where FRR has no `no` form for it.
_FALLBACK = {
    "detect-multiplier": "detect-multiplier 3",
    "transmit-interval": "transmit-interval 300",
    "receive-interval": "receive-interval 300",
}
# Lines whose `no` form takes no value.
_BARE = re.compile(r"(description|log syslog|ip ospf bfd profile|set as-path prepend) .+")


def delta(running: Config, wanted: Config) -> tuple[str, ...]:
    """The lines to type in configuration mode; empty if and only if both are equal."""
    added, gone = wanted - running, running - wanted
    blocked = _Blocked(added)
    first = {path for path in gone if path in blocked}
    replaced = {_slot(path) for path in added}
    rest = {
        path
        for path in gone - first
        if _slot(path) not in replaced and not any(path[:n] in first for n in range(1, len(path)))
    }
    return (
        *_typed(_removals(first)),
        *_typed(
            (path, "") if is_context(path) else (path[:-1], path[-1]) for path in _sorted(added)
        ),
        *_typed(_removals(rest)),
    )


def look(running: Config, wanted: Config) -> str:
    """What the device will look like: a unified difference of the canonical texts, empty if they are equal."""
    return "".join(
        difflib.unified_diff(
            canonical_text(running).splitlines(keepends=True),
            canonical_text(wanted).splitlines(keepends=True),
            "running",
            "wanted",
        )
    )


def conflicts(path: Path, added: Iterable[Path]) -> bool:
    """Whether a line cannot stay beside others: one of them takes its place, or comes only when it has gone."""
    others = frozenset(added)
    return _slot(path) in {_slot(other) for other in others} or path in _Blocked(others)


class _Blocked:
    """The lines that must be gone before what is added can come."""

    def __init__(self, added: Config) -> None:
        self._exclusive = {_exclusive(path) for path in added} - {None}
        self._rules = {_rule(path) for path in added} - {None}

    def __contains__(self, path: Path) -> bool:
        return _exclusive(path) in self._exclusive or _rule(path) in self._rules


def _sorted(paths: Iterable[Path]) -> list[Path]:
    return sorted(paths, key=context_order)


def _slot(path: Path) -> Path:
    """What the line shares with every line that would replace it; the line itself if none would."""
    match = _REPLACED.fullmatch(path[-1])
    if match is None:
        return path
    return (*path[:-1], f"{match['slot']} {match['end'] or '*'}")


def _exclusive(path: Path) -> Path | None:
    """What the line shares with every line that can come only when it has gone."""
    if len(path) == 1 and (header := _CONTEXT_SLOT.fullmatch(path[0])):
        return ("context", *(part for part in header.groups() if part))
    match = _EXCLUSIVE.fullmatch(path[-1])
    return (*path[:-1], match["slot"]) if match else None


def _rule(path: Path) -> Path | None:
    """A prefix rule without its place: FRR refuses to have the same one in two places of a list."""
    match = _PREFIX_RULE.fullmatch(path[-1])
    return (match[1], match[2]) if match else None


def _removals(paths: Iterable[Path]) -> Iterator[tuple[Path, str]]:
    """What takes the lines away, as (context, line), references before definitions."""
    gone = set(paths)
    contexts = {path for path in gone if is_context(path) and not _LASTING.fullmatch(path[-1])}
    neighbors = {
        (path[0], match[1]) for path in gone if (match := _MAKES_NEIGHBOR.fullmatch(path[-1]))
    }
    for path in reversed(_sorted(gone)):
        if any(path[:depth] in contexts for depth in range(1, len(path))):
            continue  # goes with its context
        if path in contexts:
            yield path[:-1], f"no {path[-1]}"
        elif is_context(path):
            continue  # an interface stays; its lines go
        elif (match := _NEIGHBOR.fullmatch(path[-1])) and (path[0], match[1]) in neighbors:
            if _MAKES_NEIGHBOR.fullmatch(path[-1]):
                yield path[:-1], f"no neighbor {match[1]}"  # takes all its lines along
        else:
            yield path[:-1], _negated(path[-1])


def _negated(line: str) -> str:
    if line.startswith("no "):
        return line.removeprefix("no ")
    if fallback := _FALLBACK.get(line.split()[0]):
        return fallback
    if bare := _BARE.fullmatch(line):
        return f"no {bare[1]}"
    return f"no {line}"


def _typed(lines: Iterable[tuple[Path, str]]) -> Iterator[str]:
    """The lines with the contexts entered and left around them; an empty line only enters its context."""
    here: Path = ()
    for context, line in lines:
        while here != context[: len(here)]:
            here = here[:-1]
            yield "exit"
        yield from context[len(here) :]
        here = context
        if line:
            yield line
    yield from ("exit" for _ in here)
