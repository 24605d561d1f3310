"""Transactions with a certain outcome: done, rejected, refused or unknown, always within 1.6 s."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeVar

import psycopg

from nenkin.connection import Connection, connect, connection_string
from nenkin.outcome import Refused, Rejected, Unknown
from nenkin.pool import Pool
from nenkin.stall import Stall

T = TypeVar("T")
Work = Callable[[Connection], Awaitable[T]]

# Seconds. Clients wait 2 s for a reply; COMMIT is not handed over unless it has at least 0.5 s.
ACQUIRE_S = 0.6
BEGUN_S = 1.1
DEADLINE_S = 1.6
READY_S = 0.8


class _LostFailed(Exception):
    """The connection broke before anything was committed on it: another one may do the same work."""


class Database:
    """One database behind a pool, and a connection of its own for the readiness check."""

    def __init__(self, dsn: str, pool_size: int) -> None:
        conninfo = connection_string(dsn)
        self._pool = Pool(lambda: connect(conninfo), pool_size)
        self._reserve = Pool(lambda: connect(conninfo), 1)
        self._stall = Stall()

    async def write(self, work: Work[T]) -> T:
        """What `work` returns, once PostgreSQL has acknowledged its transaction.

        `work` is done again on another connection where the first one broke before COMMIT. Raises
        Rejected from `work` (rolled back), Refused when certainly nothing was or will be written,
        Unknown otherwise.
        """
        started = asyncio.get_running_loop().time()

        async def transact(connection: Connection) -> T:
            result = await self._begin(connection, work, started)
            await self._commit(connection, started)
            return result

        is_probe = self._stall.enter()
        try:
            return await self._lend(transact, started)
        finally:
            self._stall.leave(is_probe)

    async def append(self, work: Work[None]) -> None:
        """Has `work` write one statement that is a transaction of its own: one round trip where write() has three.

        At least once: it is done again where the connection broke, and may have been done where Refused or Unknown is
        raised. So it is for what may be there twice and must be there once.
        """
        started = asyncio.get_running_loop().time()

        async def transact(connection: Connection) -> None:
            try:
                await self._acknowledged(connection, work(connection), started)
            except Unknown as error:
                if connection.closed and not connection.is_dropped:
                    raise _LostFailed("the connection was lost while it was written") from error
                raise

        is_probe = self._stall.enter()
        try:
            await self._lend(transact, started)
        finally:
            self._stall.leave(is_probe)

    async def read(self, work: Work[T]) -> T:
        """What `work` reads in one statement; raises Rejected from `work`, or Refused."""
        started = asyncio.get_running_loop().time()

        async def look(connection: Connection) -> T:
            timer = asyncio.get_running_loop().call_at(started + DEADLINE_S, connection.drop)
            try:
                return await work(connection)
            except psycopg.Error as error:
                raise self._refusal(connection, error) from error
            finally:
                timer.cancel()

        return await self._lend(look, started)

    async def _lend(self, use: Work[T], started: float) -> T:
        """Use a connection, and one more where it was found broken and there is time.

        A balancer that was reloaded ends the connections that it still had, some in the middle of a statement.
        """
        left, is_again = ACQUIRE_S, False
        while True:
            connection = await self._pool.acquire(left)
            try:
                return await use(connection)
            except _LostFailed as lost:
                left = started + ACQUIRE_S - asyncio.get_running_loop().time()
                if is_again or left <= 0:
                    raise Refused(str(lost)) from lost
                is_again = True
            finally:
                self._pool.release(connection)

    async def is_writable(self) -> bool:
        """Whether a server that takes writes answers within READY_S."""
        loop = asyncio.get_running_loop()
        started = loop.time()
        try:
            connection = await self._reserve.acquire(READY_S)
        except Refused:
            return False
        timer = loop.call_at(started + READY_S, connection.drop)
        try:
            cursor = await connection.execute("SHOW transaction_read_only")
            return await cursor.fetchone() == ("off",)
        except psycopg.Error:
            return False
        finally:
            timer.cancel()
            self._reserve.release(connection)

    def close(self) -> None:
        """Closes the connections that are not in use."""
        self._pool.close()
        self._reserve.close()

    async def _begin(self, connection: Connection, work: Work[T], started: float) -> T:
        timer = asyncio.get_running_loop().call_at(started + BEGUN_S, connection.drop)
        try:
            await connection.execute("BEGIN")
            try:
                result = await work(connection)
            except Rejected:
                await connection.execute("ROLLBACK")
                raise
        except psycopg.Error as error:
            # COMMIT was never sent on this connection, and never will be.
            raise self._refusal(connection, error) from error
        finally:
            timer.cancel()
        if connection.is_dropped:
            raise Refused("the transaction took too long and was rolled back")
        return result

    async def _commit(self, connection: Connection, started: float) -> None:
        cursor = await self._acknowledged(connection, connection.execute("COMMIT"), started)
        if cursor.statusmessage != "COMMIT":
            raise Refused(f"the database answered COMMIT with {cursor.statusmessage}")

    async def _acknowledged(
        self, connection: Connection, committing: Awaitable[T], started: float
    ) -> T:
        connection.has_warned = False
        timer = asyncio.get_running_loop().call_at(started + DEADLINE_S, connection.drop)
        try:
            done = await committing
        except psycopg.Error as error:
            if connection.is_dropped:
                self._stall.abandon()
                raise Unknown("the database did not answer COMMIT in time") from error
            self._stall.relieve()
            raise Unknown("the connection was lost while COMMIT was under way") from error
        finally:
            timer.cancel()
        self._stall.relieve()
        if connection.has_warned:
            # "canceling (the) wait for synchronous replication": it exists in one copy, perhaps.
            # Any warning counts, since its text depends on its cause and on the server's language.
            raise Unknown("the database committed but does not vouch for a second copy")
        return done

    def _refusal(self, connection: Connection, error: psycopg.Error) -> Exception:
        if connection.is_dropped:
            self._pool.suspect()
            return Refused("the database did not answer in time; nothing was committed")
        said = f"the database failed before COMMIT: {type(error).__name__}"
        return _LostFailed(said) if connection.closed else Refused(said)
