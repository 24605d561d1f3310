"""What a person's months of the national pension are worth: paid, exempt in five kinds, counted only."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from fractions import Fraction

from nenkin.benefits.ages import first_day, month_of
from nenkin.benefits.refusals import InvalidCase
from nenkin.dated import Dated, rows

__all__ = ["UNITS", "Credits", "Exemptions", "Kind", "Run", "Share"]

# Shares are kept in 24ths: thirds and sixths before 2009-04, halves and eighths after.
UNITS = 24


class Kind(StrEnum):
    """How a month stands on the record."""

    PAID = "paid"  # 納付済
    QUARTER = "quarter"  # 1/4免除
    HALF = "half"  # 半額免除
    THREE_QUARTERS = "three_quarters"  # 3/4免除
    FULL = "full"  # 全額免除
    DEFERRED = "deferred"  # 学生納付特例, 納付猶予: for eligibility alone
    COUNTED = "counted"  # 合算対象: for eligibility alone
    UNPAID = "unpaid"  # 未納


# Best kind first: that order fills the cap of 480 months to the person's advantage.
PARTLY_PAID = (Kind.QUARTER, Kind.HALF, Kind.THREE_QUARTERS)
EXEMPT = (*PARTLY_PAID, Kind.FULL)


@dataclass(frozen=True, slots=True)
class Run:
    """Equal months: the first (`ages.month_number`), how many, and the day they were paid or exempted if that matters."""

    kind: Kind
    first: int
    months: int
    recorded: date | None = None

    @property
    def end(self) -> int:
        """The month after the last."""
        return self.first + self.months


@dataclass(frozen=True, slots=True)
class Share:
    """What an exempt month counts in 24ths: under the cap of 480, and over it, where the treasury pays nothing."""

    value: int
    over: int


@dataclass(frozen=True, slots=True)
class Exemptions:
    """The shares of the exempt kinds by the month exempted."""

    by_kind: Mapping[Kind, Dated[Share]]

    @classmethod
    def read(cls) -> Exemptions:
        """From the table; ValueError for a share that is no 24th."""
        pairs: dict[Kind, list[tuple[date, Share]]] = {}
        for row in rows("exemptions"):
            share = Share(_units(row["value"]), _units(row["over"]))
            pairs.setdefault(Kind(row["kind"]), []).append((date.fromisoformat(row["from"]), share))
        return cls({kind: Dated.of(f"exemptions {kind}", found) for kind, found in pairs.items()})

    def credits(self, runs: Iterable[Run]) -> Credits:
        """What runs of months are worth; InvalidCase where they overlap or a kind was not there yet."""
        ordered = sorted(runs, key=lambda run: run.first)
        counts = {Kind.PAID: 0, Kind.DEFERRED: 0, Kind.COUNTED: 0, Kind.UNPAID: 0}
        exempt: dict[tuple[Kind, date], tuple[Share, int]] = {}
        end = 0
        for run in ordered:
            if run.months < 0 or run.first < end:
                raise InvalidCase(
                    "months", f"{first_day(run.first):%Y-%m}", "each month stands once on a record"
                )
            end = run.end
            if run.kind in counts:
                counts[run.kind] += run.months
                continue
            for start, share, months in self._pieces(run):
                _, before = exempt.get((run.kind, start), (share, 0))
                exempt[run.kind, start] = (share, before + months)
        newer = tuple(
            (exempt[key][1], exempt[key][0])
            for kind in EXEMPT
            for key in sorted((each for each in exempt if each[0] == kind), reverse=True)
        )
        older = tuple(
            (exempt[key][1], exempt[key][0])
            for kind in EXEMPT
            for key in sorted(each for each in exempt if each[0] == kind)
        )
        return Credits(counts[Kind.PAID], newer, older, counts[Kind.DEFERRED], counts[Kind.COUNTED])

    def _pieces(self, run: Run) -> Iterable[tuple[date, Share, int]]:
        """A run cut where the treasury's share changes: first day of the rule, share, months."""
        table = self.by_kind[run.kind]
        first = month_of(table.days[0])
        if run.first < first:
            raise InvalidCase(
                "kind",
                f"{run.kind} in {first_day(run.first):%Y-%m}",
                f"this exemption begins in {table.days[0]:%Y-%m}",
            )
        ends = [month_of(day) for day in table.days[1:]] + [max(run.end, first)]
        start = run.first
        for day, share, end in zip(table.days, table.values, ends, strict=True):
            months = min(run.end, end) - start
            if months > 0:
                yield day, share, months
                start += months


@dataclass(frozen=True, slots=True)
class Credits:
    """Months paid, exempt months with their shares in the order that fills the cap, and months for eligibility alone."""

    paid: int
    new_first: tuple[tuple[int, Share], ...] = ()
    old_first: tuple[tuple[int, Share], ...] = ()
    deferred: int = 0
    counted: int = 0

    @property
    def exempt(self) -> int:
        """Months exempt in any of the four kinds that count for the amount."""
        return sum(months for months, _ in self.new_first)

    @property
    def eligible(self) -> int:
        """Months that count for eligibility (受給資格期間)."""
        return self.paid + self.exempt + self.deferred + self.counted

    def weighted(self, cap: int, new_first: bool) -> int:
        """Months' worth in 24ths, at most `cap` months: exempt months over the cap lose the treasury's share."""
        total = UNITS * min(self.paid, cap)
        room = max(0, cap - self.paid)
        for months, share in self.new_first if new_first else self.old_first:
            within = min(months, room)
            room -= within
            total += within * share.value + (months - within) * share.over
        return min(total, UNITS * cap)


def _units(text: str) -> int:
    value = Fraction(text) * UNITS
    if value.denominator != 1:
        raise ValueError(f"{text} is no multiple of 1/{UNITS}")
    return value.numerator
