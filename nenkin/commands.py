"""Which module carries out which command; only that of the command which is called is loaded, so that each starts fast."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from nenkin.settings import Settings

__all__ = ["FAMILIES", "Answer", "Family", "family_of"]

Answer = tuple[dict[str, Any], int]
"""A report and the code to end with."""


@dataclass(frozen=True, slots=True)
class Family:
    """The commands of one module: how their parsers are added, and how one of them is run."""

    add: Callable[[Any], None]
    run: Callable[[argparse.Namespace, Settings], Answer]


def family_of(name: str) -> Family | None:
    """The family of a command, loaded; None for a name that no family has."""
    return next((load() for names, load in FAMILIES.items() if name in names), None)


def _migrate() -> Family:
    from nenkin import migrate_command

    return Family(migrate_command.add, migrate_command.run)


def _arrears() -> Family:
    from nenkin.arrears import command

    return Family(command.add, command.run)


def _collection() -> Family:
    from nenkin.collection import command

    return Family(command.add, command.run)


def _numbers() -> Family:
    from nenkin.numbers import commands

    return Family(commands.add, lambda given, known: commands.run(given, known.dsn("numbers")))


def _adopt() -> Family:
    from nenkin.numbers import adopt

    def add(commands: Any) -> None:
        commands.add_parser("adopt", help="take over the numbers that the records issued before")

    return Family(add, lambda _, known: adopt.run(known.dsn("records"), known.dsn("numbers")))


def _operators() -> Family:
    from nenkin.access import command

    return Family(
        command.add_command, lambda given, known: command.run_command(given, known.dsn("records"))
    )


def _payments() -> Family:
    from nenkin.payments import command

    return Family(
        command.add_command, lambda given, known: command.run_command(given, known.dsn("payments"))
    )


def _paper() -> Family:
    from nenkin.paper import command

    def run(given: argparse.Namespace, known: Settings) -> Answer:
        if given.command == "usage":
            return command.run_usage(given, known.dsn("records"))
        return command.run_statements(given, known.dsn("records"), known.office)

    return Family(command.add_commands, run)


def _night() -> Family:
    from nenkin.payments import night_command

    return Family(
        night_command.add_command,
        lambda given, known: night_command.run_command(given, known.dsn("payments")),
    )


def _rhythm() -> Family:
    from nenkin.rhythm import command

    return Family(command.add_command, command.run_command)


def _people() -> Family:
    from nenkin.people import command

    def add(commands: Any) -> None:
        command.add_arguments(commands.add_parser("people", help="make people who do not exist"))

    return Family(add, command.run)


def _statistics() -> Family:
    from nenkin.statistics import command

    return Family(command.add, command.run_command)


def _bench() -> Family:
    from nenkin import bench

    return Family(bench.add, bench.run)


FAMILIES: Mapping[tuple[str, ...], Callable[[], Family]] = MappingProxyType(
    {
        ("migrate",): _migrate,
        ("arrears",): _arrears,
        ("bills", "decide", "debit", "notices", "relief", "closing"): _collection,
        ("match", "promote"): _numbers,
        ("adopt",): _adopt,
        ("operators",): _operators,
        ("pay",): _payments,
        ("statements", "usage"): _paper,
        ("recalculate",): _night,
        ("rhythm",): _rhythm,
        ("people",): _people,
        ("statistics",): _statistics,
        ("bench",): _bench,
    }
)
"""By the names of their commands, which a test holds to what their modules add."""
