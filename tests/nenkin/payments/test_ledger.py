"""The ledger balances whatever happens: any order of awards, changes, set-offs, returns, stops, runs and reruns."""

from __future__ import annotations

from datetime import date
from itertools import count
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from nenkin.payments.awarding import award_claims
from nenkin.payments.care import take_requests
from nenkin.payments.claim import Claim
from nenkin.payments.connection import Connection, open_connection
from nenkin.payments.ledger import balances, differences
from nenkin.payments.returned import take_returns
from tests.dr_acting.postgres import Server
from tests.nenkin.application import dsn
from tests.nenkin.benefits.rulebook import RULES
from tests.nenkin.payments.test_awarding import CLAIM
from tests.nenkin.payments.test_care import COLUMNS as CARE_COLUMNS
from tests.nenkin.payments.test_returned import COLUMNS as RETURN_COLUMNS
from tests.nenkin.payments.world import (
    account,
    ask,
    award,
    branches,
    number,
    pension,
    run,
    take,
    write,
)

DAYS = [
    date(2025, 6, 13),
    date(2025, 7, 15),
    date(2025, 8, 15),
    date(2025, 9, 12),
    date(2025, 10, 15),
]
PEOPLE = st.integers(1, 4)
STEP = st.one_of(
    st.tuples(st.just("account"), PEOPLE),
    st.tuples(st.just("return"), PEOPLE),
    st.tuples(st.just("end"), PEOPLE),
    st.tuples(st.just("care"), PEOPLE),
    st.tuples(st.just("rerun"), PEOPLE),
    st.tuples(st.just("figure"), PEOPLE),
    st.tuples(st.just("stop"), PEOPLE),
    st.tuples(st.just("lump"), PEOPLE),
)
_NUMBERS = count(1)


@settings(max_examples=5, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.lists(st.lists(STEP, max_size=5), min_size=len(DAYS), max_size=len(DAYS)))
def test_it_balances(
    template: Server, tmp_path_factory: pytest.TempPathFactory, steps: list[list[tuple[str, int]]]
) -> None:
    folder = tmp_path_factory.mktemp("ledger")
    name = f"ledger_{next(_NUMBERS)}"
    template.ask(f"CREATE DATABASE {name} TEMPLATE template_payments")
    database = dsn(template, name)
    serials = count(1)
    with open_connection(database) as connection:
        branches(connection, folder)
        award(connection, folder, 1, 2, 3, 4, begun="2025-02")
        for place, day in enumerate(DAYS):
            for step, n in steps[place]:
                serial = next(serials)
                if step == "account":
                    account(
                        connection,
                        folder,
                        n,
                        account=f"{serial:07d}",
                        since=f"2025-01-{serial:02d}",
                    )
                elif step == "end":
                    row = (number(n), "1150", f"{day:%Y-%m}", 0, serial % 2 * 100_000)
                    take(connection, folder, "figures", row)
                elif step == "care":
                    asked = ("131016", serial, number(n), "1150", 2025, 30_000 * serial, "", "")
                    path = write(folder / f"care-{serial}.csv", CARE_COLUMNS, [asked])
                    take_requests(connection, RULES, path)
                elif step == "figure":
                    # Up and down, from February on: what was paid was too little or too much.
                    yen = 300_000 + serial * 397_311 % 600_000
                    take(connection, folder, "figures", (number(n), "1150", "2025-02", yen, 0))
                elif step == "stop":
                    query = """
                        INSERT INTO nenkin.suspensions (pension, since, is_suspended, who, why)
                        VALUES (%s, %s, %s, 't', 't')"""
                    connection.execute(query, (pension(n), day, serial % 2 == 1))
                elif step == "lump":
                    _lump(connection, serial)
                elif step == "rerun" and place:
                    run(database, folder / f"{DAYS[place - 1]}", DAYS[place - 1])
                elif step == "return":
                    _return(connection, folder, n, serial)
            run(database, folder / f"{day}", day)
            assert differences(connection) == []
            assert sum(one.balance for one in balances(connection)) == 0
        over = """
            SELECT pension FROM nenkin.offsets GROUP BY pension HAVING sum(amount) >
            (SELECT sum(-amount) FROM nenkin.differences d WHERE d.pension = offsets.pension AND amount < 0)"""
        assert ask(connection, over) == []
        assert (
            ask(
                connection,
                "SELECT 1 FROM nenkin.transfers GROUP BY paid, pension HAVING sum(amount) < 0",
            )
            == []
        )
        twice = "SELECT pension, period FROM nenkin.payments GROUP BY 1, 2 HAVING count(*) > 1"
        assert ask(connection, twice) == []
    template.ask(f"DROP DATABASE {name}")


def _return(connection: Connection, folder: Path, n: int, serial: int) -> None:
    query = f"""
        SELECT paid, sum(amount)::bigint FROM nenkin.transfers t WHERE pension = {number(n).replace("-", "")}1150
        AND NOT EXISTS (SELECT FROM nenkin.returned r WHERE r.paid = t.paid AND r.pension = t.pension)
        GROUP BY paid HAVING sum(amount) > 0 ORDER BY paid DESC LIMIT 1"""
    for paid, amount in ask(connection, query):
        row = (paid, number(n), "1150", amount, "closed")
        path = write(folder / f"back-{serial}.csv", RETURN_COLUMNS, [row])
        take_returns(connection, path, "tanaka", "list")


def _lump(connection: Connection, serial: int) -> None:
    """A sum that is paid once, to a right of its own."""
    claim = CLAIM | {
        "receipt": f"L{serial}",
        "kind": "death_lump",
        "code": "9950",
        "number": number(100 + serial),
        "deceased": {"birth": "1975-06-01", "death": "2025-01-20"},
    }
    award_claims(connection, RULES, [Claim.model_validate(claim)], date(2025, 6, 1), "tanaka")
