"""The choices of the table `remuneration_choices`, read once."""

from __future__ import annotations

from datetime import date
from functools import cache

from nenkin.choices import Choices


def choice(name: str, month: date) -> str:
    """The value chosen for a month; raises NoRule."""
    return choices().at(name, month)


@cache
def choices() -> Choices:
    """The table; raises InvalidChoice."""
    return Choices.read("remuneration_choices")
