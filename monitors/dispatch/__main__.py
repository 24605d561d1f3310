"""The programs of a batch host: `python -m monitors.dispatch WHAT`, by systemd or by hikae over SSH.

    migrate                                   bring the schemas up to date
    dispatcher | worker NAME                  what systemd keeps running
    begin ORIGIN [MINUTE_S] < orders          put a night into the database; ORIGIN = the instant of minute 0
    state|events [NIGHT] | nights             where it is, what has happened, as JSON
    hold|skip|rerun|rerun-alone|release NIGHT JOB PERSON CHANGE [REASON]     '' = the night that runs
    fence HOST PERSON CHANGE HOW

It writes one JSON object; exit 0 done, 1 refused, 2 wrong call or setting, 3 database unreachable: run it again.
"""

from __future__ import annotations

import asyncio
import json
import logging
import os
import signal
import sys
import threading
from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import psycopg

from monitors.dispatch import acts, board, orders
from monitors.dispatch.database import LINE
from monitors.dispatch.dispatcher import Dispatcher
from monitors.dispatch.engine import EngineFailed, migrate_engine
from monitors.dispatch.events import FORMAT, events_of
from monitors.dispatch.report import state_document
from monitors.dispatch.schema import InvalidSchema, migrate
from monitors.dispatch.settings import DEFAULT_PATH, InvalidSettings, Settings, read_settings
from monitors.dispatch.worker import Worker, WorkerBusy

_WRONG = (orders.InvalidOrders, InvalidSettings, InvalidSchema, board.UnknownNight, WorkerBusy)
_REFUSED = (board.RefusedNight, acts.RefusedAct)


def main(argv: Sequence[str]) -> int:
    """Do what the words say; the exit code."""
    logging.basicConfig(level=logging.INFO, format="%(name)s: %(message)s", stream=sys.stderr)
    logging.getLogger("procrastinate").setLevel(logging.WARNING)
    if not argv or argv[0] not in _WHAT:
        return _say({"error": f"say one of {', '.join(_WHAT)}"}, 2)
    try:
        settings = read_settings(Path(os.environ.get("HIKAE_BATCH_SETTINGS", DEFAULT_PATH)))
        return _say(_WHAT[argv[0]](settings, *argv[1:]), 0)
    except _WRONG as error:
        return _say({"error": str(error)}, 2)
    except _REFUSED as error:
        return _say({"error": str(error)}, 1)
    except (psycopg.OperationalError, EngineFailed) as error:
        return _say({"error": f"the database was lost, run the same again: {error}".strip()}, 3)
    except (TypeError, ValueError) as error:
        return _say({"error": f"{argv[0]}: {error}"}, 2)


def _say(document: dict[str, Any] | None, code: int) -> int:
    if document is not None:
        sys.stdout.write(json.dumps(document, ensure_ascii=False) + "\n")
    return code


def _connect(settings: Settings) -> psycopg.Connection[Any]:
    return psycopg.connect(settings.dsn, autocommit=True, **LINE)


def _migrate(settings: Settings) -> dict[str, Any]:
    did = [*migrate(settings.dsn), *migrate_engine(settings.dsn)]
    return {"changed": bool(did), "did": did}


def _dispatcher(settings: Settings) -> None:
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    Dispatcher(settings, stop).serve()


def _worker(settings: Settings, name: str) -> None:
    async def work() -> None:
        serving = asyncio.ensure_future(Worker(settings, name).serve())
        # Told to stop, it ends its run first.
        for number in (signal.SIGTERM, signal.SIGINT):
            asyncio.get_running_loop().add_signal_handler(number, serving.cancel)
        await serving

    with suppress(asyncio.CancelledError):
        asyncio.run(work())


def _begin(settings: Settings, origin: str, minute_s: str = "60") -> dict[str, Any]:
    asked = orders.orders_of_text(sys.stdin.read(), "standard input")
    begins = datetime.fromisoformat(origin).astimezone(UTC)
    with _connect(settings) as connection:
        began = board.begin(connection, asked, begins, float(minute_s))
    return {"night": asked.night, "changed": began, "jobs": len(asked.jobs)}


def _state(settings: Settings, night: str = "") -> dict[str, Any]:
    with _connect(settings) as connection:
        return state_document(connection, _named(connection, night))


def _events(settings: Settings, night: str = "") -> dict[str, Any]:
    with _connect(settings) as connection:
        named = _named(connection, night)
        return {"format": FORMAT, "night": named, "events": events_of(connection, named)}


def _nights(settings: Settings) -> dict[str, Any]:
    with _connect(settings) as connection:
        rows = connection.execute(
            "SELECT name, begun_at::text, ended_at::text FROM night.nights ORDER BY begun_at DESC LIMIT 50"
        ).fetchall()
    return {"nights": [{"night": n, "begun": begun, "ended": ended} for n, begun, ended in rows]}


def _act(act: str) -> Callable[..., dict[str, Any]]:
    def do(
        settings: Settings, night: str, job: str, person: str, change: str, reason: str = ""
    ) -> dict[str, Any]:
        by = acts.By(person, change)
        jobs: tuple[str, ...] = (job,)
        with _connect(settings) as connection:
            night = _named(connection, night)
            match act:
                case "hold":
                    acts.hold(connection, night, job, reason, by)
                case "release":
                    acts.release(connection, night, job, by)
                case "skip":
                    acts.skip(connection, night, job, reason, by)
                case _:
                    alone = act == "rerun-alone"
                    jobs = acts.rerun(connection, night, job, reason, by, alone=alone)
        return {"night": night, "act": act.partition("-")[0], "jobs": list(jobs)}

    return do


def _named(connection: psycopg.Connection[Any], night: str) -> str:
    """The night of that name; without one, the one that runs."""
    found = night or board.present_night(connection)
    if found is None:
        raise board.UnknownNight("no night runs now; name one by --night")
    return found


def _fence(settings: Settings, host: str, person: str, change: str, how: str) -> dict[str, Any]:
    with _connect(settings) as connection:
        acts.fence(connection, host, how, acts.By(person, change))
    return {"host": host, "how": how}


_WHAT: dict[str, Callable[..., dict[str, Any] | None]] = {
    "migrate": _migrate,
    "dispatcher": _dispatcher,
    "worker": _worker,
    "begin": _begin,
    "state": _state,
    "events": _events,
    "nights": _nights,
    **{act: _act(act) for act in ("hold", "release", "skip", "rerun", "rerun-alone")},
    "fence": _fence,
}


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
