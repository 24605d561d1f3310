"""The command line: `python -m nenkin serve | migrate | jobs`, and the batch jobs."""

from __future__ import annotations

import argparse
import asyncio
import dataclasses
import gc
import json
import logging
import signal
import sys
from collections.abc import Callable, Sequence
from ipaddress import ip_address
from pathlib import Path
from typing import Any

from nenkin import __version__, bench
from nenkin.access import command as operators
from nenkin.arrears import command as arrears
from nenkin.collection import command as collection
from nenkin.jobs import EXITS, JOBS
from nenkin.migrate import (
    InvalidMigrations,
    MigrateFailed,
    MigrateUnknown,
    Unreachable,
    load_migrations,
    migrate,
)
from nenkin.numbers import adopt
from nenkin.numbers import commands as numbers
from nenkin.paper import command as paper
from nenkin.payments import command as payments
from nenkin.payments import night_command as night
from nenkin.people import command as people
from nenkin.rhythm import command as rhythm
from nenkin.settings import DATABASES, ENV_FILE, InvalidSettings, Settings, load_settings
from nenkin.statistics import command as statistics

_BATCHES: dict[str, Callable[[argparse.Namespace, Settings], tuple[dict[str, Any], int]]] = {
    **{
        name: lambda options, settings: numbers.run(options, settings.dsn("numbers"))
        for name in numbers.NAMES
    },
    "adopt": lambda _, settings: adopt.run(settings.dsn("records"), settings.dsn("numbers")),
    **dict.fromkeys(arrears.NAMES, arrears.run),
    **dict.fromkeys(collection.NAMES, collection.run),
    "bench": bench.run,
    "operators": lambda options, settings: operators.run_command(options, settings.dsn("records")),
    "pay": lambda options, settings: payments.run_command(options, settings.dsn("payments")),
    "people": people.run,
    "statements": lambda options, settings: paper.run_statements(
        options, settings.dsn("records"), settings.office
    ),
    "usage": lambda options, settings: paper.run_usage(options, settings.dsn("records")),
    "rhythm": rhythm.run_command,
    "recalculate": lambda options, settings: night.run_command(options, settings.dsn("payments")),
    "statistics": statistics.run_command,
}


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs one command; 0 fine, 1 failed, 2 wrong call or settings, 3 database unreachable."""
    options = _parser().parse_args(arguments)
    logging.basicConfig(level=logging.WARNING, format="%(levelname)s %(name)s: %(message)s")
    try:
        if options.command == "jobs":
            jobs = [dataclasses.asdict(job) for job in JOBS]
            _say({"format": "nenkin-jobs-1", "exits": EXITS, "jobs": jobs})
            return 0
        settings = load_settings(env_file=options.env_file)
        if options.command == "serve":
            return _serve(settings)
        if options.command in _BATCHES:
            report, code = _BATCHES[options.command](options, settings)
            _say(report)
            if "error" in report:
                sys.stderr.write(f"{report['error']}\n")
            return code
        return _migrate(settings, options.databases, options.deadline)
    except InvalidSettings as error:
        sys.stderr.write(f"{error}\n")
        return 2


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="nenkin", description="The record service.")
    parser.add_argument("--version", action="version", version=__version__)
    parser.add_argument(
        "--env-file", type=Path, default=ENV_FILE, help="KEY=VALUE lines; the environment wins"
    )
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("serve", help="answer requests until SIGTERM")
    migrating = commands.add_parser("migrate", help="bring schemas up to date, say what changed")
    migrating.add_argument(
        "databases",
        nargs="*",
        metavar="DATABASE",
        help=f"of {', '.join(DATABASES)}; all by default",
    )
    migrating.add_argument("--deadline", type=float, default=60.0, metavar="S", help="for each")
    arrears.add(commands)
    collection.add(commands)
    numbers.add(commands)
    commands.add_parser("adopt", help="take over the numbers that the records issued before")
    operators.add_command(commands)
    payments.add_command(commands)
    paper.add_commands(commands)
    night.add_command(commands)
    rhythm.add_command(commands)
    people.add_arguments(commands.add_parser("people", help="make people who do not exist"))
    statistics.add(commands)
    bench.add(commands)
    jobs = commands.add_parser("jobs", help="declare the batch jobs of this program")
    jobs.add_argument("--json", action="store_true", help="as JSON, which is the only form")
    return parser


def _serve(settings: Settings) -> int:
    # Here and not above: the other commands need no web server.
    import uvicorn
    from uvicorn.protocols.http.auto import AutoHTTPProtocol

    from nenkin.encryption import Listener, gated
    from nenkin.web import build_app

    if not settings.tls_identity and not ip_address(settings.address).is_loopback:
        raise InvalidSettings(
            f"NENKIN_ADDRESS: {settings.address} is reached by others: give NENKIN_TLS_IDENTITY, "
            "NENKIN_TLS_TRUST and NENKIN_TLS_CALLERS, or listen on 127.0.0.1"
        )
    listener = Listener(settings) if settings.tls_identity else None
    config = uvicorn.Config(
        build_app(settings),
        host=settings.address,
        port=settings.port,
        access_log=False,
        log_config=None,
        server_header=False,
        ws="none",
        # Longer than a balancer keeps an idle connection: whoever reuses it must not lose the race.
        timeout_keep_alive=75,
        timeout_graceful_shutdown=3,
        http=gated(AutoHTTPProtocol, settings.tls_callers) if listener else AutoHTTPProtocol,
    )
    config.load()
    # What is here now stays: no collection needs to go through it again, which would hold all requests up.
    gc.freeze()
    if listener is not None:
        config.ssl = listener.context
        signal.signal(signal.SIGHUP, lambda *_: listener.renew())
    uvicorn.Server(config).run()
    return 0


def _migrate(settings: Settings, databases: Sequence[str], deadline_s: float) -> int:
    wanted = databases or tuple(name for name in DATABASES if name in settings.dsns)
    unknown = [name for name in wanted if name not in DATABASES]
    if unknown:
        raise InvalidSettings(f"{unknown[0]!r} is not a database: {', '.join(DATABASES)} are")
    if not wanted:
        settings.dsn(DATABASES[0])
    dsns = {name: settings.dsn(name) for name in wanted}
    report: dict[str, Any] = {}
    worst = 0
    for name, dsn in dsns.items():
        report[name], code = _migrate_one(name, dsn, deadline_s)
        worst = max(worst, code)
    changed = any(entry["changed"] for entry in report.values())
    _say({"changed": changed, "databases": report})
    return worst


def _migrate_one(name: str, dsn: str, deadline_s: float) -> tuple[dict[str, Any], int]:
    try:
        applied = asyncio.run(migrate(name, dsn, deadline_s))
    except (InvalidMigrations, MigrateFailed, MigrateUnknown) as error:
        return {"changed": False, "error": str(error)}, 1
    except Unreachable as error:
        return {"changed": False, "error": str(error)}, 3
    version = len(load_migrations(name))
    return {"changed": bool(applied), "applied": list(applied), "version": version}, 0


def _say(document: dict[str, Any]) -> None:
    sys.stdout.write(json.dumps(document, ensure_ascii=False, sort_keys=True) + "\n")


if __name__ == "__main__":
    sys.exit(main())
