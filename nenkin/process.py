"""Whether a process is there, for what it may have left behind."""

from __future__ import annotations

from pathlib import Path

__all__ = ["has_ended"]


def has_ended(number: str) -> bool:
    """Whether no process has this number, as it stands in a name; what is no number belongs to nobody, and stays."""
    return number.isdigit() and not Path("/proc", number).exists()
