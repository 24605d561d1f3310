"""What the banks send back of debits (振替結果): taken in once, matched row by row; a failure is a state and no error."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from datetime import date
from io import BytesIO
from pathlib import Path

from nenkin.collection.act import Who, enter_act
from nenkin.collection.lines import Taken, refuse_where
from nenkin.collection.runs import WANTED, enter_runs, lay_payables, refuse_runs
from nenkin.payments.connection import Connection
from nenkin.whole import write_rows
from nenkin.zengin.dialect import Dialect
from nenkin.zengin.reader import FileReader
from nenkin.zengin.records import FORMS, Debit

__all__ = ["take_results", "write_result_answers"]

_INCOMING = """
    CREATE TEMPORARY TABLE incoming (
        line integer, bank text, branch text, kind text, account text, amount bigint, customer text, result text)
        ON COMMIT DROP"""
# The format's day has no year: of the runs of that day of a year the latest is meant.
_MATCHED = """
    CREATE TEMPORARY TABLE matched ON COMMIT DROP AS
    SELECT i.*, d.day, d.subject, d.month, d.relief, d.amount AS asked, d.bank || d.branch || d.kind || d.account AS place,
           r.result AS before
    FROM incoming i
    LEFT JOIN LATERAL (
        SELECT * FROM nenkin.debits WHERE to_char(day, 'MMDD') = %(mmdd)s AND day <= %(until)s
        AND subject = substr(customer, 1, 4) || '-' || substr(customer, 5, length(customer) - 10)
        AND to_char(month, 'YYYYMM') = right(customer, 6) ORDER BY day DESC LIMIT 1) d ON true
    LEFT JOIN nenkin.debit_results r USING (day, subject, month)"""
_CHECKS = (
    """SELECT line, 'customer ' || customer || ': no debit of that number was asked for on that day'
       FROM matched WHERE subject IS NULL""",
    """SELECT line, 'customer ' || customer || ': ' || amount || ' yen: ' || asked || ' were asked for'
       FROM matched WHERE amount <> asked""",
    """SELECT line, 'customer ' || customer || ': the account is not the one that was to be debited'
       FROM matched WHERE bank || branch || kind || account <> place""",
    """SELECT line, 'customer ' || customer || ': result ' || result || ': it came back before with ' || before
       FROM matched WHERE before <> result""",
    """SELECT line, 'customer ' || customer || ': it stands in the file twice' FROM (
           SELECT *, row_number() OVER (PARTITION BY customer ORDER BY line) AS place_in_file FROM matched) numbered
       WHERE place_in_file > 1""",
)
_SAME = """
    INSERT INTO noted (line, sentence)
    SELECT line, 'customer ' || customer || ': that result was taken in before' FROM matched WHERE before = result"""
_POST = """
    INSERT INTO nenkin.monthly_postings (act, kind, office, month, count, amount)
    SELECT %(act)s, CASE WHEN length(subject) = 11 THEN 'contributed' ELSE 'received' END, left(subject, 4),
           nenkin.open_month(day), count(*) FILTER (WHERE result = '0'), sum(amount) FILTER (WHERE result = '0')
    FROM matched GROUP BY 2, 3, 4 HAVING count(*) FILTER (WHERE result = '0') > 0"""
# A month whose debits all failed has nothing to post, but is named where it is closed.
_FAILED = """
    INSERT INTO nenkin.monthly_postings (act, kind, office, month, count, amount)
    SELECT DISTINCT %(act)s, 'contributed', '0000', nenkin.open_month(day), 0, 0 FROM matched
    WHERE date_trunc('month', day) <= nenkin.closed_until()
    AND NOT EXISTS (SELECT FROM nenkin.monthly_postings WHERE act = %(act)s)"""
_RESULTS = """
    INSERT INTO nenkin.debit_results (day, subject, month, result, act)
    SELECT day, subject, month, result, %(act)s FROM matched"""
_BILLS = """
    INSERT INTO nenkin.bill_payments (key, establishment, month, amount, paid_on, act)
    SELECT md5('debit/' || to_char(day, 'YYYYMMDD') || '/' || customer)::uuid, subject, month, amount, day, %(act)s
    FROM matched WHERE result = '0' AND length(subject) = 10"""
_WANTED = """
    INSERT INTO wanted (line, number, first, last, kind, is_additional)
    SELECT line, subject, month, month, CASE WHEN relief IS NULL OR relief = 'additional' THEN 'paid' ELSE relief END,
           relief IS NOT DISTINCT FROM 'additional'
    FROM matched WHERE result = '0' AND length(subject) = 11"""
# Money that came for a month that is settled by now is kept as a payment of its own, to be refunded.
_TWICE = """
    INSERT INTO nenkin.contributions (key, number, month, amount)
    SELECT md5('debit/' || to_char(day, 'YYYYMMDD') || '/' || customer)::uuid, subject, month, amount
    FROM matched JOIN refused USING (line)"""


def take_results(connection: Connection, path: Path, today: date, who: Who) -> Taken:
    """Takes a file of results in; raises InvalidFile where it breaks the format, OSError, psycopg.Error."""
    data = path.read_bytes()
    sha256 = hashlib.sha256(data).hexdigest()
    with connection.transaction():
        connection.execute("SELECT pg_advisory_xact_lock(1684370548)")
        act, is_new = enter_act(connection, who, "file", "debit results", sha256)
        if not is_new:
            return _known(connection, sha256, act)
        lines = _lay_beside(connection, data, today)
        refuse_where(connection, *_CHECKS)
        _take(connection, act)
        return _note(connection, path.name, sha256, lines, act)


def write_result_answers(connection: Connection, done: Taken, path: Path) -> None:
    """Writes the records of a file that were refused, or of which there is something to say, as CSV."""
    query = """
        SELECT line, outcome, sentence FROM nenkin.batch_file_notes JOIN nenkin.batch_files f ON f.id = file
        WHERE f.act = %s ORDER BY line"""
    write_rows(
        path,
        ("record", "outcome", "sentence"),
        connection.execute(query, (done.act,)).fetchall(),
    )


def _lay_beside(connection: Connection, data: bytes, today: date) -> int:
    reader = FileReader(BytesIO(data), FORMS["debit_result"], Dialect.at(today))
    rows = [row for block in reader.blocks() for row in block]
    connection.execute(_INCOMING)
    for table in ("refused", "noted"):
        connection.execute(
            f"CREATE TEMPORARY TABLE {table} (line integer PRIMARY KEY, sentence text NOT NULL) ON COMMIT DROP".encode()
        )
    with connection.cursor() as cursor, cursor.copy("COPY incoming FROM STDIN") as copy:
        for line, values in _values(rows):
            copy.write_row((line, *values))
    connection.execute("ANALYZE incoming")
    connection.execute(_MATCHED, {"mmdd": reader.header.day, "until": today})
    return len(rows)


def _values(rows: list[Debit]) -> Iterator[tuple[int, tuple[object, ...]]]:
    # The first row is the file's second record.
    for line, row in enumerate(rows, start=2):
        place = (row.bank, row.branch, row.account_kind, row.account)
        yield line, (*place, row.amount, row.customer, row.result)


def _take(connection: Connection, act: int) -> None:
    values = {"act": act}
    connection.execute("DELETE FROM matched USING refused WHERE matched.line = refused.line")
    connection.execute(_SAME)
    connection.execute("DELETE FROM matched USING noted WHERE matched.line = noted.line")
    for statement in (_POST, _FAILED, _RESULTS, _BILLS):
        connection.execute(statement, values)
    connection.execute("ALTER TABLE refused RENAME TO refused_lines")
    connection.execute(
        "CREATE TEMPORARY TABLE refused (line integer PRIMARY KEY, sentence text NOT NULL) ON COMMIT DROP"
    )
    connection.execute(WANTED)
    connection.execute(_WANTED)
    lay_payables(connection)
    refuse_runs(connection)
    connection.execute(_TWICE)
    connection.execute(
        "INSERT INTO noted SELECT line, sentence || ': the debit is kept as paid twice' FROM refused"
    )
    enter_runs(connection, act)


def _note(connection: Connection, name: str, sha256: str, lines: int, act: int) -> Taken:
    [file] = connection.execute(
        """INSERT INTO nenkin.batch_files (kind, sha256, name, lines, act)
           VALUES ('debit results', %s, %s, %s, %s) RETURNING id""",
        (sha256, name, lines, act),
    ).fetchone() or (0,)
    connection.execute(
        """INSERT INTO nenkin.batch_file_notes (file, line, outcome, sentence)
           SELECT %s, line, 'refused', sentence FROM refused_lines
           UNION ALL SELECT %s, line, 'noted', sentence FROM noted""",
        (file, file),
    )
    [refused] = connection.execute("SELECT count(*) FROM refused_lines").fetchone() or (0,)
    connection.execute(
        "INSERT INTO nenkin.batch_file_parts (file, part, accepted, refused) VALUES (%s, %s, %s, %s)",
        (file, lines + 1, lines - refused, refused),
    )
    return Taken(True, lines, refused, sha256, act)


def _known(connection: Connection, sha256: str, act: int) -> Taken:
    query = """
        SELECT lines, refused FROM nenkin.batch_files f JOIN nenkin.batch_file_parts p ON p.file = f.id
        WHERE f.act = %s"""
    lines, refused = connection.execute(query, (act,)).fetchone() or (0, 0)
    return Taken(False, lines, refused, sha256, act)
