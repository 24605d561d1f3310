"""All rules of benefits, read once from their tables and asked by day."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date

from nenkin.benefits.births import Births
from nenkin.benefits.credits import Exemptions
from nenkin.benefits.figures import BasicRow, Figures, Rounding
from nenkin.benefits.in_work import InWorkRow
from nenkin.benefits.recognition import RecognitionKind
from nenkin.benefits.refusals import NotCovered
from nenkin.benefits.revaluation import Revaluation
from nenkin.benefits.rounding import thousandths
from nenkin.choices import Choices
from nenkin.dated import Dated, rows

__all__ = ["FormerRate", "Rules"]


@dataclass(frozen=True, slots=True)
class FormerRate:
    """Thousandths by which a pension of the former level (従前額) is revised, by birth."""

    rate: int
    older_rate: int
    older_born_to: date

    def of(self, birth: date) -> int:
        """The rate of a birth."""
        return self.older_rate if birth <= self.older_born_to else self.rate


@dataclass(frozen=True)
class Rules:
    """The tables; `on` gives the amounts of a day and keeps them."""

    basic: Dated[BasicRow | None]
    specials: Dated[Dated[int]]
    rounding: Dated[Rounding]
    births: Births
    choices: Choices
    exemptions: Exemptions
    eligibility: Dated[int]
    revaluation: Revaluation
    former: Dated[FormerRate | None]
    in_work: Dated[InWorkRow | None]
    death_lumps: Dated[tuple[tuple[int, int], ...]]
    recognition: dict[str, RecognitionKind]
    _kept: dict[date, Figures] = field(default_factory=dict, compare=False, repr=False)

    @classmethod
    def read(cls) -> Rules:
        """From the tables; FileNotFoundError, ValueError."""
        return cls(
            Dated.read("basic_amounts", BasicRow.parse),
            _specials(),
            Dated.read(
                "award_rounding",
                lambda row: Rounding(
                    date.fromisoformat(row["from"]),
                    int(row["new_awards"]),
                    int(row["running_awards"]),
                ),
            ),
            Births.read(),
            Choices.read("benefit_choices"),
            Exemptions.read(),
            Dated.read("eligibility", lambda row: int(row["months"])),
            Revaluation.read(),
            Dated.read(
                "former_rates",
                lambda row: (
                    FormerRate(
                        thousandths(row["rate"]),
                        thousandths(row["older_rate"]),
                        date.fromisoformat(row["older_born_to"]),
                    )
                    if row["rate"]
                    else None
                ),
            ),
            Dated.read("in_work_limits", InWorkRow.parse),
            _lumps(),
            {row["kind"]: RecognitionKind.parse(row) for row in rows("recognition_days")},
        )

    def on(self, day: date) -> Figures:
        """The amounts of a day; NotCovered before 1986-04-01 and where a year is not known yet."""
        found = self._kept.get(day)
        if found is None:
            found = self._kept[day] = self._figures(day)
        return found

    def choosing(self, **values: str) -> Rules:
        """The same rules with some choices held on every day, to try an alternative; InvalidCase."""
        return replace(self, choices=self.choices.having(**values), _kept={})

    def former_rate(self, day: date, birth: date) -> int:
        """The rate of the former level in thousandths; NotCovered outside the years known."""
        row = self.former.at(day) if day >= self.former.days[0] else None
        if row is None:
            raise NotCovered("former_rate", "day", day)
        return row.of(birth)

    def _figures(self, day: date) -> Figures:
        if day < self.basic.days[0]:
            raise NotCovered("old_law", "day", day)
        row = self.basic.at(day)
        if row is None:
            raise NotCovered("unknown_year", "day", day)
        first = self.specials.days[0]
        specials = self.specials.at(max(day, first))
        return Figures.of(day, row, self.rounding.at(day), specials, self.births, self.choices)


def _by_day(name: str) -> dict[date, list[dict[str, str]]]:
    found: dict[date, list[dict[str, str]]] = {}
    for row in rows(name):
        found.setdefault(date.fromisoformat(row["from"]), []).append(row)
    return found


def _specials() -> Dated[Dated[int]]:
    return Dated.of(
        "special_additions",
        (
            (day, Dated.of("special_additions", map(_special, found)))
            for day, found in _by_day("special_additions").items()
        ),
    )


def _special(row: Mapping[str, str]) -> tuple[date, int]:
    return date.fromisoformat(row["born_from"]), int(row["amount"])


def _lumps() -> Dated[tuple[tuple[int, int], ...]]:
    return Dated.of(
        "death_lumps",
        (
            (day, tuple(sorted((int(row["months"]), int(row["amount"])) for row in found)))
            for day, found in _by_day("death_lumps").items()
        ),
    )
