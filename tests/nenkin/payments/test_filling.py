"""Made-up pensions for measurements: several connections put the same rows as one, and go on where they were killed."""

from __future__ import annotations

import pytest

from nenkin.payments import filling
from nenkin.payments.connection import Connection, open_connection
from nenkin.payments.steps import Steps
from tests.dr_acting.postgres import Server
from tests.nenkin.application import dsn
from tests.nenkin.benefits.rulebook import month
from tests.nenkin.payments.world import ask

PERIOD = month("2025-06")
ROWS = 50
_TABLES = {
    "entitlements": "pension, number, code, begun, paid_from",
    "figures": "pension, month, basic, employees",
    "accounts": "pension, since, place, kind, payee",
    "care_requests": "pension, year, amounts, request",
}
_INDEXES = """
    SELECT pg_get_indexdef(indexrelid) FROM pg_index JOIN pg_class c ON c.oid = indrelid
    WHERE relnamespace = 'nenkin'::regnamespace ORDER BY 1"""


def rows(connection: Connection) -> list[list[tuple[object, ...]]]:
    return [
        ask(connection, f"SELECT {what} FROM nenkin.{table} ORDER BY 1, 2")
        for table, what in _TABLES.items()
    ]


@pytest.fixture(autouse=True)
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(filling, "_PIECE", 20)


def test_several_connections_put_what_one_does(
    template: Server, connection: Connection, database: str
) -> None:
    indexes = ask(connection, _INDEXES)
    filling.load(connection, ROWS, PERIOD)
    template.ask("CREATE DATABASE filled TEMPLATE template_payments")
    told: list[str] = []
    with open_connection(dsn(template, "filled")) as other:
        filling.fill(dsn(template, "filled"), ROWS, PERIOD, 2, told.append)
        assert rows(other) == rows(connection)
        assert len(rows(other)[1]) == 2 * ROWS
        assert ask(other, _INDEXES) == sorted([*indexes, *_own(other)])
    assert "50 of 50 pensions loaded" in told


def _own(connection: Connection) -> list[tuple[object, ...]]:
    """No index is in the schema but those of the migrations."""
    return ask(connection, "SELECT definition FROM public.bench_indexes")


def test_what_was_killed_is_gone_on_with(connection: Connection, database: str) -> None:
    indexes = ask(connection, _INDEXES)
    seen: list[str] = []

    def die(text: str) -> None:
        seen.append(text)
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        filling.fill(database, ROWS, PERIOD, 1, die)
    assert 0 < len(rows(connection)[0]) <= ROWS
    assert ask(connection, _INDEXES) != indexes
    filling.fill(database, ROWS, PERIOD, 1, seen.append)
    assert len(rows(connection)[0]) == ROWS
    assert ask(connection, _INDEXES) == indexes


def test_steps_add_up_over_calls(connection: Connection) -> None:
    steps = Steps(connection)
    steps.begin("parts")
    steps.save()
    first = steps.seconds("parts")
    again = Steps(connection)
    assert not again.is_done("parts")
    assert again.seconds("parts") == first
    again.begin("parts")
    assert again.end() > first
    again.add_processor(3.0)
    assert (Steps(connection).is_done("parts"), Steps(connection).processor("parts")) == (True, 3.0)
