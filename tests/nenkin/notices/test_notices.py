"""Notices entered: once for each key, nothing overwritten, months around a relief left as they were."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import Awaitable, Callable
from datetime import date

import psycopg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from nenkin.access.caller import Caller
from nenkin.benefits.ages import first_day, month_number
from nenkin.connection import Connection
from nenkin.database import Database
from nenkin.notices import address, relief
from nenkin.outcome import Rejected
from nenkin.replay import Answer
from tests.dr_acting.postgres import Server
from tests.nenkin.application import dsn

CALLER = Caller("op-1", "terminal-1", "2101", "notice")
START = month_number(2020, 4)
_SERIALS = iter(range(1, 10_000))


def done(records: Server, work: Callable[[Connection], Awaitable[Answer]]) -> Answer:
    async def run() -> Answer:
        database = Database(dsn(records), 1)
        try:
            return await database.write(work)
        finally:
            database.close()

    return asyncio.run(run())


def rows(records: Server, query: str, *values: object) -> list[tuple[object, ...]]:
    with psycopg.connect(dsn(records), autocommit=True) as connection:
        return connection.execute(query.encode(), values).fetchall()


def person(records: Server, *runs: tuple[int, int, str]) -> str:
    """Somebody with runs, given as place of the first month, number of months, kind."""
    number = f"2101-{next(_SERIALS):06d}"
    with psycopg.connect(dsn(records), autocommit=True) as connection:
        connection.execute(
            "INSERT INTO nenkin.acts (key, operator, terminal, office, purpose)"
            " VALUES (gen_random_uuid(), 'test', 'test', '2101', 'drill')"
        )
        connection.execute(
            "INSERT INTO nenkin.persons (number, name_kana, birth_date, sex)"
            " VALUES (%s, 'ネンキン ハナコ', '1990-01-01', 'female')",
            (number,),
        )
        for first, months, kind in runs:
            begins, ends = first_day(START + first), first_day(START + first + months - 1)
            amount = {"paid": 16540, "employees": None}.get(kind, 0)
            connection.execute(
                "INSERT INTO nenkin.contribution_runs (number, first, last, kind, amount, act)"
                " VALUES (%s, %s, %s, %s, %s, 1)",
                (number, begins, ends, kind, amount),
            )
    return number


def months(records: Server, number: str) -> dict[int, str]:
    found = rows(
        records,
        "SELECT month, kind FROM nenkin.contribution_months WHERE number = %s ORDER BY month",
        number,
    )
    return {day.year * 12 + day.month - 1 - START: kind for day, kind in found}  # type: ignore[attr-defined,misc]


def granted(
    records: Server,
    number: str,
    first: int,
    last: int,
    kind: str = "full",
    key: uuid.UUID | None = None,
) -> Answer:
    used = key or uuid.uuid4()
    return done(
        records,
        lambda c: relief.grant(c, CALLER, used, number, kind, START + first, START + last),
    )


@settings(
    max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(st.data())
def test_a_relief_changes_its_months_and_no_others(records: Server, data: st.DataObject) -> None:
    before, owed, after = (data.draw(st.integers(1, 9)) for _ in range(3))
    number = person(
        records, (0, before, "paid"), (before, owed, "unpaid"), (before + owed, after, "employees")
    )
    held = months(records, number)
    for _ in range(2):
        left = [month for month, kind in held.items() if kind == "unpaid"]
        if not left:
            break
        first = data.draw(st.sampled_from(left))
        last = first
        while data.draw(st.booleans()) and held.get(last + 1) == "unpaid":
            last += 1
        granted(records, number, first, last, "student")
        held |= dict.fromkeys(range(first, last + 1), "student")
        assert months(records, number) == held


def test_a_relief_over_several_unpaid_runs_is_one(records: Server) -> None:
    number = person(records, (0, 3, "unpaid"), (3, 3, "unpaid"), (6, 3, "unpaid"))
    granted(records, number, 1, 7)
    assert list(months(records, number).values()) == ["unpaid", *["full"] * 7, "unpaid"]
    [(operator, before, after)] = rows(
        records,
        "SELECT operator, jsonb_array_length(before), jsonb_array_length(after) FROM nenkin.corrections WHERE subject = %s",
        number,
    )
    assert (operator, before, after) == ("op-1", 3, 3)


def test_the_same_key_is_the_same_relief(records: Server) -> None:
    number, key = person(records, (0, 6, "unpaid")), uuid.uuid4()
    assert granted(records, number, 1, 2, key=key).status == 201
    assert granted(records, number, 1, 2, key=key).status == 200
    with pytest.raises(Rejected, match="something else") as refused:
        granted(records, number, 1, 3, key=key)
    assert refused.value.status == 409
    assert list(months(records, number).values()) == ["unpaid", "full", "full", *["unpaid"] * 3]


REFUSED = [
    ((0, 3), "full", "2020-04 is paid"),
    ((3, 7), "full", "2020-10 is employees"),
    ((4, 20), "full", "2020-10 is employees"),
    ((8, 9), "full", "nothing is on record for 2020-12"),
    ((3, 3), "half", "when the rest of the premium is paid"),
]


@pytest.mark.parametrize(("span", "kind", "words"), REFUSED)
def test_a_relief_of_other_months_is_refused(
    records: Server, span: tuple[int, int], kind: str, words: str
) -> None:
    number = person(records, (0, 3, "paid"), (3, 3, "unpaid"), (6, 2, "employees"))
    before = months(records, number)
    with pytest.raises(Rejected, match=words) as refused:
        granted(records, number, *span, kind)
    assert refused.value.status == 422
    assert months(records, number) == before


def test_a_month_that_was_posted_is_not_relieved(records: Server) -> None:
    number = person(records, (0, 3, "unpaid"))
    rows(
        records,
        "INSERT INTO nenkin.contributions (key, number, month, amount)"
        " VALUES (gen_random_uuid(), %s, '2020-05-01', 16540) RETURNING id",
        number,
    )
    with pytest.raises(Rejected, match="2020-05 is paid"):
        granted(records, number, 0, 2)


def moved(
    records: Server, number: str, since: date, text: str, key: uuid.UUID | None = None
) -> Answer:
    used = key or uuid.uuid4()
    return done(records, lambda c: address.change(c, CALLER, used, number, since, "1000001", text))


def addresses(records: Server, number: str) -> list[tuple[object, ...]]:
    query = "SELECT since::text, revision, address FROM nenkin.current_addresses WHERE number = %s ORDER BY since"
    return rows(records, query, number)


def test_an_address_holds_from_its_day_and_a_second_one_supersedes_it(records: Server) -> None:
    number, key = person(records), uuid.uuid4()
    assert moved(records, number, date(2025, 4, 1), "一丁目", key).status == 201
    assert moved(records, number, date(2025, 4, 1), "一丁目", key).status == 200
    with pytest.raises(Rejected, match="something else"):
        moved(records, number, date(2025, 4, 1), "二丁目", key)
    moved(records, number, date(2026, 4, 1), "二丁目")
    moved(records, number, date(2025, 4, 1), "三丁目")
    assert addresses(records, number) == [("2025-04-01", 2, "三丁目"), ("2026-04-01", 1, "二丁目")]
    with pytest.raises(Rejected, match="stands already"):
        moved(records, number, date(2026, 5, 1), "二丁目")


def test_nobody_has_no_address(records: Server) -> None:
    with pytest.raises(Rejected) as refused:
        moved(records, "2101-999999", date(2025, 4, 1), "一丁目")
    assert refused.value.status == 404
