"""The answer is true, whatever happens to the database: acknowledged, refused or unknown."""

from __future__ import annotations

import asyncio
import logging
import os
import signal
import threading
import time
import uuid
from collections.abc import Awaitable, Callable, Iterator

import httpx
import pytest

from nenkin.connection import Connection, connect, connection_string
from nenkin.database import Database
from nenkin.outcome import Refused
from tests.dr_acting.postgres import Server, wait_until
from tests.nenkin.application import (
    Application,
    Posted,
    dsn,
    hanging,
    is_ready,
    ledger,
    set_standby,
)
from tests.nenkin.conftest import SETTINGS

# What the service may take, and the time-out of its clients.
CLIENT_S = 2.0
# Measured: 0.1 to 0.3 s; a busy machine takes longer, a growing back-off would take longer still.
RECOVERY_S = 2.0


@pytest.fixture
def number(service: Application) -> Iterator[str]:
    """A person to post for."""
    wait_until(lambda: is_ready(service))
    yield service.register()
    wait_until(lambda: is_ready(service))


@pytest.fixture
def lonely(records: Server, number: str) -> Iterator[Server]:
    """A server whose commits wait for a standby that does not exist."""
    assert number
    set_standby(records, "nobody_there")
    yield records
    set_standby(records, "")


def outcome(answer: httpx.Response) -> tuple[int, str]:
    return answer.status_code, answer.json()["outcome"]


def test_a_commit_that_hangs_is_unknown_and_found_later(
    service: Application, lonely: Server, number: str
) -> None:
    key = str(uuid.uuid4())
    started = time.monotonic()
    answer = service.post(key, number)
    assert time.monotonic() - started < CLIENT_S
    assert outcome(answer) == (504, "unknown")
    # Had a cancel request been sent, the backend would have stopped waiting: the row were visible.
    time.sleep(0.3)
    assert len(hanging(lonely)) == 1
    assert key not in ledger(lonely)
    # Asking again says no more, and takes no longer, as long as the first is under way.
    started = time.monotonic()
    assert outcome(service.post(key, number)) == (504, "unknown")
    assert time.monotonic() - started < CLIENT_S
    set_standby(lonely, "")
    wait_until(lambda: key in ledger(lonely))
    assert ledger(lonely)[key] == (f"{number}|2005-04|13580", 1)
    assert service.post(key, number).status_code == 200


def end_wait(server: Server, act: Callable[[int], object]) -> None:
    """Wait for the one commit that hangs, and act upon its backend."""
    wait_until(lambda: hanging(server))
    act(hanging(server)[0])


def cancel(server: Server) -> Callable[[int], object]:
    return lambda pid: server.ask(f"SELECT pg_cancel_backend({pid})")


def terminate(server: Server) -> Callable[[int], object]:
    return lambda pid: server.ask(f"SELECT pg_terminate_backend({pid})")


def kill(_: Server) -> Callable[[int], object]:
    return lambda pid: os.kill(pid, signal.SIGKILL)


@pytest.mark.parametrize("how", [cancel, terminate, kill])
def test_a_commit_whose_wait_is_cut_short_is_unknown(
    service: Application,
    lonely: Server,
    number: str,
    how: Callable[[Server], Callable[[int], object]],
) -> None:
    key = str(uuid.uuid4())
    operator = threading.Thread(target=end_wait, args=(lonely, how(lonely)))
    operator.start()
    answer = service.post(key, number)
    operator.join()
    assert outcome(answer) == (504, "unknown")
    assert "in time" not in answer.json()["reason"]
    # It is visible now, but in one copy: a repetition must not turn that into an acknowledgement.
    wait_until(lambda: is_ready(service))
    wait_until(lambda: key in ledger(lonely))
    assert outcome(service.post(key, number)) == (504, "unknown")
    set_standby(lonely, "")
    assert service.post(key, number).status_code == 200
    assert ledger(lonely)[key][1] == 1


def test_a_task_that_is_cancelled_sends_no_cancel_request(lonely: Server, number: str) -> None:
    """What asyncio cancels when the service is stopped is dropped: the backend goes on waiting."""

    async def story() -> None:
        connection = await connect(connection_string(dsn(lonely)))
        await connection.execute("BEGIN")
        await connection.execute("SELECT pg_logical_emit_message(true, 'test', 'x')")
        task = asyncio.ensure_future(connection.execute("COMMIT"))
        while not hanging(lonely):
            await asyncio.sleep(0.05)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        connection.discard()

    assert number
    asyncio.run(story())
    time.sleep(0.3)
    assert len(hanging(lonely)) == 1


