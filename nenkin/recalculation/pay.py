"""Remuneration of an award's months: revalued month by month, divided after a divorce, or from averages of the year."""

from __future__ import annotations

from datetime import date
from fractions import Fraction
from typing import Any

from nenkin.recalculation.book import Book, Unknown, yen
from nenkin.recalculation.facts import Facts, day_of, month_of, months_of, number_of
from nenkin.recalculation.proportional import Remuneration

__all__ = ["pay_of"]

_NEW = date(2003, 4, 1)
_Pays = dict[date, tuple[Fraction, Fraction]]


def pay_of(book: Book, facts: Facts, month: date, birth: date) -> Remuneration | None:
    """Revalued sums for a month's year; None without pay, Unknown where the year's rates or averages are not given."""
    averages: list[dict[str, Any]] = list(facts.get("averages", ()))
    if averages:
        year = month.year if month.month > 3 else month.year - 1
        found = [one for one in averages if one["year"] == year]
        if not found:
            raise Unknown(f"averages: none for {month:%Y-%m}")
        early, late = found[0].get("early_months", 0), found[0].get("late_months", 0)
        return Remuneration(
            found[0].get("early", 0) * early, early, found[0].get("late", 0) * late, late
        )
    earned: _Pays = _monthly(facts.get("earned", ()))
    split = facts.get("split")
    if split and number_of(month) > number_of(day_of(split["requested"])):
        earned = _divided(book, split, earned, birth)
    if facts["kind"].startswith("disability") and facts.get("recognised"):
        last = number_of(day_of(facts["recognised"]))
        earned = {first: pay for first, pay in earned.items() if number_of(first) <= last}
    if not earned:
        return None
    sums = [Fraction(0), Fraction(0)]
    counts = [0, 0]
    for first, (standard, bonus) in earned.items():
        place = int(first >= _NEW)
        sums[place] += (standard + bonus * place) * _rate(book, month, birth, first)
        counts[place] += 1
    return Remuneration(sums[0], counts[0], sums[1], counts[1])


def _monthly(runs: Any) -> _Pays:
    return {
        first: (Fraction(run["standard"]), Fraction(run.get("bonus", 0)))
        for first, run in months_of(runs)
    }


def _rate(book: Book, day: date, birth: date, earned: date) -> Fraction:
    year = book.row("revaluation", day)["from"]
    rows = [
        row
        for row in book.table("revaluation")
        if row["from"] == year and row["born_from"] <= birth.isoformat()
    ]
    band = max((row["born_from"] for row in rows), default="")
    best = ""
    value = ""
    for row in rows:
        if row["born_from"] == band and best <= row["month_from"] <= earned.isoformat():
            best, value = row["month_from"], row["rate"]
    if not value:
        raise Unknown(f"revaluation: no rate of {earned:%Y-%m} for births of {birth} on {day}")
    return Fraction(value)


def _divided(book: Book, split: Facts, own: _Pays, birth: date) -> _Pays:
    """Both records after the dependent months' halves and the agreed share; the own one is given back."""
    start = number_of(month_of(split["first"]))
    marriage = {month_of(start + place) for place in range(split["months"])}
    is_first = split["role"] == "first"
    inside = {first: pay for first, pay in own.items() if first in marriage}
    rest = {first: pay for first, pay in own.items() if first not in marriage}
    other = _monthly(split.get("other", ()))
    births = [birth, day_of(split["other_birth"])]
    giver, taker = (inside, other) if is_first else (other, inside)
    if not is_first:
        births.reverse()
    asked = day_of(split["requested"])
    unit = 1 if book.choice("split_records", asked) == "half_up" else 1000
    halved = {
        month_of(number_of(month_of(first)) + place)
        for first, count in split.get("dependent", ())
        for place in range(count)
    }
    giver, taker = _move(giver, taker, Fraction(1, 2), unit, halved)
    if split.get("share"):
        last = max(marriage)
        own_total, other_total, by_other = (
            _total(book, last, pays, born)
            for pays, born in ((giver, births[0]), (taker, births[1]), (giver, births[1]))
        )
        share = Fraction(yen(Fraction(split["share"]) * 10**5), 10**5)
        rate = (share - other_total / own_total * (1 - share)) / (
            share + by_other / own_total * (1 - share)
        )
        rate = Fraction(yen(rate * 10**7), 10**7)
        giver, taker = _move(giver, taker, rate, unit, set(giver))
    return {**rest, **(giver if is_first else taker)}


def _move(
    giver: _Pays, taker: _Pays, rate: Fraction, unit: int, months: set[date]
) -> tuple[_Pays, _Pays]:
    kept, gained = dict(giver), dict(taker)
    for first in months & set(giver):
        given = giver[first]
        own = taker.get(first, (Fraction(0), Fraction(0)))
        kept[first] = (_cut(given[0] * (1 - rate), unit), _cut(given[1] * (1 - rate), unit))
        gained[first] = (
            _cut(own[0] + given[0] * rate, unit),
            _cut(own[1] + given[1] * rate, unit),
        )
    return kept, gained


def _cut(value: Fraction, unit: int) -> Fraction:
    return Fraction(yen(value * unit), unit)


def _total(book: Book, day: date, pays: _Pays, birth: date) -> Fraction:
    total = Fraction(0)
    for first, (standard, bonus) in pays.items():
        worth = standard + bonus if first >= _NEW else standard * Fraction("1.3")
        total += worth * _rate(book, day, birth, first)
    return total
