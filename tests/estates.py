"""Estates that many tests read: each is loaded once in a process, for none of them changes it."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from inventory import Estate, load_estate

__all__ = ["estate_of"]


@cache
def estate_of(folder: Path | None = None) -> Estate:
    """The estate of a folder in this repository (default: the shipped one)."""
    return load_estate(folder)
