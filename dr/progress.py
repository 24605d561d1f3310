"""What a drill tells whoever watches it."""

from __future__ import annotations

from typing import Protocol

__all__ = ["Progress", "Silence"]


class Progress(Protocol):
    """Shows long work; the drill itself prints nothing."""

    def phase(self, name: str) -> None:
        """Begin a phase; it ends the one before."""
        ...

    def doing(self, text: str) -> None:
        """Say what is being done now."""
        ...


class Silence:
    """Nobody watches."""

    def phase(self, name: str) -> None:
        """Say nothing."""

    def doing(self, text: str) -> None:
        """Say nothing."""
