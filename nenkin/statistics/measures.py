"""The statistics as expressions of Ibis, each written once: the engine that runs them makes its own language of them.

All figures are whole numbers (persons, months, yen), so that every engine gives the same; shares and averages are made
of them afterwards. `persons` is how many persons a row speaks of: by it small cells are suppressed.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from nenkin.statistics.extras import require

CLASS = 5  # years of an age class
_YEAR = 12
RELIEFS = ("full", "three_quarters", "half", "quarter", "student", "deferment")
_PARTIAL = ("three_quarters", "half", "quarter")
# Of months without any premium due (whole exemption, students, deferment) nothing can be paid late.
_DUE = ("paid", "unpaid", *_PARTIAL)
Tables = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Statistic:
    """One statistic: its expression, what it is by, its figures, and shares of two of them with their decimals."""

    name: str
    title: str
    expression: Callable[[Tables, int], Any]
    dimensions: tuple[str, ...]
    figures: tuple[str, ...] = ()
    shares: dict[str, tuple[str, str, int]] = field(default_factory=dict)
    needs: tuple[str, ...] = ("persons",)


def _aged(persons: Any, month: int) -> Any:
    """Persons with their age at the end of a month, its class, and the prefecture of their municipality."""
    age = (month - persons.birth) // _YEAR
    return persons.mutate(
        age=age.cast("int64"),
        age_class=(age // CLASS * CLASS).cast("int64"),
        prefecture=persons.municipality.substr(0, 2),
    )


def _in_month(rows: Any, month: int, first: str, end: str) -> Any:
    return rows.filter((rows[first] <= month) & (rows[end].isnull() | (rows[end] > month)))


def _insured(tables: Tables, month: int) -> Any:
    periods = _in_month(tables["periods"], month, "acquired", "lost")
    joined = periods.join(_aged(tables["persons"], month), "person")
    return joined.group_by("category", "age_class", "sex", "prefecture").agg(
        persons=joined.person.nunique()
    )


def _paid(tables: Tables, month: int, by: str) -> Any:
    """Months of category 1 in the year that ends with a month: due, and paid of them."""
    ibis = require("ibis")
    runs = tables["contributions"]
    begin = month - _YEAR + 1
    runs = runs.filter((runs.first <= month) & (runs["last"] >= begin) & runs.kind.isin(_DUE))
    months = (
        ibis.least(runs["last"], ibis.literal(month))
        - ibis.greatest(runs.first, ibis.literal(begin))
        + 1
    )
    # Of a part that is due nothing may have been paid.
    is_paid = (runs.kind != "unpaid") & (runs.amount.isnull() | (runs.amount > 0))
    runs = runs.mutate(due=months.cast("int64"), paid=is_paid.ifelse(months, 0).cast("int64"))
    joined = runs.join(_aged(tables["persons"], month), "person")
    return joined.group_by(by).agg(
        persons=joined.person.nunique(), months_due=joined.due.sum(), months_paid=joined.paid.sum()
    )


def _relieved(tables: Tables, month: int) -> Any:
    runs = tables["contributions"]
    runs = runs.filter((runs.first <= month) & (runs["last"] >= month) & runs.kind.isin(RELIEFS))
    joined = runs.join(_aged(tables["persons"], month), "person")
    return joined.group_by("kind", "age_class").agg(persons=joined.person.nunique())


def _remunerated(tables: Tables, month: int) -> Any:
    """Who is in category 2 by the standard of the last decision."""
    decisions = tables["decisions"].filter(tables["decisions"].first <= month)
    last = decisions.group_by("person").agg(first=decisions.first.max())
    decisions = decisions.join(last, ["person", "first"])
    periods = _in_month(tables["periods"], month, "acquired", "lost")
    employed = periods.filter(periods.category == 2).select("person").distinct()
    joined = decisions.join(employed, "person").join(
        tables["persons"].select("person", "sex"), "person"
    )
    return joined.group_by("standard", "sex").agg(
        persons=joined.person.nunique(), remuneration=joined.average.sum()
    )


def _received(tables: Tables, month: int) -> Any:
    pensions = tables["pensions"]
    pensions = pensions.filter(pensions.begun <= month)
    joined = pensions.join(_aged(tables["persons"], month), "person")
    return joined.group_by("code", "age_class", "sex", "prefecture").agg(
        persons=joined.person.nunique(), basic=joined.basic.sum(), employees=joined.employees.sum()
    )


_RATE = {"payment_rate": ("months_paid", "months_due", 4)}
_CONTRIBUTIONS = ("persons", "contributions")

STATISTICS = (
    Statistic(
        "insured",
        "insured persons by category, age class, sex and prefecture",
        _insured,
        ("category", "age_class", "sex", "prefecture"),
        needs=("persons", "periods"),
    ),
    Statistic(
        "payment_by_age",
        "months due and paid in a year by age (国民年金納付率)",
        lambda tables, month: _paid(tables, month, "age"),
        ("age",),
        ("months_due", "months_paid"),
        _RATE,
        _CONTRIBUTIONS,
    ),
    Statistic(
        "payment_by_municipality",
        "months due and paid in a year by municipality (国民年金納付率)",
        lambda tables, month: _paid(tables, month, "municipality"),
        ("municipality",),
        ("months_due", "months_paid"),
        _RATE,
        _CONTRIBUTIONS,
    ),
    Statistic(
        "reliefs",
        "persons relieved of the premium by kind and age class",
        _relieved,
        ("kind", "age_class"),
        needs=_CONTRIBUTIONS,
    ),
    Statistic(
        "remuneration",
        "employees by standard monthly remuneration and sex, with what they are paid on average",
        _remunerated,
        ("standard", "sex"),
        ("remuneration",),
        {"average": ("remuneration", "persons", 0)},
        ("persons", "periods", "decisions"),
    ),
    Statistic(
        "recipients",
        "recipients by pension code, age class, sex and prefecture, with yen a year",
        _received,
        ("code", "age_class", "sex", "prefecture"),
        ("basic", "employees"),
        {
            "average_basic": ("basic", "persons", 0),
            "average_employees": ("employees", "persons", 0),
        },
        ("persons", "pensions"),
    ),
)
