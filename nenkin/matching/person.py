"""A person as the matcher sees one."""

from __future__ import annotations

import unicodedata
from typing import NamedTuple


class Person(NamedTuple):
    """A number with the name in kana, the birth date (YYYY-MM-DD), the sex and the address's key, empty if unknown."""

    number: str
    name: str
    birth: str
    sex: str
    address: str = ""


def address_key(address: str) -> str:
    """An address without blanks and differences of width; made once, when an address is kept."""
    return "".join(unicodedata.normalize("NFKC", address).split())
