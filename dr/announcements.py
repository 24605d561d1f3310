"""Which service addresses a balancer announces, as its daemon says."""

from __future__ import annotations

import json
from collections.abc import Mapping

from dr.fetch import Fetch, NoAnswer

__all__ = ["PORT", "read_board"]

PORT = 8405


def read_board(fetch: Fetch) -> Mapping[str, bool]:
    """Ask a balancer; service → whether it announces its address. NoAnswer where it gives none."""
    try:
        services = json.loads(fetch("/"))["services"]
        return {str(name): bool(said["announces"]) for name, said in services.items()}
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        raise NoAnswer(f"a board that cannot be read: {error!r}") from error
