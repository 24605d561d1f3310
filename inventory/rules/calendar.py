"""The calendar: a country whose public holidays are known."""

from __future__ import annotations

from collections.abc import Iterator

from inventory.errors import EstateError
from inventory.reader import Documents

__all__ = ["RULES"]


def country_is_known(texts: Documents) -> Iterator[EstateError]:
    """Without its holidays no business day can be told."""
    import holidays

    calendar = texts.calendar
    if calendar is not None and not hasattr(holidays, calendar.country):
        message = "is no country whose public holidays are known"
        remedy = "write its ISO 3166 code in two capital letters, such as JP"
        yield texts.marks.fault(("calendar", "country"), calendar.country, message, remedy)


RULES = (country_is_known,)
