"""The engine under the workers: Procrastinate, on the database that keeps the night (docs/adr/0027).

It delivers each entry to one worker at a time, wakes workers by NOTIFY, and finds entries whose worker has died. It may
deliver twice; what a delivery is worth says the run's row, which only one worker can claim.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import procrastinate
import psycopg

from monitors.dispatch.settings import Settings

__all__ = ["EngineFailed", "enqueue", "free_stalled", "migrate_engine", "work"]

EngineFailed = procrastinate.exceptions.ConnectorException
"""What the engine raises when its database is lost."""
QUEUE = "night"
_TASK = "night.run"
_APP = procrastinate.App(connector=procrastinate.SyncPsycopgConnector())


def enqueue(connection: psycopg.Connection[Any], token: int, label: str, site: str) -> None:
    """Hand a run to the workers of a site, or to all, in the caller's transaction. EngineFailed."""
    _APP.configure_task(
        _TASK, queue=_queue(site), queueing_lock=f"run {token}", connection=connection
    ).defer(token=token, label=label)


def free_stalled(dsn: str, seconds: float) -> int:
    """Hand entries to the workers again whose own worker has been silent for so long; how many. EngineFailed."""

    async def free() -> int:
        app = _app(dsn)
        async with app.open_async():
            stalled = list(await app.job_manager.get_stalled_jobs(seconds_since_heartbeat=seconds))
            for job in stalled:
                await app.job_manager.retry_job(job)
        return len(stalled)

    return asyncio.run(free())


async def work(settings: Settings, name: str, run: Callable[[int], Awaitable[None]]) -> None:
    """Take runs one by one until cancelled, which waits for the present one to end; returns when the database is lost.

    EngineFailed where it cannot be reached to begin with.
    """
    app = _app(settings.dsn)

    @app.task(name=_TASK, queue=QUEUE)
    async def take(token: int, label: str) -> None:
        await run(token)

    async with app.open_async():
        await app.run_worker_async(
            queues=[QUEUE, _queue(settings.site)],
            name=f"{settings.host}/{name}",
            concurrency=1,
            install_signal_handlers=False,
            delete_jobs="always",
            fetch_job_polling_interval=5 * settings.poll_s,
            abort_job_polling_interval=3600.0,
            update_heartbeat_interval=settings.stalled_s / 3,
            stalled_worker_timeout=settings.stalled_s,
        )


def migrate_engine(dsn: str) -> tuple[str, ...]:
    """Bring the engine's schema to the version that is installed; what was applied. EngineFailed, psycopg.Error."""
    connector = procrastinate.SyncPsycopgConnector(conninfo=dsn)
    app = procrastinate.App(connector=connector)
    manager = app.schema_manager
    files = sorted(Path(manager.get_migrations_path()).glob("*.sql"))
    with psycopg.connect(dsn, autocommit=True) as connection, connection.transaction():
        connection.execute("LOCK TABLE night.engine")
        row = connection.execute("SELECT version FROM night.engine").fetchone()
        if row is None:
            connection.execute(manager.get_schema().encode())
            did = ["engine"]
            connection.execute("INSERT INTO night.engine (version) VALUES (%s)", (files[-1].name,))
        else:
            did = [file.name for file in files if file.name > row[0]]
            for file in files:
                if file.name in did:
                    connection.execute(file.read_bytes())
            connection.execute("UPDATE night.engine SET version = %s", (files[-1].name,))
    return tuple(did)


def _queue(site: str) -> str:
    return f"{QUEUE}.{site}" if site else QUEUE


def _app(dsn: str) -> procrastinate.App:
    # Two connections: one listens, one asks.
    connector = procrastinate.PsycopgConnector(conninfo=dsn, min_size=1, max_size=2)
    return procrastinate.App(connector=connector)
