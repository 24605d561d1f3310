"""Care-insurance premiums deducted from a pension on a municipality's request (介護保険料の特別徴収)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from nenkin.benefits.refusals import InvalidCase
from nenkin.benefits.rules import Rules

__all__ = ["CareDeductions", "care_deductions", "has_care_deduction", "has_health_deduction"]

_LEAST_PENSION = 180_000


@dataclass(frozen=True, slots=True)
class CareDeductions:
    """Yen of each pay month: provisional in April, June and August, main in October, December and February."""

    april: int
    june: int
    august: int
    october: int
    december: int
    february: int

    @property
    def annual(self) -> int:
        """The whole year's."""
        return sum((self.april, self.june, self.august, self.october, self.december, self.february))


def has_care_deduction(pension: int) -> bool:
    """Whether a pension (old-age, disability or survivors') is deducted from: 180,000 yen a year or more."""
    return pension >= _LEAST_PENSION


def has_health_deduction(pension: int, care: int, health: int) -> bool:
    """Whether the premium of the very old's health insurance (後期高齢) is deducted too: with care at most half."""
    if min(pension, care, health) < 0:
        raise InvalidCase("premium", min(pension, care, health), "yen not below 0")
    return has_care_deduction(pension) and 2 * (care + health) <= pension


def care_deductions(
    rules: Rules,
    day: date,
    annual: int,
    last_february: int,
    *,
    from_june: int | None = None,
    from_august: int | None = None,
) -> CareDeductions:
    """The year's six: provisional as last February (or as adjusted from June or August), main thirds of the rest.

    What thirds leave is put in October as the choice has it. InvalidCase where the provisional ones exceed the year's.
    """
    june = last_february if from_june is None else from_june
    august = june if from_august is None else from_august
    rest = annual - last_february - june - august
    if min(last_february, june, august) < 0 or rest < 0:
        raise InvalidCase(
            "annual",
            annual,
            f"at least the provisional {annual - rest}: the municipality adjusts from June or August",
        )
    step = 100 if rules.choices.at("care_remainder", day) == "hundreds" else 1
    third = rest // (3 * step) * step
    return CareDeductions(last_february, june, august, rest - 2 * third, third, third)
