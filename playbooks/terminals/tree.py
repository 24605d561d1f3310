"""A whole tree of files as one pyinfra fact and one operation: one question and at most two commands for each terminal."""

from __future__ import annotations

from collections.abc import Generator, Iterable

from pyinfra.api.facts import FactBase
from pyinfra.api.operation import operation
from pyinfra.context import host

__all__ = ["TreeDifference", "converge_tree"]

_APPLY = "/usr/local/lib/hikae/apply-base"


class TreeDifference(FactBase[list[str]]):
    """What on the host differs from an archive (gzipped tar, base64), and what of it is not in effect; empty when all is."""

    def command(self, archive: str) -> str:
        """Compare by tar, then ask the script of role `base` without letting it act."""
        compare = f"echo {archive} | base64 -d | tar --diff -z -C / -f - 2>&1"
        pending = f"if [ -x {_APPLY} ]; then {_APPLY} --dry 2>&1; else echo never applied; fi"
        return f"{compare}; {pending}; true"

    @staticmethod
    def default() -> list[str]:
        """A host that said nothing has nothing that differs."""
        return []

    def process(self, output: Iterable[str]) -> list[str]:
        """One line for each difference."""
        return [line for line in output if line.strip()]


@operation()
def converge_tree(archive: str) -> Generator[str, None, None]:
    """Unpack the archive and make it take effect, where anything differs."""
    if not host.get_fact(TreeDifference, archive=archive):
        host.noop("files are as they should be and in effect")
        return
    yield f"echo {archive} | base64 -d | tar --extract -z -C / -f -"
    yield f"{_APPLY} --now"
