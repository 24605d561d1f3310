"""A routing device's command line at its console: for devices that nobody may log in to, or that are not plugged in yet."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from twin.host import TwinHost

__all__ = ["Console", "open_console"]

_DEADLINE_S = 60.0


class Console:
    """Implements `netconfig.terminal.Terminal` by vtysh on a host of the lab; no packet of a network takes part."""

    def __init__(self, host: TwinHost) -> None:
        self._host = host

    def read(self, command: str) -> str:
        """The output of one show command; OSError where the console does not answer."""
        return self._vtysh([command])

    def type_lines(self, lines: Sequence[str]) -> str:
        """Type lines in configuration mode; at the first that it refuses it leaves, and what it said is given."""
        return self._vtysh(["configure terminal", *lines], is_refusal_borne=True)

    def _vtysh(self, commands: Sequence[str], *, is_refusal_borne: bool = False) -> str:
        argv = ["vtysh", *(word for command in commands for word in ("-c", command))]
        done = self._host.exec(argv, deadline_s=_DEADLINE_S)
        said = f"{done.stdout}{done.stderr}"
        if not (done.is_ok or is_refusal_borne):
            words = said.strip()[-300:] or f"return code {done.returncode}"
            raise OSError(
                f"the console of {self._host.name} does not answer `{commands[0]}`: {words}"
            )
        return said


@contextmanager
def open_console(host: TwinHost) -> Iterator[Console]:
    """A session at a host's console."""
    yield Console(host)
