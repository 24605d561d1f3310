"""Old-age pensions a second time: the basic one month by month, the employees' from its parts."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import date
from fractions import Fraction

from nenkin.recalculation.book import Book, Unknown, birth_band, yen
from nenkin.recalculation.proportional import Remuneration, proportional, step

__all__ = ["additional", "old_age_basic", "old_age_employees", "transfer", "worth"]

# Best kinds first, as they fill the months of a full pension.
_ORDER = ("paid", "quarter", "half", "three_quarters", "full")


def old_age_basic(
    book: Book,
    day: date,
    birth: date,
    months: Iterable[tuple[date, str]],
    *,
    claim_months: int = 0,
    awarded: date | None = None,
) -> int:
    """Yen a year from each month's first day and kind; months of other kinds count nothing."""
    value = worth(book, day, birth, months)
    return yen(_claimed(book, day, birth, value, claim_months), book.unit(day, awarded))


def worth(book: Book, day: date, birth: date, months: Iterable[tuple[date, str]]) -> Fraction:
    """Yen a year of the months, exact, before a claim changes it."""
    whole = min(40, 25 + birth_band(birth)) * 12
    newest = book.choice("over_480_order", day) == "new_first"
    worth = []
    for first, kind in months:
        if kind not in _ORDER:
            continue
        value, over, start = Fraction(1), Fraction(0), ""
        if kind != "paid":
            row = book.exemption(kind, first)
            value, over, start = Fraction(row["value"]), Fraction(row["over"]), row["from"]
        age = -date.fromisoformat(start).toordinal() if start and newest else 0
        age = date.fromisoformat(start).toordinal() if start and not newest else age
        worth.append((_ORDER.index(kind), age, value, over))
    worth.sort()
    total = sum(
        (value if place < whole else over for place, (_, _, value, over) in enumerate(worth)),
        Fraction(0),
    )
    return book.full(day, birth) * min(total, Fraction(whole)) / whole


def additional(
    book: Book,
    day: date,
    birth: date,
    months: int,
    *,
    claim_months: int = 0,
    awarded: date | None = None,
) -> int:
    """Yen a year of the additional pension, 200 a month paid for it."""
    value = Fraction(200 * months)
    if book.choice("additional_claim", day) == "adjusted":
        value = _claimed(book, day, birth, value, claim_months)
    return yen(value, book.unit(day, awarded))


def old_age_employees(
    book: Book,
    day: date,
    birth: date,
    pay: Remuneration,
    *,
    employees_months: int,
    basic_months: int,
    claim_months: int = 0,
    has_spouse: bool = False,
    children: int = 0,
    awarded: date | None = None,
) -> int:
    """Yen a year: proportional and transitional parts, then what is added for spouse and children."""
    cap = int(book.row("fixed_caps", birth, "born_from")["months"])
    whole = min(40, 25 + birth_band(birth)) * 12
    fixed = step(book, day, book.fixed_unit(day, birth) * min(cap, employees_months))
    in_basic = step(book, day, Fraction(min(basic_months, whole), whole) * book.full(day, birth))
    own = step(book, day, proportional(book, day, pay, birth=birth))
    value = own + max(Fraction(0), fixed - in_basic)
    total = yen(_claimed(book, day, birth, value, claim_months), book.unit(day, awarded))
    if has_spouse:
        total += book.addition(day, "child") + book.special(day, birth)
    return total + book.children(day, children)


def transfer(book: Book, day: date, birth: date, awarded: date | None = None) -> int:
    """Yen a year that passed from the spouse's addition to one's own basic pension."""
    if birth < date(1926, 4, 2):
        return 0
    rate = Fraction(book.row("transfer_rates", birth, "born_from")["rate"])
    return yen(rate * book.addition(day, "child"), book.unit(day, awarded))


def _claimed(book: Book, day: date, birth: date, value: Fraction, months: int) -> Fraction:
    if not months:
        return value
    kind = "early" if months < 0 else "late"
    if birth < date(1941, 4, 2):
        raise Unknown(f"claim_rates: nothing for births of {birth}")
    row = book.row("claim_rates", birth, "born_from", _is("kind", kind))
    base = step(book, day, value)
    return base + (1 if months > 0 else -1) * step(
        book, day, base * abs(months) * int(row["permille"]) / 1000
    )


def _is(column: str, value: str) -> Callable[[dict[str, str]], bool]:
    return lambda row: row[column] == value
