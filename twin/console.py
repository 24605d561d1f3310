"""A routing device's command line at its console: for devices that nobody may log in to, or that are not plugged in yet."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from inventory.transport import Completed
from netconfig.canonical import Path, is_context
from twin.host import TwinHost

__all__ = ["Console", "open_console"]

_DEADLINE_S = 60.0


class Console:
    """Implements `netconfig.terminal.Terminal` by vtysh on a host of the lab; no packet of a network takes part."""

    def __init__(self, host: TwinHost) -> None:
        self._host = host

    @property
    def is_open(self) -> bool:
        """Always: each command is a call of its own."""
        return True

    def read(self, command: str) -> str:
        """The output of one show command; OSError where the console does not answer."""
        done = self._vtysh([command])
        if not done.is_ok:
            words = _said(done).strip()[-300:] or f"return code {done.returncode}"
            raise OSError(f"the console of {self._host.name} does not answer `{command}`: {words}")
        return _said(done)

    def type_lines(self, lines: Sequence[str]) -> str:
        """Type lines in configuration mode; gives what was said.

        vtysh leaves at the first line that it warns of: then every section is typed by itself, so that the others come.
        """
        done = self._vtysh(["configure terminal", *lines])
        said = _said(done)
        if not done.is_ok:
            for section in _sections(lines):
                said += _said(self._vtysh(["configure terminal", *section]))
        return said

    def _vtysh(self, commands: Sequence[str]) -> Completed:
        argv = ["vtysh", *(word for command in commands for word in ("-c", command))]
        return self._host.exec(argv, deadline_s=_DEADLINE_S)


@contextmanager
def open_console(host: TwinHost) -> Iterator[Console]:
    """A session at a host's console."""
    yield Console(host)


def _said(done: Completed) -> str:
    return f"{done.stdout}{done.stderr}"


def _sections(lines: Sequence[str]) -> Iterator[list[str]]:
    """The lines, each with everything that is typed in the context that it opens."""
    here: Path = ()
    section: list[str] = []
    for line in lines:
        section.append(line)
        if line == "exit":
            here = here[:-1]
        elif is_context((*here, line)):
            here = (*here, line)
        if not here:
            yield section
            section = []
    if section:
        yield section
