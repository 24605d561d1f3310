"""The tables as this calculation reads them: rows found by scanning, figures as fractions."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from fractions import Fraction
from math import floor

from nenkin.dated import rows

__all__ = ["Book", "Unknown", "birth_band", "yen"]

Row = dict[str, str]


class Unknown(LookupError):
    """The tables have no figure for this; the message says which table and key."""


def yen(value: Fraction | int, unit: int = 1) -> int:
    """The nearest multiple of `unit`, halves up."""
    return floor(Fraction(value) / unit + Fraction(1, 2)) * unit


def birth_band(birth: date) -> int:
    """Years after 1926 of a birth, each year beginning on 2 April; Unknown before."""
    years = birth.year - 1926 - (1 if birth < date(birth.year, 4, 2) else 0)
    if years < 0:
        raise Unknown(f"birth {birth}: before 1926-04-02")
    return years


class Book:
    """Tables read when first asked for."""

    def __init__(self) -> None:
        self._tables: dict[str, list[Row]] = {}
        self._exemptions: dict[tuple[str, date], Row] = {}

    def table(self, name: str) -> list[Row]:
        """All rows as text."""
        if name not in self._tables:
            self._tables[name] = rows(name)
        return self._tables[name]

    def row(
        self,
        name: str,
        day: date,
        column: str = "from",
        where: Callable[[Row], bool] = lambda row: True,
    ) -> Row:
        """The row with the latest day in `column` that is not after `day`; Unknown where none is."""
        best: Row | None = None
        for row in self.table(name):
            if where(row) and row[column] <= day.isoformat():
                best = row if best is None or row[column] >= best[column] else best
        if best is None:
            raise Unknown(f"{name}: no row for {day}")
        return best

    def choice(self, name: str, day: date) -> str:
        """What a choice is on a day."""
        return self.row("benefit_choices", day, where=lambda row: row["choice"] == name)["value"]

    def exemption(self, kind: str, first: date) -> Row:
        """The row of an exempt kind in a month, kept since records have hundreds of months."""
        key = (kind, first)
        if key not in self._exemptions:
            found = self.row("exemptions", first, where=lambda row: row["kind"] == kind)
            self._exemptions[key] = found
        return self._exemptions[key]

    def unit(self, day: date, awarded: date | None) -> int:
        """The rounding of an award of a day, today."""
        row = self.row("award_rounding", day)
        if awarded is not None and awarded.isoformat() < row["from"]:
            return int(row["running_awards"])
        if row["new_awards"] != row["running_awards"]:
            kept = self.choice("transition_awards", day) == "hundred_yen"
            return int(row["running_awards"] if kept else row["new_awards"])
        return int(row["new_awards"])

    def rate(self, day: date, birth: date | None = None) -> Fraction:
        """The rate of a year: that of the old where the birth is theirs, that of wages without a birth."""
        row = self._year(day)
        if birth and row["older_born_to"] and birth.isoformat() <= row["older_born_to"]:
            return Fraction(row["older_rate"])
        return Fraction(row["rate"])

    def full(self, day: date, birth: date | None = None) -> int:
        """The full basic pension."""
        return yen(int(self._year(day)["base"]) * self.rate(day, birth), 100)

    def three_quarters(self, day: date, birth: date) -> int:
        """The 3/4 amount: of a base of its own where the year has one."""
        own = self._column(day, "three_quarters", optional=True)
        if own is not None:
            return yen(own * self.rate(day, birth), 100)
        return yen(Fraction(3, 4) * self.full(day, birth), 100)

    def addition(self, day: date, column: str) -> int:
        """The addition for the spouse or an early child (`child`), or for later children."""
        return yen((self._column(day, column) or 0) * self.rate(day), 100)

    def children(self, day: date, count: int) -> int:
        """Additions child by child."""
        return sum(
            self.addition(day, "child" if number < 2 else "later_child") for number in range(count)
        )

    def special(self, day: date, birth: date) -> int:
        """The special addition to the spouse's, by the birth of the recipient."""
        start = self.row("special_additions", day)["from"]
        found = [
            int(row["amount"])
            for row in self.table("special_additions")
            if row["from"] == start and row["born_from"] <= birth.isoformat()
        ]
        return yen(max(found, default=0) * self.rate(day), 100)

    def fixed_unit(self, day: date, birth: date) -> Fraction:
        """A month's worth of the fixed part, with the factor of birth."""
        birth_band(birth)
        unit = yen((self._column(day, "fixed_unit") or 0) * self.rate(day, birth))
        factor = Fraction(self.row("fixed_factors", birth, "born_from")["factor"])
        product = unit * factor
        return Fraction(yen(product)) if self.choice("fixed_unit", day) == "rounded" else product

    def _column(self, day: date, column: str, *, optional: bool = False) -> int | None:
        row = self._year(day)
        if not row["child"]:
            raise Unknown(f"basic_amounts: no {column} on {day}")
        if not row[column] and not optional:
            raise Unknown(f"basic_amounts: no {column} on {day}")
        return int(row[column]) if row[column] else None

    def _year(self, day: date) -> Row:
        row = self.row("basic_amounts", day)
        if not row["rate"]:
            raise Unknown(f"basic_amounts: nothing known on {day}")
        return row
