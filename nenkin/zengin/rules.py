"""Rules of a file that no single field states."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date
from operator import itemgetter
from typing import Any

from nenkin.zengin.dialect import Dialect
from nenkin.zengin.layout import Layout
from nenkin.zengin.records import DONE, Form, Header
from nenkin.zengin.violation import Violation

_LEAP_YEAR = 2000  # the format's day has no year: 29 February may be one


def header_violations(header: Header, form: Form, layout: Layout) -> Iterator[Violation]:
    """What is wrong with a header whose fields are each right."""
    if header.kind not in form.kinds:
        rule = f"a file of the form {form.name} has one of {', '.join(form.kinds)}"
        yield _violation(layout, "kind", 1, header.kind, rule)
    if not _is_day(header.day):
        yield _violation(layout, "day", 1, header.day, "it must be a day of the year as MMDD")


def rows_violations(
    form: Form, rows: Sequence[tuple[Any, ...]], first: int, dialect: Dialect
) -> Iterator[Violation]:
    """What is wrong with rows, the first being record `first`, whose fields are each right."""
    layout = form.layout
    amount = layout.index("amount")
    if dialect.zero_yen == "refused" and 0 in map(itemgetter(amount), rows):
        for number, row in enumerate(rows, start=first):
            if row[amount] == 0:
                yield _violation(layout, "amount", number, "0", "a row of no yen is refused")
    if form.name == "debit_request":
        result = layout.index("result")
        for number, row in enumerate(rows, start=first):
            if row[result] != DONE:
                rule = f"what is still to be done has {DONE}"
                yield _violation(layout, "result", number, row[result], rule)


def trailer_violations(
    form: Form, stated: tuple[Any, ...], counted: tuple[int, ...], number: int
) -> Iterator[Violation]:
    """Where a trailer does not state what was counted."""
    for field, said, is_so in zip(form.trailer.given, stated, counted, strict=True):
        if said != is_so:
            yield _violation(
                form.trailer, field.name, number, str(said), f"the rows make it {is_so}"
            )


def _violation(layout: Layout, name: str, number: int, value: str, rule: str) -> Violation:
    field = layout.given[layout.index(name)]
    return Violation(number, f"{field.term} ({field.name})", field.position, value, rule)


def _is_day(text: str) -> bool:
    try:
        date(_LEAP_YEAR, int(text[:2]), int(text[2:]))
    except ValueError:
        return False
    return True
