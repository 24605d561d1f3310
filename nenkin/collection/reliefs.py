"""Decisions on relief (免除, 猶予, 学生納付特例) and additional premiums (付加): kept, and entered as runs of months.

Of a month the latest decision holds. A relief that leaves nothing to pay is entered at once; a partial one, and the
additional premium, with the payment. A decision that takes another's place leaves what it superseded on record.
"""

from __future__ import annotations

from nenkin.collection import fields
from nenkin.collection.lines import Kind, refuse_where
from nenkin.collection.runs import NOTHING_DUE, WANTED, enter_runs, lay_payables, refuse_runs
from nenkin.payments import fields as common
from nenkin.payments.connection import Connection
from nenkin.payments.intake import Column

__all__ = ["KINDS", "RELIEFS", "enter_reliefs"]

KINDS = (*NOTHING_DUE, "three_quarters", "half", "quarter", "refused", "additional")
_NOTHING = ", ".join(f"'{kind}'" for kind in NOTHING_DUE)
_MOST_MONTHS = 480
_CHECKS = (
    f"""SELECT line, 'first, last ' || to_char(first, 'YYYY-MM') || ' to ' || to_char(last, 'YYYY-MM')
              || ': from the first to the last month, no more than {_MOST_MONTHS}'
       FROM relieving WHERE last < first OR last >= first + interval '{_MOST_MONTHS} months'""",
)
_SAME = """
    INSERT INTO noted (line, sentence)
    SELECT line, 'number ' || number || ': just that was decided before' FROM relieving d
    WHERE EXISTS (
        SELECT FROM nenkin.reliefs r WHERE (r.number, r.first, r.last, r.kind, r.decided_on)
            = (d.number, d.first, d.last, d.kind, d.decided_on)
        AND NOT EXISTS (SELECT FROM nenkin.reliefs n WHERE n.number = r.number AND n.act > r.act
                        AND n.first <= r.last AND n.last >= r.first))"""
_ALL = f"""
    INSERT INTO wanted (line, number, first, last, kind, is_additional)
    SELECT line, number, first, last, CASE WHEN kind IN ({_NOTHING}) THEN kind
               WHEN kind IN ('additional', 'refused') THEN 'paid' ELSE kind END, kind = 'additional' FROM relieving"""
# What is decided otherwise and leaves something to pay opens again the months that the decision before had settled.
_OPENED = f"""
    CREATE TEMPORARY TABLE opened ON COMMIT DROP AS
    SELECT d.line, d.number, greatest(d.first, r.first) AS first, least(d.last, r.last) AS last
    FROM relieving d JOIN nenkin.current_contribution_runs r ON r.number = d.number
        AND r.first <= d.last AND r.last >= d.first AND r.kind IN ({_NOTHING})
    WHERE d.kind NOT IN ({_NOTHING}, 'additional')"""
_RELIEVED = f"""
    SELECT DISTINCT ON (line) line, 'number ' || d.number || ', ' || to_char(greatest(d.first, r.first), 'YYYY-MM')
           || ': relief ' || r.kind || ' stands, and bears no additional premium'
    FROM relieving d JOIN nenkin.current_contribution_runs r ON r.number = d.number
        AND r.first <= d.last AND r.last >= d.first AND r.kind IN ({_NOTHING}, 'three_quarters', 'half', 'quarter')
    WHERE d.kind = 'additional' ORDER BY line, r.first"""
_ENTER = """
    INSERT INTO nenkin.reliefs (number, first, last, kind, decided_on, act)
    SELECT number, first, last, kind, decided_on, %s FROM relieving"""


def enter_reliefs(connection: Connection, act: int) -> None:
    """Enters the decisions of `relieving` (line, number, first, last, kind, decided_on), or refuses their lines."""
    refuse_where(connection, *_CHECKS)
    _drop_refused(connection)
    connection.execute(_SAME)
    connection.execute("DELETE FROM relieving USING noted WHERE relieving.line = noted.line")
    refuse_where(connection, _RELIEVED)
    _drop_refused(connection)
    connection.execute(WANTED)
    connection.execute(_ALL.encode())
    lay_payables(connection)
    refuse_runs(connection)
    _drop_refused(connection)
    connection.execute(_OPENED.encode())
    connection.execute(f"DELETE FROM wanted WHERE kind NOT IN ({_NOTHING})".encode())
    connection.execute(
        "INSERT INTO wanted SELECT line, number, first, last, 'unpaid', false FROM opened"
    )
    enter_runs(connection, act)
    connection.execute(_ENTER, (act,))
    connection.execute("DROP TABLE opened")


def _drop_refused(connection: Connection) -> None:
    connection.execute("DELETE FROM relieving USING refused WHERE relieving.line = refused.line")


def _take(connection: Connection, act: int) -> None:
    connection.execute(
        """CREATE TEMPORARY TABLE relieving ON COMMIT DROP AS
           SELECT line, number, first, last, kind, decided_on FROM incoming"""
    )
    enter_reliefs(connection, act)
    connection.execute("DROP TABLE relieving")


RELIEFS = Kind(
    "reliefs",
    (
        Column("number", common.number),
        Column("kind", fields.one_of(*KINDS)),
        Column("first", fields.month),
        Column("last", fields.month),
        Column("decided_on", common.day),
    ),
    ("text", "text", "date", "date", "date"),
    _take,
)
