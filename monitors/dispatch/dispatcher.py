"""The dispatcher: one of several leads, says which job is next, and remembers everything in the database alone.

It may be killed at any moment: whoever leads next reads where the night is and goes on. Every change it makes asks in
the same transaction whether it still leads, so that one that was away (a frozen host, a cut line) cannot start anything
when it wakes.
"""

from __future__ import annotations

import logging
import threading
import time
from dataclasses import dataclass, field
from typing import Any

import psycopg

from monitors.dispatch import engine, judgement
from monitors.dispatch.board import Board, present_night, read_board
from monitors.dispatch.database import LINE
from monitors.dispatch.orders import Orders
from monitors.dispatch.settings import Settings

__all__ = ["Dispatcher"]

# Any constant will do: it is the name of the lock that a leader holds as long as its session lives.
_LOCK = 0x6469737061746368
log = logging.getLogger("dispatcher")


@dataclass
class Dispatcher:
    """One dispatcher of a host; `serve` until `stop` is set."""

    settings: Settings
    stop: threading.Event = field(default_factory=threading.Event)
    _orders: Orders | None = None

    def serve(self) -> None:
        """Lead, or wait to lead, until told to stop. A lost database is waited for."""
        while not self.stop.is_set():
            try:
                with psycopg.connect(
                    self.settings.dsn, autocommit=True, application_name="hikae-dispatcher", **LINE
                ) as connection:
                    self._serve(connection)
            except (psycopg.Error, engine.EngineFailed) as error:
                log.warning("%s", str(error).strip())
                self.stop.wait(self.settings.poll_s)

    def _serve(self, connection: psycopg.Connection[Any]) -> None:
        connection.execute("LISTEN night")
        token: int | None = None
        looked = 0.0
        while not self.stop.is_set():
            if token is None:
                token = _take_lead(connection, self.settings)
            if token is not None:
                if _beat(connection, token):
                    if time.monotonic() - looked > self.settings.stalled_s / 2:
                        looked = time.monotonic()
                        engine.free_stalled(self.settings.dsn, self.settings.stalled_s)
                    while self._advance(connection, token):
                        pass
                else:
                    # Another leads: a new session, for the lock may still be this one's.
                    log.warning("another dispatcher leads")
                    return
            for _ in connection.notifies(timeout=self.settings.poll_s, stop_after=1):
                pass

    def _advance(self, connection: psycopg.Connection[Any], token: int) -> bool:
        """Do what there is to do now; True where something was done, so that it is worth looking again at once."""
        night = present_night(connection)
        if night is None:
            return False
        if self._orders is None or self._orders.night != night:
            self._orders = None
        board = read_board(connection, night, self._orders, self.settings.stalled_s)
        self._orders = board.orders
        gone = judgement.given_up(board, self.settings.margin_s)
        for run, why in gone:
            log.warning("run %s is given up: %s", run, why)
            with connection.transaction():
                connection.execute("SELECT night.ensure_leads(%s)", (token,))
                connection.execute("SELECT night.lose_run(%s, %s)", (run, why))
        retried = judgement.to_retry(board)
        for name in retried:
            with connection.transaction():
                connection.execute("SELECT night.ensure_leads(%s)", (token,))
                connection.execute(
                    "UPDATE night.jobs SET state = 'waiting', not_before = clock_timestamp() + %s * interval '1 s'"
                    " WHERE night = %s AND name = %s AND state = 'failed'",
                    (self.settings.retry_s, night, name),
                )
        if gone or retried:
            return True
        for name in judgement.next_jobs(board):
            start(connection, token, board, name)
        if board.is_settled:
            return end_night(connection, token, night)
        return False


def end_night(connection: psycopg.Connection[Any], token: int, night: str) -> bool:
    """End a night; False where somebody reruns a job of it at this moment."""
    with connection.transaction():
        connection.execute("SELECT night.ensure_leads(%s)", (token,))
        connection.execute("SELECT 1 FROM night.nights WHERE name = %s FOR UPDATE", (night,))
        # Asked anew, now that nobody can begin a rerun.
        row = connection.execute(
            "UPDATE night.nights SET ended_at = clock_timestamp() WHERE name = %s AND NOT EXISTS"
            " (SELECT 1 FROM night.jobs WHERE night = %s AND state NOT IN ('done', 'skipped')) RETURNING name",
            (night, night),
        ).fetchone()
    if row is not None:
        log.info("night %s has ended", night)
    return row is not None


def start(connection: psycopg.Connection[Any], token: int, board: Board, name: str) -> int | None:
    """Give a job to the workers: its new run, and the engine's entry, are committed together. Its token; None where the job
    was held, skipped or started meanwhile."""
    night = board.orders.night
    site = judgement.site_for(board, board.orders_by_name[name])
    with connection.transaction():
        connection.execute("SELECT night.ensure_leads(%s)", (token,))
        row = connection.execute(
            "UPDATE night.jobs SET state = 'sent', reason = '' WHERE night = %s AND name = %s"
            " AND state = 'waiting' AND held IS NULL RETURNING generation",
            (night, name),
        ).fetchone()
        if row is None:
            return None
        made = connection.execute(
            "INSERT INTO night.runs (night, job, generation, leader, site) VALUES (%s, %s, %s, %s, %s) RETURNING token",
            (night, name, row[0], token, site),
        ).fetchone()
        assert made is not None
        run = int(made[0])
        engine.enqueue(connection, run, f"{night}/{name}", site)
    log.info("run %s: %s of %s", run, name, night)
    return run


def _take_lead(connection: psycopg.Connection[Any], settings: Settings) -> int | None:
    """The token of this dispatcher from now on; None while another one lives.

    A killed leader's session ends with it, and so does its lock. That of a leader whose host is dead may linger: then
    its silence counts.
    """
    with connection.transaction():
        found = connection.execute("SELECT pg_try_advisory_lock(%s)", (_LOCK,)).fetchone()
        is_free = found == (True,)
        row = connection.execute(
            "UPDATE night.leader SET token = nextval('night.leaders'), holder = %s, since = clock_timestamp(),"
            " beat_at = clock_timestamp()"
            " WHERE %s OR beat_at < clock_timestamp() - %s * interval '1 s' RETURNING token",
            (settings.host, is_free, settings.beat_s),
        ).fetchone()
    if row is not None:
        log.info("%s leads with token %s", settings.host, row[0])
    return None if row is None else int(row[0])


def _beat(connection: psycopg.Connection[Any], token: int) -> bool:
    row = connection.execute(
        "UPDATE night.leader SET beat_at = clock_timestamp() WHERE token = %s RETURNING token",
        (token,),
    ).fetchone()
    return row is not None
