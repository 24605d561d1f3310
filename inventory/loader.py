"""From a folder to an Estate, or to every fault that keeps it from being one."""

from __future__ import annotations

from pathlib import Path

from inventory.builder import build_estate
from inventory.errors import EstateError, InvalidEstate
from inventory.model import Estate
from inventory.reader import read_documents
from inventory.rules import find_faults

__all__ = ["SHIPPED_ESTATE", "load_estate", "try_estate"]

SHIPPED_ESTATE = Path(__file__).parent / "estate"


def load_estate(path: Path | None = None) -> Estate:
    """The estate of a folder (default: the shipped one); InvalidEstate carries all its faults."""
    estate, errors = try_estate(path or SHIPPED_ESTATE)
    if estate is None:
        raise InvalidEstate(errors)
    return estate


def try_estate(path: Path) -> tuple[Estate | None, tuple[EstateError, ...]]:
    """The estate or its faults, in the order of files and lines."""
    texts, errors = read_documents(path)
    errors += find_faults(texts, is_complete=not errors)
    if errors:
        return None, tuple(sorted(set(errors)))
    return build_estate(texts), ()
