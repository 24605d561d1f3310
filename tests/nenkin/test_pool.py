"""The pool: bounded, patient for a bounded time, and back as soon as the database is."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import cast

import psycopg
import pytest

from nenkin.connection import Connection
from nenkin.outcome import Refused
from nenkin.pool import PARALLEL_SLOW, Pool


class Fake:
    """A connection that is as good as the test says."""

    def __init__(self) -> None:
        self.is_fresh = True
        self.is_discarded = False

    def discard(self) -> None:
        assert not self.is_discarded
        self.is_discarded = True


class Database:
    """Connects, fails or hangs; counts both."""

    def __init__(self) -> None:
        self.mode = "well"
        self.attempts = 0
        self.made: list[Fake] = []

    async def connect(self) -> Connection:
        self.attempts += 1
        if self.mode == "refuses":
            raise psycopg.OperationalError("connection refused")
        if self.mode == "hangs":
            await asyncio.sleep(2)
            raise psycopg.OperationalError("timeout")
        await asyncio.sleep(0.4 if self.mode == "slow" else 0.001)
        self.made.append(Fake())
        return cast("Connection", self.made[-1])

    @property
    def open(self) -> int:
        return sum(not fake.is_discarded for fake in self.made)


def run(story: Callable[[Database, Pool], Awaitable[None]], size: int = 3) -> None:
    async def told() -> None:
        database = Database()
        pool = Pool(database.connect, size)
        try:
            await story(database, pool)
        finally:
            pool.close()

    asyncio.run(told())


def test_never_more_than_its_size() -> None:
    async def story(database: Database, pool: Pool) -> None:
        async def use() -> None:
            connection = await pool.acquire(5)
            assert database.open <= 3
            await asyncio.sleep(0.01)
            pool.release(connection)

        await asyncio.gather(*(use() for _ in range(50)))
        assert database.attempts == 3

    run(story)


def test_who_waits_in_vain_is_refused_in_time() -> None:
    async def story(_: Database, pool: Pool) -> None:
        kept = [await pool.acquire(1) for _ in range(3)]
        started = time.monotonic()
        with pytest.raises(Refused, match="no connection free"):
            await pool.acquire(0.1)
        assert 0.09 < time.monotonic() - started < 0.5
        pool.release(kept.pop())
        await pool.acquire(0.1)

    run(story)


def test_a_stale_connection_is_replaced() -> None:
    async def story(database: Database, pool: Pool) -> None:
        connection = await pool.acquire(1)
        pool.release(connection)
        database.made[0].is_fresh = False
        assert await pool.acquire(1) is not connection
        assert database.made[0].is_discarded

    run(story)


def test_a_spoilt_connection_makes_room_for_who_waits() -> None:
    async def story(database: Database, pool: Pool) -> None:
        connection = await pool.acquire(1)
        waiting = asyncio.ensure_future(pool.acquire(1))
        await asyncio.sleep(0.01)
        database.made[0].is_fresh = False
        pool.release(connection)
        await waiting
        assert database.attempts == 2

    run(story, size=1)


def test_a_long_outage_costs_little_and_ends_at_once() -> None:
    async def story(database: Database, pool: Pool) -> None:
        database.mode = "refuses"
        until = time.monotonic() + 2

        async def demand() -> None:
            while time.monotonic() < until:
                with pytest.raises(Refused, match="cannot be reached"):
                    await pool.acquire(0.2)

        await asyncio.gather(*(demand() for _ in range(50)))
        assert 5 <= database.attempts <= 25
        waiting = asyncio.ensure_future(pool.acquire(1))
        await asyncio.sleep(0.05)
        database.mode = "well"
        back = time.monotonic()
        await waiting
        assert time.monotonic() - back < 0.5

    run(story)


def test_attempts_that_hang_do_not_hold_up_the_recovery() -> None:
    async def story(database: Database, pool: Pool) -> None:
        database.mode = "hangs"
        waiting = [asyncio.ensure_future(pool.acquire(5)) for _ in range(20)]
        await asyncio.sleep(0.3)
        assert database.attempts <= PARALLEL_SLOW
        database.mode = "well"
        back = time.monotonic()
        pool.release(await waiting[0])
        assert time.monotonic() - back < 1
        for other in waiting[1:]:
            pool.release(await other)

    run(story, size=40)


def test_a_pool_of_one_is_not_held_up_either() -> None:
    async def story(database: Database, pool: Pool) -> None:
        database.mode = "hangs"
        waiting = asyncio.ensure_future(pool.acquire(5))
        await asyncio.sleep(0.1)
        database.mode = "well"
        pool.release(await asyncio.wait_for(waiting, 1))

    run(story, size=1)


def test_what_hung_and_came_through_is_not_too_much() -> None:
    async def story(database: Database, pool: Pool) -> None:
        database.mode = "slow"
        await pool.acquire(5)
        await asyncio.sleep(1)
        assert database.attempts == 2
        assert len(database.made) == 2
        assert database.open == 1

    run(story, size=1)


def test_suspicion_falls_on_the_idle_ones() -> None:
    async def story(database: Database, pool: Pool) -> None:
        lent, idle = await pool.acquire(1), await pool.acquire(1)
        pool.release(idle)
        pool.suspect()
        assert [fake.is_discarded for fake in database.made] == [False, True]
        pool.release(lent)
        assert await pool.acquire(1) is lent

    run(story)


def test_who_gives_up_waiting_loses_no_connection() -> None:
    async def story(database: Database, pool: Pool) -> None:
        connection = await pool.acquire(1)
        waiting = asyncio.ensure_future(pool.acquire(1))
        await asyncio.sleep(0)
        pool.release(connection)
        waiting.cancel()
        with pytest.raises(asyncio.CancelledError):
            await waiting
        assert await pool.acquire(0.1) is connection
        assert database.open == 1

    run(story, size=1)
