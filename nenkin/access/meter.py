"""Processor time of a measurement: the service's process and those of a PostgreSQL of the same machine."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from types import TracebackType
from typing import Self

import psycopg

from nenkin.scratch import server_cpu_s


class Meter:
    """What a service and a server spend between entering and leaving, s; None for a server elsewhere."""

    def __init__(self, dsn: str, service: int) -> None:
        self._dsn = dsn
        self._service = service
        self.service_s = 0.0
        self.server_s: float | None = None

    def __enter__(self) -> Self:
        self._before = self._now()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        service_s, server_s = self._now()
        self.service_s = service_s - self._before[0]
        if server_s is not None and self._before[1] is not None:
            self.server_s = server_s - self._before[1]

    def report(self, count: int, asking_s: float) -> dict[str, float | None]:
        """ms for each of so many requests; `asking_s` is what the asking process spent."""
        spent = {"service": self.service_s, "server": self.server_s, "load": asking_s}
        return {
            name: None if seconds is None else round(seconds / count * 1000, 3)
            for name, seconds in spent.items()
        }

    def _now(self) -> tuple[float, float | None]:
        with psycopg.connect(self._dsn) as connection:
            ended = server_cpu_s(connection)
            if ended is None:
                return _spent_s(self._service), None
            parent = _parent(connection.info.backend_pid)
            return _spent_s(self._service), ended + sum(map(_spent_s, _children(parent)))


def _spent_s(process: int) -> float:
    """Processor time of a process with all its threads and children so far, s; none of one that has ended."""
    spent = 0
    for one in (process, *_children(process)):
        try:
            for task in Path(f"/proc/{one}/task").iterdir():
                # In nanoseconds, where `stat` counts ticks of 10 ms.
                spent += int((task / "schedstat").read_text().split()[0])
        except OSError:
            continue
    return spent / 1e9


def _children(process: int) -> Iterator[int]:
    try:
        said = Path(f"/proc/{process}/task/{process}/children").read_text().split()
    except OSError:
        return iter(())
    return map(int, said)


def _parent(process: int) -> int:
    return int(Path(f"/proc/{process}/stat").read_text().rpartition(") ")[2].split()[1])
