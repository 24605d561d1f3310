"""The calendar: a country whose public holidays are known, and its time zone."""

from __future__ import annotations

from collections.abc import Iterator
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

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


def timezone_is_known(texts: Documents) -> Iterator[EstateError]:
    """Without its zone nobody can tell which day it is."""
    calendar = texts.calendar
    if calendar is None:
        return
    try:
        ZoneInfo(calendar.timezone)
    except (OSError, ValueError, ZoneInfoNotFoundError):
        remedy = "write its name in the IANA database, such as Asia/Tokyo"
        place = ("calendar", "timezone")
        yield texts.marks.fault(place, calendar.timezone, "is no time zone", remedy)


RULES = (country_is_known, timezone_is_known)
