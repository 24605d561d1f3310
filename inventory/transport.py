"""How programs reach hosts: the twin implements this protocol, in production SSH does."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

__all__ = ["Completed", "Transport"]


@dataclass(frozen=True, slots=True)
class Completed:
    """What came of one command on one host; a host that failed is a result too."""

    host: str
    argv: tuple[str, ...]
    returncode: int
    stdout: str
    stderr: str
    seconds: float

    @property
    def is_ok(self) -> bool:
        """Whether the command ended with return code 0."""
        return self.returncode == 0


class Transport(Protocol):
    """Runs commands on hosts and moves small files; what may take long has a deadline."""

    def run(
        self,
        host: str,
        argv: Sequence[str],
        *,
        deadline_s: float,
        stdin: str | None = None,
        sudo: bool = False,
    ) -> Completed:
        """Run one command on one host."""
        ...

    def put(self, host: str, path: str, data: bytes, *, mode: int = 0o644) -> None:
        """Write a file on a host, whole or not at all."""
        ...

    def get(self, host: str, path: str) -> bytes:
        """Read a file from a host."""
        ...

    def run_all(
        self, hosts: Sequence[str], argv: Sequence[str], *, deadline_s: float, sudo: bool = False
    ) -> Mapping[str, Completed]:
        """Run one command on many hosts at once; the answer has an entry for every host."""
        ...
