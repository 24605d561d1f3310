"""Sessions on devices that stay open from one look to the next: logging in is what costs most of a push."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, contextmanager
from types import TracebackType
from typing import Self

from netconfig.push import WORKERS
from netconfig.terminal import UNREACHABLE, OpenTerminal, Terminal

__all__ = ["Terminals"]

_KEPT = 100
"""So many at once: each is a thread here and two processes there."""


class Terminals:
    """Opens terminals and keeps them; one device is used by one thread at a time."""

    def __init__(self, opener: OpenTerminal, kept: int = _KEPT) -> None:
        self._opener, self._most = opener, kept
        self._open: dict[str, tuple[AbstractContextManager[Terminal], Terminal]] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        hosts = list(self._open)
        if hosts:
            # Each goodbye is a dialogue too.
            with ThreadPoolExecutor(min(WORKERS, len(hosts))) as pool:
                list(pool.map(self.close, hosts))

    @contextmanager
    def open(self, host: str) -> Iterator[Terminal]:
        """The kept session of a device, or a new one; after an error the next is a new one. Raises as the opener does.

        A kept one that has ended meanwhile (a device cuts off who is silent for long) is no error: nothing was asked of it.
        """
        if host in self._open and not self._open[host][1].is_open:
            self.close(host)
        if host not in self._open:
            manager = self._opener(host)
            self._open[host] = (manager, manager.__enter__())
        try:
            yield self._open[host][1]
        except BaseException:
            self.close(host)
            raise
        if len(self._open) > self._most:
            self.close(host)

    def close(self, host: str) -> None:
        """End the session of a device; that it was broken already harms nothing."""
        kept = self._open.pop(host, None)
        if kept is not None:
            with contextlib.suppress(*UNREACHABLE):
                kept[0].__exit__(None, None, None)
