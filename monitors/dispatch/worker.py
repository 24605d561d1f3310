"""A worker: takes one run at a time from the engine, has a keeper run its program, and records how it ended.

A host has as many of them as it may run jobs at once, each a process with a folder of its own. What the worker knows is
on the disk before it matters: killed at any moment, the next one on that folder reports the end of what has ended, and
gives up the rest.
"""

from __future__ import annotations

import asyncio
import fcntl
import logging
import os
import time
import uuid
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

import psycopg
from psycopg.types.json import Jsonb

from monitors.dispatch import engine
from monitors.dispatch.board import read_orders_of
from monitors.dispatch.database import connected
from monitors.dispatch.folders import Ended, RunFolder, moment, published
from monitors.dispatch.orders import Order, Orders
from monitors.dispatch.settings import Settings

__all__ = ["Worker", "WorkerBusy"]

R = TypeVar("R")
FENCED = "HK002"
log = logging.getLogger("worker")


class WorkerBusy(Exception):
    """Another process works on this worker's folder."""


@dataclass
class Worker:
    """One worker of a host, by its name; `serve` until cancelled."""

    settings: Settings
    name: str
    instance: str = field(default_factory=lambda: uuid.uuid4().hex)
    _orders: dict[str, Orders] = field(default_factory=dict)

    @property
    def root(self) -> Path:
        """Its folder: one process at a time."""
        return self.settings.folder / self.name

    @property
    def place(self) -> str:
        """How the database names it."""
        return f"{self.name}:{self.instance}"

    async def serve(self) -> None:
        """Work until cancelled. A lost database is waited for; WorkerBusy, InvalidSettings."""
        self.root.mkdir(parents=True, exist_ok=True)
        with (self.root / "lock").open("a") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError as error:
                raise WorkerBusy(f"{self.root}: another worker works on it") from error
            beating = asyncio.ensure_future(self._beat())
            try:
                await self._serve()
            finally:
                beating.cancel()

    async def _serve(self) -> None:
        await self._settle_all()
        while True:
            # A worker that lost the database ends its run first, and is then made anew.
            try:
                await engine.work(self.settings, self.name, self.run)
            except (psycopg.Error, engine.EngineFailed, OSError) as error:
                log.warning("%s", str(error).strip())
            await asyncio.sleep(self.settings.poll_s)

    async def _beat(self) -> None:
        """Let the dispatcher know that this site has a worker."""
        query = """
            INSERT INTO night.workers (host, name, site) VALUES (%s, %s, %s)
            ON CONFLICT (host, name) DO UPDATE SET site = excluded.site, beat_at = clock_timestamp()"""
        while True:
            with suppress(psycopg.Error):
                async with connected(self.settings.dsn) as connection:
                    await connection.execute(
                        query, (self.settings.host, self.name, self.settings.site)
                    )
            await asyncio.sleep(self.settings.stalled_s / 4)

    async def run(self, token: int) -> None:
        """Run what the engine handed over, to its end; a run that is not to be started any more is passed over."""
        claimed = await self._insist(lambda: self._claim(token))
        if claimed is None:
            log.info("run %s is not to be started any more", token)
            return
        night, job, generation, until = claimed
        order = await self._insist(lambda: self._order(night, job))
        folder = RunFolder.of(self.root, token)
        out = published(self.settings.outputs, night, job, generation, token)
        inputs = await self._insist(lambda: self._inputs(night, order))
        log.info("run %s: %s of %s, generation %s", token, job, night, generation)
        keeper = folder.start(order, f"{night}/{job}/{generation}", until, out, inputs)
        await self._accompany(token, keeper.wait, keeper.stdin)
        await self._report(folder)

    async def _accompany(self, token: int, wait: Callable[[], int], pipe: Any) -> None:
        """Renew the lease until the keeper has ended; a run that is no longer the job's is ended by closing the pipe."""
        ended = asyncio.ensure_future(asyncio.to_thread(wait))
        try:
            while True:
                with suppress(TimeoutError):
                    await asyncio.wait_for(asyncio.shield(ended), self.settings.lease_s / 5)
                if ended.done():
                    return
                before = time.monotonic()
                try:
                    is_ours = await self._renew(token)
                except (psycopg.Error, TimeoutError):
                    continue  # the keeper ends the run when this goes on for too long
                if not is_ours:
                    log.warning("run %s is no longer the one of its job", token)
                    break
                with suppress(BrokenPipeError):
                    os.write(pipe.fileno(), moment(before + self.settings.lease_s))
        finally:
            with suppress(BrokenPipeError):
                pipe.close()
            await ended

    async def _report(self, folder: RunFolder) -> None:
        """Publish and record the end of a run, however long the database is away; then forget it."""
        while (ended := folder.settle()) is None:
            # Killed, and not gone yet: something of it still lives, so nobody may think otherwise.
            await asyncio.sleep(0.05)
        manifest = dict(ended.manifest)
        if ended.exit == 0 and (place := folder.publish()) is not None:
            manifest["outputs"] = str(place)
        await self._insist(lambda: self._end(folder.token, ended, manifest))
        folder.forget()

    async def _settle_all(self) -> None:
        """Report what ended under an earlier process of this worker, and give up what it had begun or claimed."""
        for path in sorted((self.root / "runs").glob("*")):
            folder = RunFolder(path)
            log.info("run %s is settled after a restart", folder.token)
            await self._report(folder)
        await self._insist(self._give_up_claims)

    async def _insist(self, ask: Callable[[], Awaitable[R]]) -> R:
        """Ask the database again and again until it answers; everything asked for here may be asked for twice."""
        while True:
            try:
                return await asyncio.wait_for(ask(), self.settings.lease_s)
            except (psycopg.Error, TimeoutError) as error:
                # Also a leader that has just become a copy; what is wrong in itself stays so.
                if isinstance(error, psycopg.ProgrammingError | psycopg.IntegrityError):
                    raise
                log.warning("the database does not answer: %s", str(error).strip())
                await asyncio.sleep(self.settings.poll_s)

    async def _claim(self, token: int) -> tuple[str, str, int, float] | None:
        """Night, job, generation, and until when the lease lasts at least (CLOCK_MONOTONIC)."""
        query = """
            WITH claimed AS (
                UPDATE night.runs SET state = 'running', host = %(host)s, instance = %(place)s, begun_at = clock_timestamp(),
                       lease_until = clock_timestamp() + %(lease)s * interval '1 s'
                 WHERE token = %(token)s AND (state = 'sent' OR (state = 'running' AND instance = %(place)s))
                RETURNING night, job, generation)
            UPDATE night.jobs j SET state = 'running' FROM claimed c WHERE j.night = c.night AND j.name = c.job
            RETURNING j.night, j.name, c.generation"""
        values = {
            "host": self.settings.host,
            "place": self.place,
            "lease": self.settings.lease_s,
            "token": token,
        }
        until = time.monotonic() + self.settings.lease_s
        async with connected(self.settings.dsn) as connection:
            row = await (await connection.execute(query, values)).fetchone()
        return None if row is None else (str(row[0]), str(row[1]), int(row[2]), until)

    async def _order(self, night: str, job: str) -> Order:
        if night not in self._orders:
            self._orders = {night: await asyncio.to_thread(_orders_of, self.settings.dsn, night)}
        return next(order for order in self._orders[night].jobs if order.name == job)

    async def _inputs(self, night: str, order: Order) -> dict[str, dict[str, Any]]:
        """The manifests of the jobs that this one waits for, as their end records have them."""
        query = """
            SELECT DISTINCT ON (job) job, manifest FROM night.runs
             WHERE night = %s AND job = ANY(%s) AND state = 'done' ORDER BY job, generation DESC"""
        async with connected(self.settings.dsn) as connection:
            rows = await (await connection.execute(query, (night, list(order.after)))).fetchall()
        return {str(job): dict(manifest or {}) for job, manifest in rows}

    async def _renew(self, token: int) -> bool:
        query = """
            UPDATE night.runs SET lease_until = clock_timestamp() + %s * interval '1 s'
             WHERE token = %s AND (state IN ('done', 'failed') OR (state = 'running' AND instance = %s)) RETURNING token"""

        async def ask() -> bool:
            async with connected(self.settings.dsn) as connection:
                values = (self.settings.lease_s, token, self.place)
                return await (await connection.execute(query, values)).fetchone() is not None

        return await asyncio.wait_for(ask(), self.settings.lease_s / 5)

    async def _end(self, token: int, ended: Ended, manifest: dict[str, Any]) -> None:
        async with connected(self.settings.dsn) as connection:
            if ended.killed:
                why = f"{ended.killed} on {self.settings.host}"
                await connection.execute("SELECT night.lose_run(%s, %s)", (token, why))
                return
            try:
                await connection.execute(
                    "SELECT night.end_run(%s, %s, %s)", (token, ended.exit, Jsonb(manifest))
                )
            except psycopg.Error as error:
                if error.sqlstate != FENCED:
                    raise
                log.warning("run %s ended too late: %s", token, str(error).splitlines()[0])

    async def _give_up_claims(self) -> None:
        query = """
            SELECT night.lose_run(token, 'its worker was restarted') FROM night.runs
             WHERE state = 'running' AND host = %s AND split_part(instance, ':', 1) = %s AND instance <> %s"""
        async with connected(self.settings.dsn) as connection:
            await connection.execute(query, (self.settings.host, self.name, self.place))


def _orders_of(dsn: str, night: str) -> Orders:
    with psycopg.connect(dsn, autocommit=True, connect_timeout=2) as connection:
        return read_orders_of(connection, night)
