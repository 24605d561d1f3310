"""The lump sum at death (死亡一時金) of who paid the national pension and drew none."""

from __future__ import annotations

from datetime import date

from nenkin.benefits.credits import PARTLY_PAID, Kind, Run
from nenkin.benefits.refusals import NotCovered
from nenkin.benefits.rules import Rules

__all__ = ["death_lump"]

_QUARTERS = dict(zip(PARTLY_PAID, (3, 2, 1), strict=True))
_ADDITIONAL_MONTHS = 36
_ADDITIONAL = 8_500


def death_lump(
    rules: Rules,
    death: date,
    runs: tuple[Run, ...],
    additional_months: int = 0,
    *,
    has_survivors_basic: bool = False,
) -> int:
    """Yen, once, by months paid of the first category, partly paid ones as 3/4, 1/2 and 1/4; 0 for fewer than 36.

    8,500 more for 36 additional contributions; none beside a survivors' basic pension. NotCovered before 2005-04.
    """
    if death < rules.death_lumps.days[0]:
        raise NotCovered("death_lump_before_2005", "death", death)
    if has_survivors_basic:
        return 0
    quarters = sum(
        run.months * (4 if run.kind is Kind.PAID else _QUARTERS.get(run.kind, 0)) for run in runs
    )
    amount = 0
    for months, yen in rules.death_lumps.at(death):
        if quarters >= 4 * months:
            amount = yen
    if amount and additional_months >= _ADDITIONAL_MONTHS:
        amount += _ADDITIONAL
    return amount
