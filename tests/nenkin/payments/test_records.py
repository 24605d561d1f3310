"""The records that the database formats are those that the writer of rows makes, whatever goes to the banks on a day."""

from __future__ import annotations

from datetime import date, timedelta
from itertools import count
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from nenkin.payments.connection import Connection, open_connection
from nenkin.payments.ranges import sender
from nenkin.payments.records import stream_records
from nenkin.payments.stream import Chosen, stream_rows
from nenkin.zengin.charset import Charset
from nenkin.zengin.dialect import Dialect
from nenkin.zengin.ready import NotClean
from nenkin.zengin.run import Limits, write_banks, write_records
from tests.nenkin.benefits.rulebook import month
from tests.nenkin.payments.world import held

PERIOD = month("2025-06")
BRANCHES = ((10001, "ﾐｽﾞﾎ", "ﾎﾝﾃﾝ"), (10002, "ﾐｽﾞﾎ", "ｱｲｳｴｵｶｷｸｹｺｻｼｽｾｿ"), (9900018, "ﾕｳﾁﾖ", "(ｶ)"))
NAME = (
    st.text(Charset.of(Dialect()).characters, min_size=1, max_size=30)
    .map(lambda text: text.strip(" "))
    .filter(bool)
)
YEN = st.integers(0, 99_999_999)
# Branch, account number, kind, payee; instalment; earlier period, difference, lump sum, paid again, set off; novelty.
TRANSFER = st.tuples(
    st.sampled_from([branch for branch, *_ in BRANCHES]),
    st.integers(0, 3),
    st.sampled_from("1249"),
    NAME,
    st.none() | YEN,
    *[st.just(0) | YEN] * 4,
    st.just(0) | st.integers(1, 1000),
    st.sampled_from("012"),
)
Made = tuple[int, int, str, str, int | None, int, int, int, int, int, str]
_NUMBERS = count(1)
_DAYS = count(1)


def put(connection: Connection, made: list[Made]) -> Chosen:
    """A day of its own with such transfers."""
    paid = date(2025, 6, 1) + timedelta(next(_DAYS))
    ask = connection.execute
    query = "INSERT INTO nenkin.branches VALUES (%s, %s, %s) ON CONFLICT DO NOTHING"
    for known in BRANCHES:
        ask(query, known)
    ask("INSERT INTO nenkin.runs VALUES (%s, NULL, %s, 0, 0, 't')", (paid, PERIOD))
    for branch, place, kind, payee, net, earlier, difference, lump, again, offset, novelty in made:
        query = """
            INSERT INTO nenkin.entitlements (number, code, begun, who, why)
            VALUES (%s, '1150', %s, 't', 't') RETURNING pension"""
        [pension] = ask(query, (f"0001-{next(_NUMBERS):06d}", PERIOD)).fetchone() or (0,)
        query = """
            INSERT INTO nenkin.accounts (pension, since, place, kind, payee, who, why)
            VALUES (%s, '2025-01-01', %s, %s, %s, 't', 't') RETURNING entry"""
        values = (pension, branch * 10**7 + place, kind, payee)
        [account] = ask(query, values).fetchone() or (0,)
        query = "INSERT INTO nenkin.payments VALUES (%s, %s, %s, %s, %s, 0, 0, 0, 0, %s)"
        if net is not None:
            ask(query, (pension, account, paid, PERIOD, net, net))
        if earlier:
            ask(query, (pension, account, paid, PERIOD - 2, earlier, earlier))
        if earlier and difference:
            ask(
                "INSERT INTO nenkin.differences VALUES (%s, %s, %s, %s, %s, 0, %s)",
                (paid, PERIOD - 2, pension, account, difference, difference),
            )
        if lump:
            ask(
                "INSERT INTO nenkin.lumps (pension, amount, who, why) VALUES (%s, %s, 't', 't')",
                (pension, lump),
            )
            query = "INSERT INTO nenkin.lump_payments VALUES (%s, %s, %s, %s)"
            ask(query, (pension, paid, account, lump))
        if again:
            query = """
                INSERT INTO nenkin.returned (paid, pension, account, amount, reason)
                VALUES ('2025-04-15', %s, %s, %s, 't')"""
            ask(query, (pension, account, again))
            query = "INSERT INTO nenkin.repayments VALUES ('2025-04-15', %s, %s, %s, %s)"
            ask(query, (pension, paid, account, again))
        if net and offset:
            query = "INSERT INTO nenkin.offsets VALUES (%s, %s, %s, %s, %s)"
            ask(query, (paid, PERIOD, pension, account, min(net, offset)))
        if novelty != "0":
            ask("INSERT INTO nenkin.novelties VALUES (%s, %s, %s)", (paid, pension, novelty))
    return Chosen(paid, PERIOD)


def both(
    connection: Connection, chosen: Chosen, folder: Path, limits: Limits
) -> tuple[dict[str, bytes], dict[str, bytes]]:
    """The files by the database's records and by the writer of rows, after their entries were compared."""
    ready, rows = folder / "ready", folder / "rows"
    for each in (ready, rows):
        each.mkdir()
    with connection.transaction():
        rest = (chosen.paid, sender(chosen.paid))
        ends = (Dialect(), limits)
        entries = write_records(ready, *rest, stream_records(connection, chosen), *ends)
        assert entries == write_banks(rows, *rest, stream_rows(connection, chosen), *ends)
    return held(ready), held(rows)


@settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(st.lists(TRANSFER, max_size=8), st.integers(1, 4))
def test_records_and_rows_make_the_same_files(
    connection: Connection,
    tmp_path_factory: pytest.TempPathFactory,
    made: list[Made],
    most: int,
) -> None:
    chosen = put(connection, made)
    ready, rows = both(connection, chosen, tmp_path_factory.mktemp("files"), Limits(most))
    assert ready == rows


def test_the_files_are_split_by_their_sums_too(connection: Connection, tmp_path: Path) -> None:
    one = (10001, 1, "1", "ﾈﾝｷﾝ", 99_999_999, 99_999_999, 0, 0, 0, 0, "1")
    chosen = put(connection, [one] * 120)
    ready, rows = both(connection, chosen, tmp_path, Limits(total=10_000_000_000))
    assert ready == rows
    assert len(ready) == 3


LONG = (10001, 1, "1", "ﾈﾝｷﾝ", 1, 0, 0, 0, 0, 0, "0")


@pytest.mark.parametrize(
    ("change", "made"),
    [
        ("UPDATE nenkin.branches SET bank_name = 'ﾐｽﾞﾎ '", LONG),
        ("UPDATE nenkin.branches SET branch_name = 'ﾎﾝ,ﾃﾝ'", LONG),
        ("UPDATE nenkin.branches SET branch_name = 'みずほ'", LONG),
        ("SELECT", (*LONG[:3], "ﾈﾝｷﾝ\\", *LONG[4:])),
        ("SELECT", (*LONG[:3], "ﾈﾝｷﾝ\n", *LONG[4:])),
        ("SELECT", (*LONG[:3], "ﾈﾝｷﾝ~1", *LONG[4:])),
        ("SELECT", (*LONG[:3], "ﾈﾝｷﾝ¥", *LONG[4:])),
        ("SELECT", (*LONG[:3], "ﾈﾝｷﾝ‾", *LONG[4:])),
        ("SELECT", (*LONG[:3], "ﾈﾝｷﾝ年", *LONG[4:])),
        ("SELECT", (*LONG[:3], "ﾈﾝｷﾝ\U0001f600", *LONG[4:])),
    ],
)
def test_what_breaks_a_rule_is_left_to_the_writer(
    connection: Connection, database: str, tmp_path: Path, change: str, made: Made
) -> None:
    chosen = put(connection, [made])
    connection.execute(change.encode())
    # It may end in the middle of its rows, so on a connection of its own.
    with pytest.raises(NotClean):
        _write_apart(database, tmp_path, chosen)


def _write_apart(database: str, folder: Path, chosen: Chosen) -> None:
    with open_connection(database) as own:
        blocks = stream_records(own, chosen)
        write_records(folder, chosen.paid, sender(chosen.paid), blocks, Dialect())


def test_records_out_of_order_are_left_to_the_writer(
    connection: Connection, tmp_path: Path
) -> None:
    chosen = put(connection, [LONG, (*LONG[:1], 2, *LONG[2:])])
    lines = b"".join(stream_records(connection, chosen)).splitlines(keepends=True)
    assert len(lines) == 2
    for wrong in (lines[::-1], lines[:1] * 2):
        with pytest.raises(NotClean):
            write_records(tmp_path, chosen.paid, sender(chosen.paid), [b"".join(wrong)], Dialect())
    header = sender(chosen.paid)._replace(code="1")
    with pytest.raises(NotClean):
        write_records(tmp_path, chosen.paid, header, [b"".join(lines)], Dialect())


def test_a_record_of_no_yen_follows_the_dialect(connection: Connection, tmp_path: Path) -> None:
    chosen = put(connection, [LONG])
    data = b"".join(stream_records(connection, chosen)).replace(b"0000000001", b"0000000000")
    header = sender(chosen.paid)
    for choice in ("refused", "uncounted"):
        with pytest.raises(NotClean):
            write_records(tmp_path, chosen.paid, header, [data], Dialect(zero_yen=choice))
    [entry] = write_records(tmp_path, chosen.paid, header, [data], Dialect(zero_yen="counted"))
    assert (entry.count, entry.total) == (1, 0)


def test_an_amount_of_eleven_digits_is_left_to_the_writer(
    connection: Connection, tmp_path: Path
) -> None:
    chosen = put(connection, [LONG])
    query = """
        INSERT INTO nenkin.returned (paid, pension, account, amount, reason)
        VALUES ('2025-04-15', %s, %s, %s, 't')"""
    row = connection.execute(
        "SELECT pension, account FROM nenkin.payments WHERE paid = %s", (chosen.paid,)
    ).fetchone() or (0, 0)
    connection.execute(query, (*row, 10**10))
    query = "INSERT INTO nenkin.repayments VALUES ('2025-04-15', %s, %s, %s, %s)"
    connection.execute(query, (row[0], chosen.paid, row[1], 10**10))
    texts = stream_records(connection, chosen)
    with pytest.raises(NotClean):
        write_records(tmp_path, chosen.paid, sender(chosen.paid), texts, Dialect())
