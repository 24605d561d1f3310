"""What can be wrong with an estate or with a question about it.

InventoryError
├── InvalidEstate      the files cannot be an estate; carries every EstateError of the pass
├── UnknownSlice       no slice has this name
└── UnknownHost        no host has this name
"""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["EstateError", "InvalidEstate", "InventoryError", "UnknownHost", "UnknownSlice"]


@dataclass(frozen=True, slots=True, order=True)
class EstateError:
    """One fault in an estate's files: where it stands, what it says and the way out."""

    file: str
    line: int
    path: str
    value: str
    message: str
    remedy: str

    def __str__(self) -> str:
        place = f"{self.path}: " if self.path else ""
        value = f"{self.value} " if self.value else ""
        return f"{self.file}:{self.line}: {place}{value}{self.message}; {self.remedy}"


class InventoryError(Exception):
    """Base of everything that `inventory` raises."""


class InvalidEstate(InventoryError):
    """The files do not describe an estate; `errors` holds all faults that the pass found."""

    def __init__(self, errors: tuple[EstateError, ...]) -> None:
        self.errors = errors
        super().__init__("\n".join(str(error) for error in errors))


class UnknownSlice(InventoryError, KeyError):
    """The estate has no slice of this name; the sentence lists those it has."""

    def __str__(self) -> str:
        return str(self.args[0])


class UnknownHost(InventoryError, KeyError):
    """The estate has no host of this name."""

    def __str__(self) -> str:
        return str(self.args[0])
