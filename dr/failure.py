"""How a drill ends before its verdict.

DrillAborted       something that must hold before the fault did not: no verdict
└── HostFailed     a host did not do what the drill asked of it
"""

from __future__ import annotations

from inventory.transport import Completed

__all__ = ["DrillAborted", "HostFailed", "require"]

_SHOWN = 300


class DrillAborted(Exception):
    """The drill is given up: the sentence says why."""


class HostFailed(DrillAborted):
    """A command failed on a host, or the host was not reached."""

    def __init__(self, completed: Completed, purpose: str) -> None:
        said = (completed.stderr or completed.stdout).strip()[-_SHOWN:]
        words = said or f"return code {completed.returncode}"
        super().__init__(f"{completed.host} could not {purpose}: {words}")
        self.completed = completed


def require(completed: Completed, purpose: str) -> Completed:
    """Give the result of a command that must succeed; HostFailed where it did not."""
    if not completed.is_ok:
        raise HostFailed(completed, purpose)
    return completed
