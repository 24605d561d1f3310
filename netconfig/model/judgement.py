"""Route maps as functions: what a policy does to one route.

The rules are FRR's: clauses in order of their numbers, the first whose every match holds decides; what no clause permits is
refused; a match on a list that does not exist never holds; a neighbour's route map that does not exist refuses everything.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from netconfig.model.numbers import MASKS

__all__ = ["MISSING", "Action", "Clause", "Policy", "PrefixRule", "path_pattern"]

# (address, length of the rule, shortest, longest, whether it permits), in order of the sequence numbers.
PrefixRule = tuple[int, int, int, int, bool]
# What a permitting clause does: (local preference or None, numbers put in front of the path).
Action = tuple[int | None, tuple[int, ...]]
_Path = tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Clause:
    """One entry of a route map with its lists looked up; None = not asked, `()` = a list that does not exist."""

    permits: bool
    prefixes: tuple[PrefixRule, ...] | None = None
    paths: tuple[tuple[bool, str], ...] | None = None
    interface: str | None = None
    action: Action = (None, ())


@dataclass(frozen=True)
class Policy:
    """A route map; equal ones are the same to a dictionary, whatever their names."""

    clauses: tuple[Clause, ...]
    _known: dict[tuple[int, _Path], Action | None] = field(
        default_factory=dict, compare=False, repr=False
    )

    def judge(self, prefix: int, path: _Path) -> Action | None:
        """What is done to a BGP route; None = it is refused."""
        try:
            return self._known[prefix, path]
        except KeyError:
            found = self._known[prefix, path] = self._judge(prefix, path)
            return found

    def lets(self, prefix: int, interface: str) -> bool:
        """Whether a route over an interface may go to the kernel."""
        for clause in self.clauses:
            if (clause.interface is None or clause.interface == interface) and (
                clause.prefixes is None or _holds(clause.prefixes, prefix)
            ):
                return clause.permits
        return False

    def _judge(self, prefix: int, path: _Path) -> Action | None:
        for clause in self.clauses:
            if clause.prefixes is not None and not _holds(clause.prefixes, prefix):
                continue
            if clause.paths is not None and not _matches(clause.paths, path):
                continue
            if clause.interface is not None:
                continue  # a route from a neighbour has no interface of its own yet
            return clause.action if clause.permits else None
        return None


# Stands for a route map that is named and not defined.
MISSING = Policy(())


def path_pattern(expression: str) -> re.Pattern[str]:
    """FRR's AS-path expression: `_` is a boundary between numbers."""
    return re.compile(expression.replace("_", r"(?:^|[,{}() ]|$)"))


def _holds(rules: tuple[PrefixRule, ...], prefix: int) -> bool:
    address, length = prefix >> 6, prefix & 63
    for base, own, shortest, longest, permits in rules:
        if shortest <= length <= longest and address & MASKS[own] == base:
            return permits
    return False


_PATTERNS: dict[str, re.Pattern[str]] = {}


def _matches(paths: tuple[tuple[bool, str], ...], path: _Path) -> bool:
    text = " ".join(map(str, path))
    for permits, expression in paths:
        pattern = _PATTERNS.get(expression)
        if pattern is None:
            pattern = _PATTERNS[expression] = path_pattern(expression)
        if pattern.search(text):
            return permits
    return False
