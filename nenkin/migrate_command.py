"""The command `migrate`: the schemas of the databases brought up to date, and what that changed."""

from __future__ import annotations

import argparse
import asyncio
from collections.abc import Sequence
from typing import Any

from nenkin.migrate import (
    InvalidMigrations,
    MigrateFailed,
    MigrateUnknown,
    Unreachable,
    load_migrations,
    migrate,
)
from nenkin.settings import DATABASES, InvalidSettings, Settings

__all__ = ["add", "run"]


def add(commands: Any) -> None:
    """Adds the command to a parser's."""
    migrating = commands.add_parser("migrate", help="bring schemas up to date, say what changed")
    migrating.add_argument(
        "databases",
        nargs="*",
        metavar="DATABASE",
        help=f"of {', '.join(DATABASES)}; all by default",
    )
    migrating.add_argument("--deadline", type=float, default=60.0, metavar="S", help="for each")


def run(options: argparse.Namespace, settings: Settings) -> tuple[dict[str, Any], int]:
    """Brings the databases that are named up to date; 1 a migration failed, 3 unreachable. InvalidSettings."""
    databases: Sequence[str] = options.databases
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
        report[name], code = _one(name, dsn, options.deadline)
        worst = max(worst, code)
    changed = any(entry["changed"] for entry in report.values())
    return {"changed": changed, "databases": report}, worst


def _one(name: str, dsn: str, deadline_s: float) -> tuple[dict[str, Any], int]:
    try:
        applied = asyncio.run(migrate(name, dsn, deadline_s))
    except (InvalidMigrations, MigrateFailed, MigrateUnknown) as error:
        return {"changed": False, "error": str(error)}, 1
    except Unreachable as error:
        return {"changed": False, "error": str(error)}, 3
    version = len(load_migrations(name))
    return {"changed": bool(applied), "applied": list(applied), "version": version}, 0
