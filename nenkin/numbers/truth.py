"""What matching is worth: the candidates that it found against which numbers are one person's in truth."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from itertools import combinations
from typing import Any, NamedTuple

from nenkin.matching.level import Level

LEVELS = tuple(level.name.lower() for level in Level)
Both = tuple[str, str]


class Second(NamedTuple):
    """A second number of who holds `person`, and what was done to the name when it was issued."""

    number: str
    person: str
    done: str


def true_pairs(seconds: Iterable[Second]) -> dict[Both, str]:
    """Every two numbers of one person, the lower first, with what was done; of two seconds what was done to both."""
    of_one: dict[str, list[Second]] = {}
    for second in seconds:
        of_one.setdefault(second.person, []).append(second)
    pairs: dict[Both, str] = {}
    for person, own in of_one.items():
        for second in own:
            pairs[_both(person, second.number)] = second.done
        for one, other in combinations(own, 2):
            pairs[_both(one.number, other.number)] = f"{one.done}+{other.done}"
    return pairs


def appraise(found: Iterable[tuple[str, str, str]], truth: dict[Both, str]) -> dict[str, Any]:
    """Precision and recall of candidates (one, other, level), by level and by what was done.

    A level's precision is the share of its pairs that are one person's, its recall the share of all true pairs that it
    holds; `recall` is that of all levels together.
    """
    pairs: Counter[str] = Counter()
    right: Counter[str] = Counter()
    seen: dict[str, Counter[str]] = {done: Counter() for done in set(truth.values())}
    for one, other, level in found:
        pairs[level] += 1
        done = truth.get(_both(one, other))
        if done is not None:
            right[level] += 1
            seen[done][level] += 1
    wanted = Counter(truth.values())
    return {
        "true_pairs": len(truth),
        "pairs": pairs.total(),
        "precision": _share(right.total(), pairs.total()),
        "recall": _share(right.total(), len(truth)),
        "levels": {
            level: {
                "pairs": pairs[level],
                "right": right[level],
                "precision": _share(right[level], pairs[level]),
                "recall": _share(right[level], len(truth)),
            }
            for level in LEVELS
        },
        "done": {
            done: {**counts, "missed": wanted[done] - counts.total()}
            for done, counts in sorted(seen.items())
            if "+" not in done
        },
    }


def _both(one: str, other: str) -> Both:
    return (one, other) if one < other else (other, one)


def _share(part: int, whole: int) -> float | None:
    return round(part / whole, 6) if whole else None
