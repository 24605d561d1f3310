"""Any award a second time: its facts in one month, as they were handed in, become yen a year of both pensions."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date, timedelta
from fractions import Fraction

from nenkin.recalculation import disability, old_age, survivors
from nenkin.recalculation.book import Book, Unknown, birth_band, yen
from nenkin.recalculation.facts import Facts, day_of, is_child, is_reached, month_of, months_of
from nenkin.recalculation.pay import pay_of
from nenkin.recalculation.proportional import Remuneration, proportional, step

__all__ = ["award", "lump"]

_FULL = 240
_EXEMPT = ("full", "half", "quarter", "three_quarters")
_PARTS = {"paid": 4, "quarter": 3, "half": 2, "three_quarters": 1}


def award(book: Book, facts: Facts, month: date, awarded: date) -> tuple[int, int]:
    """Yen a year of the basic and the employees' pension in a month, given by its first day; Unknown."""
    return _AWARDS[facts["kind"]](book, facts, month, awarded)


def lump(book: Book, facts: Facts, awarded: date) -> int:
    """Yen of what is paid once, by the month of the claim's right; Unknown."""
    if facts["kind"] == "death_lump":
        death = day_of(facts["deceased"]["death"])
        quarters = sum(_PARTS.get(run["kind"], 0) * run["months"] for run in facts["credits"])
        if _children(facts, death):
            return 0
        rows = [row for row in book.table("death_lumps") if row["from"] <= death.isoformat()]
        reached = [int(row["amount"]) for row in rows if int(row["months"]) * 4 <= quarters]
        if not reached:
            return 0
        return max(reached) + (8_500 if facts.get("additional_months", 0) >= 36 else 0)
    month, birth = month_of(facts["begun"]), day_of(facts["birth"])
    pay = pay_of(book, facts, month, birth)
    if pay is None:
        raise Unknown("earned: none")
    twice = 2 * step(book, month, proportional(book, month, pay, is_floored=True))
    return max(yen(twice, book.unit(month, awarded)), 2 * book.three_quarters(month, birth))


def _old_age(book: Book, facts: Facts, month: date, awarded: date) -> tuple[int, int]:
    birth = day_of(facts["birth"])
    late = facts.get("claim_months", 0)
    months = [(first, run["kind"]) for first, run in months_of(facts.get("credits", ()))]
    basic = old_age.old_age_basic(book, month, birth, months, claim_months=late, awarded=awarded)
    basic += old_age.additional(
        book, month, birth, facts.get("additional_months", 0), claim_months=late, awarded=awarded
    )
    own = facts.get("employees_months", 0)
    if facts.get("has_transfer") and is_reached(birth, 65, month) and own < _FULL:
        basic += old_age.transfer(book, month, birth, awarded)
    pay = pay_of(book, facts, month, birth)
    if pay is None:
        return basic, 0
    employees = old_age.old_age_employees(
        book,
        month,
        birth,
        pay,
        employees_months=own,
        basic_months=facts.get("basic_months", 0),
        claim_months=late,
        has_spouse=_has_spouse(book, facts, month),
        children=_children(facts, month),
        awarded=awarded,
    )
    return basic, employees


def _special(book: Book, facts: Facts, month: date, awarded: date) -> tuple[int, int]:
    birth = day_of(facts["birth"])
    if is_reached(birth, 65, month):
        return 0, 0
    ages = {part: _start(book, facts, birth, part) for part in ("fixed", "proportional")}
    has_fixed, has_part = (is_reached(birth, ages[part], month) for part in ages)
    if not (has_fixed or has_part):
        return 0, 0
    value = Fraction(0)
    if has_part:
        pay = pay_of(book, facts, month, birth) or Remuneration()
        value += step(book, month, proportional(book, month, pay, birth=birth))
    if not has_fixed:
        return 0, yen(value, book.unit(month, awarded))
    cap = int(book.row("fixed_caps", birth, "born_from")["months"])
    months = min(cap, facts.get("employees_months", 0))
    value += step(book, month, book.fixed_unit(month, birth) * months)
    total = yen(value, book.unit(month, awarded)) + book.children(month, _children(facts, month))
    if _has_spouse(book, facts, month):
        total += book.addition(month, "child") + book.special(month, birth)
    return 0, total


def _start(book: Book, facts: Facts, birth: date, part: str) -> int:
    birth_band(birth)
    if facts.get("sex") == "woman" and facts.get("is_first_category", True):
        birth = date(birth.year - 5, birth.month, min(birth.day, 28 if birth.month == 2 else 31))
    at = max(birth, date(1926, 4, 2))
    return int(book.row("special_starts", at, "born_from", lambda row: row["part"] == part)["age"])


def _disability(book: Book, facts: Facts, month: date, awarded: date) -> tuple[int, int]:
    birth, grade = day_of(facts["birth"]), facts["grade"]
    has_basic = facts.get("has_basic", True)
    basic = employees = 0
    if has_basic:
        basic = disability.disability_basic(
            book, month, birth, grade, _children(facts, month), awarded
        )
    pay = pay_of(book, facts, month, birth)
    if pay is not None:
        employees = disability.disability_employees(
            book,
            month,
            birth,
            grade,
            pay,
            has_basic=has_basic,
            has_spouse=_has_spouse(book, facts, month),
            awarded=awarded,
        )
    return basic, employees


