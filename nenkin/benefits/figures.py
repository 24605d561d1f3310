"""The amounts of a day: full pension, additions, units and how results are rounded."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from nenkin.benefits.births import Births
from nenkin.benefits.refusals import NotCovered
from nenkin.benefits.rounding import Exact, half_up, thousandths
from nenkin.choices import Choices
from nenkin.dated import Dated

__all__ = ["Band", "BasicRow", "Figures", "Rounding"]


@dataclass(frozen=True, slots=True)
class BasicRow:
    """A row of basic_amounts: yen as the law states them and the rates of a year, in thousandths."""

    base: int
    rate: int
    older_rate: int
    older_born_to: date
    child: int | None
    later_child: int | None
    three_quarters: int | None
    fixed_unit: int | None

    @classmethod
    def parse(cls, row: Mapping[str, str]) -> BasicRow | None:
        """None for a year whose amounts are not known."""
        if not row["rate"]:
            return None
        rate = thousandths(row["rate"])
        return cls(
            int(row["base"]),
            rate,
            thousandths(row["older_rate"]) if row["older_rate"] else rate,
            date.fromisoformat(row["older_born_to"] or "0001-01-01"),
            *(
                int(row[name]) if row[name] else None
                for name in ("child", "later_child", "three_quarters", "fixed_unit")
            ),
        )


@dataclass(frozen=True, slots=True)
class Rounding:
    """To how many yen an award is rounded from a day on: a new one, and one that already ran."""

    start: date
    new: int
    running: int


@dataclass(frozen=True, slots=True)
class Band:
    """What depends on the birth of who is paid: yen a year, and yen a month for the fixed part."""

    full: int
    three_quarters: int
    fixed_unit: int


@dataclass(frozen=True, slots=True)
class Figures:
    """All amounts of one day in yen a year; made by `Rules.on`.

    Child, spouse and special additions go by the wage rate whatever the birth (国年法33の2, 39; 厚年法44).
    """

    day: date
    births: Births
    choices: Choices
    rounding: Rounding
    has_additions: bool
    new: Band
    older: Band
    older_born_to: date
    child_amount: int
    later_child_amount: int
    specials: Dated[int]
    rate: int
    steps: str
    average: str
    new_months_first: bool
    rounds_fixed_unit: bool

    @classmethod
    def of(
        cls,
        day: date,
        row: BasicRow,
        rounding: Rounding,
        specials: Dated[int],
        births: Births,
        choices: Choices,
    ) -> Figures:
        """From the row that holds on the day."""
        return cls(
            day,
            births,
            choices,
            rounding,
            row.child is not None,
            _band(row, row.rate),
            _band(row, row.older_rate),
            row.older_born_to,
            half_up((row.child or 0) * row.rate, 1000, 100),
            half_up((row.later_child or 0) * row.rate, 1000, 100),
            specials,
            row.rate,
            choices.at("steps", day),
            choices.at("average", day),
            choices.at("over_480_order", day) == "new_first",
            choices.at("fixed_unit", day) == "rounded",
        )

    def full(self, birth: date) -> int:
        """The full basic pension of a birth."""
        return self.older.full if birth <= self.older_born_to else self.new.full

    def band(self, birth: date) -> Band:
        """The amounts of a birth; NotCovered before 1999-04."""
        self.require_additions()
        return self.older if birth <= self.older_born_to else self.new

    def children(self, count: int) -> int:
        """Additions for children (子の加算): the first two high, from the third on low; NotCovered before 1999-04."""
        if count == 0:
            return 0
        self.require_additions()
        return min(count, 2) * self.child_amount + max(count - 2, 0) * self.later_child_amount

    def spouse(self) -> int:
        """The addition for a spouse (加給年金額) without the special one; NotCovered before 1999-04."""
        self.require_additions()
        return self.child_amount

    def special(self, birth: date) -> int:
        """The special addition (特別加算) by the birth of the recipient, none before 1934-04-02."""
        self.require_additions()
        if birth < self.specials.days[0]:
            return 0
        return half_up(self.specials.at(birth) * self.rate, 1000, 100)

    def unit(self, awarded: date | None = None) -> int:
        """To how many yen an award of that day is rounded today; without a day, a new award."""
        rule = self.rounding
        is_new = awarded is None or awarded >= rule.start
        if is_new and rule.new != rule.running:
            kept = self.choices.at("transition_awards", self.day) == "hundred_yen"
            return rule.running if kept else rule.new
        return rule.new if is_new else rule.running

    def amount(self, value: Exact) -> Exact:
        """A named amount on its way into an award, as the choice `steps` has it."""
        return value if self.steps == "once" else half_up(value)

    def part(self, value: Exact) -> Exact:
        """A part of a named amount on its way, as the choice `steps` has it."""
        return half_up(value) if self.steps == "parts" else value

    def require_additions(self) -> None:
        """NotCovered where additions of the day are not known."""
        if not self.has_additions:
            raise NotCovered("additions_before_1999", "day", self.day)


def _band(row: BasicRow, rate: int) -> Band:
    full = half_up(row.base * rate, 1000, 100)
    if row.child is None:
        return Band(full, 0, 0)
    # To FY2014 the 3/4 amounts have a base of their own, which differs from 3/4 of the full pension.
    if row.three_quarters is not None:
        three_quarters = half_up(row.three_quarters * rate, 1000, 100)
    else:
        three_quarters = half_up(3 * full, 4, 100)
    return Band(full, three_quarters, half_up((row.fixed_unit or 0) * rate, 1000))
