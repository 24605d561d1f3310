"""What only statistics need: packages that are no requirement of the program."""

from __future__ import annotations

from importlib import import_module
from typing import Any


class MissingExtra(Exception):
    """A package of an extra is not installed; the message names it and the way out."""


def require(module: str, extra: str = "statistics") -> Any:
    """A module of an extra; raises MissingExtra."""
    try:
        return import_module(module)
    except ImportError as error:
        raise MissingExtra(
            f"{error.name or module} is not installed: statistics need the extra {extra!r} of nenkin, "
            f"which hosts of the service do not have; pip install 'nenkin[{extra}]'"
        ) from error
