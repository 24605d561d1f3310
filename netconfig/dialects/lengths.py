"""The lengths that a rule of a prefix list lets through, as FRR and IOS-XE write them."""

from __future__ import annotations

__all__ = ["single_length"]


def single_length(words: list[str]) -> int | None:
    """The only length that `ge N le N` lets through, None for no words; ValueError for a range, which no intent has."""
    match words:
        case []:
            return None
        case ["ge", "32"]:
            return 32
        case ["ge", least, "le", most] if least == most:
            return int(least)
    raise ValueError(f"no single length: {words}")
