"""The instalment rule as a set-based query: what is due to each pension in a period, by its dated figures.

The same rule as nenkin.benefits.instalments, in the database's words; a property test holds the two together.
"""

from __future__ import annotations

from nenkin.benefits.instalments import adds_back, is_added_back
from nenkin.benefits.rules import Rules
from nenkin.payments.period import slot, year_periods

__all__ = ["due_query"]

_FEBRUARY = 6
_NEVER = 2**31 - 1

# Most pensions have one figure over all months that count: the latest, read in the order of its index. For the others, those
# whose latest is of a later month, each figure holds until the next of its pension; one that a later entry replaces holds
# for no month at all.
_QUERY = """
    SELECT pension,
           (basic_due / 12)::integer AS basic, (employees_due / 12)::integer AS employees,
           {added_basic} AS added_basic, {added_employees} AS added_employees,
           basic_due, employees_due
    FROM (SELECT pension, {sums}
          FROM (SELECT pension, basic, employees, CASE WHEN month > {first} THEN (
                       SELECT ARRAY[{moved}]
                       FROM (SELECT month, basic, employees,
                                    lag(month, 1, {never}) OVER (ORDER BY month DESC, entry DESC) AS until
                             FROM nenkin.figures
                             WHERE month < {period} AND entry <= {cutoff} AND pension = latest.pension) held) END AS moved
                FROM (SELECT DISTINCT ON (pension) pension, month, basic, employees
                      FROM nenkin.figures WHERE month < {period} AND entry <= {cutoff} AND {chosen}
                      ORDER BY pension, month DESC, entry DESC) latest
                ORDER BY pension OFFSET 0) told) sums
    WHERE basic_due > 0 OR employees_due > 0"""


def due_query(rules: Rules, period: int, cutoff: int, chosen: str) -> str:
    """The query of a period by the entries up to `cutoff`, for the pensions that a condition on `pension` chooses.

    Its rows: pension, basic, employees, added_basic, added_employees (yen), and the twelfths of a yen of both.
    """
    _, place = slot(period)
    counted = []
    if place == _FEBRUARY and adds_back(rules, period):
        counted = [each for each in year_periods(period) if is_added_back(rules, each)]
    settled = [("basic_due", "basic * 2"), ("employees_due", "employees * 2")]
    moved = [_twelfths(part, period) for part in ("basic", "employees")]
    added = {}
    for part in ("basic", "employees"):
        if counted:
            settled.append((f"{part}_cut", f"{len(counted)} * ({part} * 2 % 12)"))
            moved.append(" + ".join(f"{_twelfths(part, each)} % 12" for each in counted))
            added[part] = f"(CASE WHEN {part}_due > 0 THEN {part}_cut / 12 ELSE 0 END)::integer"
        else:
            added[part] = "0"
    sums = [
        f"CASE WHEN moved IS NULL THEN ({told})::bigint ELSE moved[{place}] END AS {name}"
        for place, (name, told) in enumerate(settled, start=1)
    ]
    return _QUERY.format(
        added_basic=added["basic"],
        added_employees=added["employees"],
        sums=", ".join(sums),
        moved=", ".join(moved),
        never=_NEVER,
        first=min([period, *counted]) - 2,
        period=int(period),
        cutoff=int(cutoff),
        chosen=chosen,
    )


def _twelfths(part: str, period: int) -> str:
    """The yearly figures of a period's two months added up: twelfths of a yen."""
    return f"sum({part} * greatest(least(until, {period}) - greatest(month, {period - 2}), 0))"
