"""What is used is counted, cheaply; what is not, and what is nearly the same, is told with its owner."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import date

import jsonschema
import psycopg
import pytest

from nenkin.database import Database
from nenkin.outcome import Refused
from nenkin.paper.form import form, forms
from nenkin.paper.usage import UPSERT, Usage, likeness, report, similar
from tests.contract.tree import ROOT
from tests.dr_acting.postgres import Server
from tests.nenkin.application import command, dsn

TODAY = date(2026, 11, 30)


@pytest.fixture
def connection(records: Server) -> Iterator[psycopg.Connection[tuple[object, ...]]]:
    with psycopg.connect(dsn(records), autocommit=True) as made:
        made.execute("TRUNCATE nenkin.output_uses")
        yield made


def test_uses_are_written_together(
    records: Server, connection: psycopg.Connection[tuple[object, ...]]
) -> None:
    async def use() -> int:
        database = Database(dsn(records), 2)
        usage, writes = Usage(database), 0
        write = database.write

        async def counted(work):  # type: ignore[no-untyped-def]
            nonlocal writes
            writes += 1
            return await write(work)

        database.write = counted  # type: ignore[method-assign]
        for _ in range(500):
            usage.count("claim", "pdf", TODAY)
        usage.count("claim", "screen", TODAY)
        await usage.close()
        database.close()
        return writes

    assert asyncio.run(use()) == 1
    rows = connection.execute(
        "SELECT output, face, uses FROM nenkin.output_uses ORDER BY 2"
    ).fetchall()
    assert rows == [("claim", "pdf", 500), ("claim", "screen", 1)]


def test_what_is_refused_is_written_later(records: Server) -> None:
    async def use() -> int:
        database = Database(dsn(records), 1)
        usage = Usage(database)
        write = database.write

        async def refuse(_):  # type: ignore[no-untyped-def]
            raise Refused("not now")

        database.write = refuse  # type: ignore[method-assign]
        usage.count("exemption", "pdf", TODAY)
        await usage.flush()
        database.write = write  # type: ignore[method-assign]
        await usage.close()
        database.close()
        return 0

    asyncio.run(use())
    with psycopg.connect(dsn(records)) as made:
        query = "SELECT uses FROM nenkin.output_uses WHERE output = 'exemption'"
        assert made.execute(query).fetchall() == [(1,)]


def test_the_report_names_what_nobody_uses(
    connection: psycopg.Connection[tuple[object, ...]],
) -> None:
    days = [TODAY, date(2026, 11, 1), date(2026, 8, 1)]
    connection.execute(UPSERT, (["claim"] * 3, ["pdf"] * 3, days, [2, 3, 100]))
    found = report(connection, TODAY, 92)
    by_face = {(one["output"], one["face"]): one for one in found["outputs"]}
    assert by_face["claim", "pdf"]["uses"] == 5
    assert by_face["claim", "pdf"]["last_used"] == "2026-11-30"
    unused = {(one["output"], one["face"]) for one in found["unused"]}
    assert ("claim", "pdf") not in unused
    assert {("claim", "screen"), ("estimate_sheet", "pdf"), ("statement_sheet", "batch")} <= unused
    assert all(one["owner"] for one in found["outputs"])
    assert (found["from"], found["to"]) == ("2026-08-31", "2026-11-30")


def test_forms_that_are_nearly_the_same_are_told() -> None:
    chosen = form("claim")
    twin = replace(chosen, name="claim_2", owner="別の課", fields=chosen.fields[:-1])
    [pair] = similar({"claim": chosen, "claim_2": twin, "contribution": form("contribution")})
    assert pair["forms"] == ["claim", "claim_2"]
    assert pair["owners"] == sorted([chosen.owner, "別の課"])
    assert pair["likeness"] == round((len(chosen.fields) - 1) / len(chosen.fields), 3)
    assert pair["only"] == {"claim": [chosen.fields[-1].label], "claim_2": []}


def test_likeness_is_of_what_is_asked_and_not_of_its_name() -> None:
    chosen = form("claim")
    renamed = replace(
        chosen, fields=tuple(replace(field, name=f"x_{field.name}") for field in chosen.fields)
    )
    assert likeness(chosen, renamed) == 1
    for one in forms().values():
        for other in forms().values():
            assert likeness(one, other) == likeness(other, one) <= 1


def test_the_command_says_it_as_json(records: Server) -> None:
    done, said = command(records, "usage", "--json", "--today", "2026-11-30")
    assert done.returncode == 0, done.stderr
    schema = ROOT / "tests/nenkin/data/usage.schema.json"
    jsonschema.validate(said, json.loads(schema.read_text("utf-8")))
    done, said = command(records, "usage", "--days", "0")
    assert (done.returncode, "at least 1" in said["error"]) == (2, True)
