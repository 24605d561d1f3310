"""What came of a step."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["Result"]


@dataclass(frozen=True, slots=True)
class Result:
    """Whether a step did what it was for, and a note on how."""

    is_done: bool
    note: str = ""