def _survivors(book: Book, facts: Facts, month: date, awarded: date) -> tuple[int, int]:
    birth, deceased = day_of(facts["birth"]), facts["deceased"]
    death, relation = day_of(deceased["death"]), facts["relation"]
    children = _children(facts, month)
    is_child_right = relation == "child"
    if is_child_right and not children:
        return 0, 0
    if relation == "wife" and not children and _is_over(book, facts, birth, death, month):
        return 0, 0
    basic = survivors.survivors_basic(
        book, month, children, spouse=None if is_child_right else birth, awarded=awarded
    )
    pay = pay_of(book, facts, month, day_of(deceased["birth"]))
    if pay is None:
        return basic, 0
    is_long = _is_long(book, facts, death)
    is_65 = is_reached(birth, 65, month)
    addition = 0
    if relation == "wife" and not children and _has_addition(book, facts, month, is_long):
        addition = survivors.widows_addition(book, month, birth, is_65=is_65, awarded=awarded)
    own = facts.get("own") if is_65 and relation == "wife" else None
    if own is not None:
        is_old_right = death < date(2007, 4, 1) and birth <= date(1942, 4, 1)
        if is_old_right or book.choice("own_pension_first", month) != "own_first":
            raise Unknown("own: the pensioner's choice")
    employees = survivors.survivors_employees(
        book,
        month,
        pay,
        long_term_birth=day_of(deceased["birth"]) if is_long else None,
        heads=children if is_child_right else facts.get("heads", 1),
        addition=addition,
        own=own,
        has_basic=basic > 0,
        awarded=awarded,
    )
    return basic, employees


def _has_addition(book: Book, facts: Facts, month: date, is_long: bool) -> bool:
    if is_long and facts.get("employees_months", 0) < _FULL:
        return False
    birth = day_of(facts["birth"])
    if is_reached(birth, 65, month):
        return True
    death = day_of(facts["deceased"]["death"])
    asked = death
    for child in map(day_of, facts.get("child_births", ())):
        year = child.year if (child.month, child.day) > (4, 1) else child.year - 1
        asked = max(asked, date(year + 19, 3, 31))
    least = int(book.choice("middle_aged_widow", death))
    # An age is attained at the end of the eve of the birthday.
    return is_reached(birth, least, asked + timedelta(days=1))


def _is_over(book: Book, facts: Facts, birth: date, death: date, month: date) -> bool:
    if facts.get("children") or facts.get("child_births"):
        return False
    is_young = not is_reached(birth, 30, death + timedelta(days=1))
    months = (month.year - death.year) * 12 + month.month - death.month
    return is_young and months > 60 and book.choice("young_widow", death) == "five_years"


def _is_long(book: Book, facts: Facts, death: date) -> bool:
    deceased = facts["deceased"]
    counted = ["paid", "deferred", *_EXEMPT]
    if book.choice("long_term_periods", death) == "with_counted":
        counted.append("counted")
    months = sum(run["months"] for run in facts.get("credits", ()) if run["kind"] in counted)
    is_short = bool(deceased.get("is_insured")) or deceased.get("grade") in (1, 2)
    if deceased.get("first_visit"):
        visit = day_of(deceased["first_visit"])
        is_short |= (death.year, death.month, death.day) < (visit.year + 5, visit.month, visit.day)
    return months >= 300 and (not is_short or bool(deceased.get("wants_long")))


def _widows(book: Book, facts: Facts, month: date, awarded: date) -> tuple[int, int]:
    birth = day_of(facts["birth"])
    if not is_reached(birth, 60, month) or is_reached(birth, 65, month):
        return 0, 0
    husband = day_of(facts["deceased"]["birth"])
    months = [(first, run["kind"]) for first, run in months_of(facts.get("credits", ()))]
    whole = old_age.worth(book, month, husband, months)
    value = step(book, month, whole) * Fraction(3, 4)
    return yen(value, book.unit(month, awarded)), 0


def _children(facts: Facts, day: date) -> int:
    births = map(day_of, facts.get("child_births", ()))
    return int(facts.get("children", 0)) + sum(is_child(birth, day) for birth in births)


def _has_spouse(book: Book, facts: Facts, month: date) -> bool:
    spouse = facts.get("spouse")
    if not spouse:
        return bool(facts.get("has_spouse"))
    if facts["kind"] == "disability":
        if facts["grade"] == 3:
            return False
    elif facts.get("employees_months", 0) < _FULL:
        return False
    if is_reached(day_of(spouse["birth"]), 65, month):
        return False
    began = spouse.get("pension_from")
    if began is None or month_of(began) > month:
        return True
    if spouse.get("has_disability"):
        return False
    if spouse.get("employees_months", 0) < _FULL:
        return True
    keeps = book.choice("suspended_spouse_pension", month) == "keeps"
    return bool(spouse.get("is_suspended")) and keeps


_AWARDS: Mapping[str, Callable[[Book, Facts, date, date], tuple[int, int]]] = {
    "old_age": _old_age,
    "special": _special,
    "disability": _disability,
    "survivors": _survivors,
    "widows": _widows,
}
