"""`hikae check` for the estate's own files: every fault at once, or what the estate amounts to."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from inventory.errors import EstateError
from inventory.loader import SHIPPED_ESTATE, try_estate
from inventory.model import Estate

__all__ = ["Report", "check"]


@dataclass(frozen=True)
class Report:
    """The outcome of a check: the estate, or the errors that keep it from being one."""

    path: Path
    estate: Estate | None
    errors: tuple[EstateError, ...]

    @property
    def is_valid(self) -> bool:
        """Whether the files describe an estate."""
        return self.estate is not None

    def counts(self) -> dict[str, int]:
        """How much of everything the estate has; empty if it is faulty."""
        if self.estate is None:
            return {}
        estate = self.estate
        return {
            "sites": len(estate.sites),
            "hosts": len(estate.hosts),
            "lines": len(estate.lines),
            "networks": len(estate.networks),
            "clusters": len(estate.clusters),
            "services": len(estate.services),
            "externals": len(estate.externals),
            "roles": len(estate.roles),
            "persons": len(estate.persons),
        }


def check(path: Path | None = None) -> Report:
    """Check the estate of a folder (default: the shipped one); never raises for a faulty estate."""
    folder = path or SHIPPED_ESTATE
    estate, errors = try_estate(folder)
    return Report(folder, estate, errors)
