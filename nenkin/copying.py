"""Reading much out of the database by COPY."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import psycopg
from psycopg import pq
from psycopg.errors import error_from_result


def copy_lines(connection: psycopg.Connection[tuple[Any, ...]], query: str) -> Iterator[memoryview]:
    """What a COPY … TO STDOUT gives, as libpq hands it over; raises psycopg.Error.

    Straight from libpq: the library's own loop costs more for each row than writing it into a file does.
    """
    raw = connection.pgconn
    result = raw.exec_(query.encode())
    if result.status != pq.ExecStatus.COPY_OUT:
        raise error_from_result(result)
    while True:
        size, data = raw.get_copy_data(0)
        if size < 0 or data is None:
            break
        yield data
    end = raw.get_result()
    while end is not None:
        if end.status != pq.ExecStatus.COMMAND_OK:
            raise error_from_result(end)
        end = raw.get_result()
