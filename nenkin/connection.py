"""A PostgreSQL connection that is dropped when its time is up and never sends a cancel request."""

from __future__ import annotations

import contextlib
import random
import select
import socket
import time
from typing import Any

import psycopg
from psycopg import pq
from psycopg.conninfo import conninfo_to_dict, make_conninfo
from psycopg.rows import AsyncRowFactory, tuple_row

Row = tuple[Any, ...]

# A request that waits longer for another transaction's lock learns so before its own time is up.
LOCK_TIMEOUT_MS = 400
# Seconds for which a connection is used. A balancer that was reloaded leaves those that it has alone for longer than that,
# so that none ends in the middle of a COMMIT; they end at different moments, so that no burst of new ones is needed.
LIFE_S = 60.0


class Connection(psycopg.AsyncConnection[Row]):
    """One connection; `has_warned` is set by a WARNING of the server, `is_dropped` by drop()."""

    def __init__(
        self, pgconn: pq.abc.PGconn, row_factory: AsyncRowFactory[Row] = tuple_row
    ) -> None:
        super().__init__(pgconn, row_factory)
        self.has_warned = False
        self.is_dropped = False
        # It spreads load and hides nothing.
        self.retires_at = time.monotonic() + LIFE_S * random.uniform(0.75, 1.0)
        self.add_notice_handler(self._heed)

    def _heed(self, notice: psycopg.errors.Diagnostic) -> None:
        if notice.severity_nonlocalized == "WARNING":
            self.has_warned = True

    def drop(self) -> None:
        """Shuts the socket down, so that whoever waits on it gets an error at once.

        A cancel request would be wrong: one that reaches a backend which waits for synchronous
        replication makes it report a commit that exists in one copy only as a success.
        """
        if self.is_dropped or self.closed:
            return
        self.is_dropped = True
        # A copy of the descriptor: libpq keeps its own and closes it in discard(). The other side
        # may have been faster, which is no error.
        copy = socket.dup(self.pgconn.socket)
        with socket.socket(fileno=copy) as ours, contextlib.suppress(OSError):
            ours.shutdown(socket.SHUT_RDWR)

    def discard(self) -> None:
        """Drops the connection and frees it; nothing may be waiting on it any more."""
        self.drop()
        self.pgconn.finish()

    def cancel(self) -> None:
        """Drops the connection instead of cancelling."""
        self.drop()

    async def cancel_safe(self, *, timeout: float = 30.0) -> None:
        """Drops the connection instead of cancelling."""
        self.drop()

    @property
    def is_fresh(self) -> bool:
        """Whether an idle connection is usable: open, young, outside a transaction, and nothing to read.

        What an idle server says unasked is most often good-bye.
        """
        if self.closed or self.is_dropped or time.monotonic() >= self.retires_at:
            return False
        if self.pgconn.transaction_status != pq.TransactionStatus.IDLE:
            return False
        poll = select.poll()
        poll.register(self.pgconn.socket, select.POLLIN)
        return not poll.poll(0)


def connection_string(dsn: str, application: str = "nenkin") -> str:
    """`dsn` with the time-outs and session settings that the outcomes rely on.

    What the DSN itself says about time-outs wins; durability and lock time-out are not negotiable.
    """
    given = {key: str(value) for key, value in conninfo_to_dict(dsn).items() if value is not None}
    defaults = {
        "application_name": application,
        "connect_timeout": "2",
        "tcp_user_timeout": "2000",
        "keepalives_idle": "2",
        "keepalives_interval": "1",
        "keepalives_count": "2",
        "target_session_attrs": "read-write",
        "gssencmode": "disable",
    }
    session = f"-c synchronous_commit=on -c lock_timeout={LOCK_TIMEOUT_MS}"
    options = f"{given.pop('options', '')} {session}".strip()
    return make_conninfo("", **(defaults | given), options=options)


async def connect(conninfo: str) -> Connection:
    """A new connection in autocommit mode; raises psycopg.Error, after 2 s at the latest."""
    return await Connection.connect(conninfo, autocommit=True)