def test_a_stalled_database_meets_no_connection_storm(
    service: Application, lonely: Server, number: str
) -> None:
    futures = service.post_at_rate(number, rate=80, seconds=3)
    backends = int(
        lonely.ask("SELECT count(*) FROM pg_stat_activity WHERE application_name = 'nenkin'")
    )
    # 40 of the pool, 30 abandoned, up to 39 in flight when the limit was reached, some probes.
    assert 0 < backends <= 115
    posted: list[Posted] = [future.result() for future in futures]
    assert {entry.status for entry in posted} == {503, 504}
    set_standby(lonely, "")
    started = time.monotonic()
    assert service.post(str(uuid.uuid4()), number).status_code == 201
    assert time.monotonic() - started < 1
    wait_until(lambda: not hanging(lonely))
    kept = ledger(lonely)
    assert [e for e in posted if e.status == 503 and e.key in kept] == []
    assert [e for e in posted if e.status == 504 and e.key not in kept] == []


def test_a_server_that_falls_silent_before_commit_refuses(
    service: Application, records: Server, number: str
) -> None:
    key = str(uuid.uuid4())
    records.send(signal.SIGSTOP)
    try:
        started = time.monotonic()
        assert outcome(service.post(key, number)) == (503, "refused")
        assert service.client.get(f"/v1/persons/{number}/history").status_code == 503
        assert service.client.get("/health/ready").status_code == 503
        assert service.client.get("/health/live").status_code == 200
        assert time.monotonic() - started < 3 * CLIENT_S
    finally:
        records.send(signal.SIGCONT)
    wait_until(lambda: is_ready(service))
    time.sleep(0.5)
    assert key not in ledger(records)


def test_a_database_that_takes_no_writes_is_not_ready(
    service: Application, records: Server, number: str
) -> None:
    assert number
    records.ask("ALTER SYSTEM SET default_transaction_read_only = on")
    records.ask("SELECT pg_reload_conf()")
    try:
        wait_until(lambda: not is_ready(service))
        assert outcome(service.post(str(uuid.uuid4()), number)) == (503, "refused")
    finally:
        records.ask("ALTER SYSTEM RESET default_transaction_read_only")
        records.ask("SELECT pg_reload_conf()")
    wait_until(lambda: is_ready(service))
    assert service.post(str(uuid.uuid4()), number).status_code == 201


def test_work_goes_on_as_soon_as_the_server_is_back(
    service: Application, records: Server, number: str
) -> None:
    """A crash, 5 s of demand on a dead server, a restart: nothing untrue, and no delay after it."""
    back: list[float] = []

    def disaster() -> None:
        time.sleep(2)
        records.send(signal.SIGKILL)
        time.sleep(5)
        records.start(*SETTINGS)
        back.append(time.monotonic())

    operator = threading.Thread(target=disaster)
    operator.start()
    posted: list[Posted] = [f.result() for f in service.post_at_rate(number, 40, 10)]
    operator.join()
    kept = ledger(records)
    acked = [entry for entry in posted if entry.status == 201]
    assert len(acked) > 20
    assert [entry for entry in acked if kept.get(entry.key, ("", 0))[1] != 1] == []
    assert [entry for entry in posted if entry.status == 503 and entry.key in kept] == []
    assert {entry.status for entry in posted} <= {201, 503, 504}
    # `back` is up to pg_ctl's own 0.1 s late, so the first may well be acknowledged before it.
    first = min(entry.ended for entry in acked if entry.ended > back[0] - 3)
    logging.info("first acknowledgement %+.2f s after the server was back", first - back[0])
    assert first - back[0] < RECOVERY_S


LOSE = "SELECT pg_terminate_backend(pg_backend_pid())"


def losing(times: int) -> Callable[[Connection], Awaitable[str]]:
    """Work whose connection breaks in the middle of its first statements, as by a balancer that ends it."""
    left = [times]

    async def work(connection: Connection) -> str:
        if left[0]:
            left[0] -= 1
            await connection.execute(LOSE)
        return "done"

    return work


@pytest.mark.parametrize("way", ["read", "write"])
def test_a_connection_that_breaks_before_commit_costs_nobody_anything(
    records: Server, way: str
) -> None:
    async def story() -> tuple[str, str]:
        database = Database(dsn(records), 2)
        try:
            once = await getattr(database, way)(losing(1))
            with pytest.raises(Refused, match="the database failed before COMMIT: AdminShutdown"):
                await getattr(database, way)(losing(2))
            return once, await getattr(database, way)(losing(0))
        finally:
            database.close()

    assert asyncio.run(story()) == ("done", "done")


def test_a_connection_is_used_for_so_long_and_no_longer(
    records: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def backend(connection: Connection) -> int:
        cursor = await connection.execute("SELECT pg_backend_pid()")
        (found,) = await cursor.fetchone() or (0,)
        return int(found)

    async def story() -> list[int]:
        database = Database(dsn(records), 1)
        try:
            found = [await database.read(backend) for _ in range(2)]
            await asyncio.sleep(0.5)
            return [*found, await database.read(backend)]
        finally:
            database.close()

    monkeypatch.setattr("nenkin.connection.LIFE_S", 0.5)
    first, second, third = asyncio.run(story())
    assert first == second != third
