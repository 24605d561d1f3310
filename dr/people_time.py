"""How long a drill waited for people, and how long an outage would have been without that.

Pure. The drill waits for people from the question to the answer; overlapping waits count once, and a
moment in which a step was also being carried out is no wait for people. Invariant, for an outage of
`s` seconds from the fault: without people = s less the waits that lie inside it, so it is never more
than `s`, never less than 0, and of two outages the longer one is never the shorter one without people.

The limit of the figure: what machines do by themselves while people are waited for is taken away with
the wait. It is a lower bound, not a forecast of a drill in which nobody is asked.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from dr.evidence import PeopleStep

__all__ = ["Span", "merged", "seconds_within", "subtracted", "waits_of", "without_people"]

Span = tuple[float, float]
"""From a moment to a later one, in seconds of the drill's clock."""


def without_people(seconds: float, fault: float, people: Sequence[PeopleStep]) -> float:
    """Give what is left of an outage of `seconds` from the fault less the waits for people in it."""
    waits = [(begin - fault, end - fault) for begin, end in waits_of(people)]
    return max(0.0, seconds - seconds_within(waits, 0.0, seconds))


def waits_of(people: Sequence[PeopleStep]) -> tuple[Span, ...]:
    """Give the times in which people were waited for and nothing else was done, in order."""
    waits = [
        (answer.asked_at, end)
        for step in people
        for answer in step.answers
        # A question that was never answered was open until its step was given up.
        if (end := step.ended if answer.at is None else answer.at) is not None
    ]
    acts = [
        (step.acted_at, step.ended)
        for step in people
        if step.acted_at is not None and step.ended is not None
    ]
    return subtracted(waits, acts)


def seconds_within(spans: Iterable[Span], since: float, until: float) -> float:
    """Give how many seconds of [since, until) the spans cover."""
    return sum(max(0.0, min(end, until) - max(begin, since)) for begin, end in merged(spans))


def merged(spans: Iterable[Span]) -> tuple[Span, ...]:
    """Join what overlaps; a span without length covers nothing."""
    found: list[Span] = []
    for begin, end in sorted(spans):
        if end <= begin:
            continue
        if found and begin <= found[-1][1]:
            found[-1] = (found[-1][0], max(found[-1][1], end))
        else:
            found.append((begin, end))
    return tuple(found)


def subtracted(spans: Iterable[Span], taken: Iterable[Span]) -> tuple[Span, ...]:
    """Give what is left of the spans where `taken` covers none of it."""
    left = list(merged(spans))
    for begin, end in merged(taken):
        left = [
            piece
            for since, until in left
            for piece in ((since, min(until, begin)), (max(since, end), until))
            if piece[0] < piece[1]
        ]
    return tuple(left)
