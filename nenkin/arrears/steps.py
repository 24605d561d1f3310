"""What was done about debts, as files of steps; and the arrears of labour insurance (労働保険), in and out."""

from __future__ import annotations

from datetime import date
from pathlib import Path

from nenkin.arrears.selection import require_counted
from nenkin.collection import fields
from nenkin.collection.lines import Kind, refuse_where
from nenkin.payments import fields as common
from nenkin.payments.connection import Connection
from nenkin.payments.intake import Column
from nenkin.whole import write_rows

__all__ = ["LABOUR", "STEPS", "write_labour"]

_STEPS = ("notice", "phone", "visit", "final_demand", "enforcement", "release")
_CHECKS = (
    """SELECT line, 'subject ' || subject || ': it is not on record' FROM incoming
       WHERE subject NOT IN (SELECT number FROM nenkin.persons)
       AND subject NOT IN (SELECT code FROM nenkin.establishments)""",
    """SELECT line, 'deadline of ' || subject || ': a final demand names one, and no other step'
       FROM incoming WHERE (stage = 'final_demand') <> (deadline IS NOT NULL)""",
    """SELECT line, 'deadline of ' || subject || ' ' || deadline || ': at least ten days after ' || day
       FROM incoming WHERE deadline < day + 10""",
    """SELECT line, 'subject ' || subject || ', ' || stage || ' of ' || day || ': it stands in the file twice' FROM (
           SELECT *, row_number() OVER (PARTITION BY subject, stage, day ORDER BY line) AS place FROM incoming) numbered
       WHERE place > 1""",
    """SELECT line, 'subject ' || subject || ': nothing is seized before a final demand''s deadline is over: none is on '
              || day
       FROM incoming i WHERE stage = 'enforcement' AND NOT EXISTS (
           SELECT FROM nenkin.arrears_steps s WHERE s.subject = i.subject AND s.stage = 'final_demand'
           AND s.deadline < i.day)""",
    """SELECT line, 'subject ' || subject || ': nothing is seized that could be released on ' || day
       FROM incoming i WHERE stage = 'release' AND coalesce((
           SELECT stage FROM nenkin.arrears_steps s WHERE s.subject = i.subject
           AND s.stage IN ('enforcement', 'release') AND s.done_on <= i.day
           AND NOT (s.stage = 'release' AND s.done_on = i.day) ORDER BY done_on DESC, id DESC LIMIT 1),
           'release') = 'release'""",
)
_SAME = """
    INSERT INTO noted (line, sentence)
    SELECT line, 'subject ' || i.subject || ', ' || i.stage || ' of ' || day || ': it was taken in before'
    FROM incoming i JOIN nenkin.arrears_steps s ON (s.subject, s.stage, s.done_on) = (i.subject, i.stage, i.day)"""
_ENTER = """
    INSERT INTO nenkin.arrears_steps (subject, stage, done_on, deadline, act)
    SELECT subject, stage, day, deadline, %s FROM incoming WHERE line NOT IN (SELECT line FROM noted)
    ORDER BY day, line"""
_LABOUR_CHECKS = (
    """SELECT line, 'labour_insurance ' || labour_insurance || ': no establishment has that number' FROM incoming
       WHERE labour_insurance NOT IN (
           SELECT labour_insurance FROM nenkin.establishments WHERE labour_insurance IS NOT NULL)""",
    """SELECT line, 'labour_insurance ' || i.labour_insurance || ' on ' || day || ': it was handed in with '
              || l.amount || ' yen'
       FROM incoming i JOIN nenkin.labour_arrears l ON (l.labour_insurance, l.as_of) = (i.labour_insurance, i.day)
       WHERE l.amount <> i.amount""",
    """SELECT line, 'labour_insurance ' || labour_insurance || ': it stands in the file twice' FROM (
           SELECT *, row_number() OVER (PARTITION BY labour_insurance, day ORDER BY line) AS place FROM incoming) numbered
       WHERE place > 1""",
)
_LABOUR_ENTER = """
    INSERT INTO nenkin.labour_arrears (labour_insurance, as_of, amount, act)
    SELECT labour_insurance, day, amount, %s FROM incoming ON CONFLICT DO NOTHING"""
_OUT = """
    SELECT e.labour_insurance, a.subject, h.name, a.months, a.oldest, a.amount, coalesce(s.stage, 'none'),
           l.as_of, l.amount
    FROM nenkin_work.arrears a JOIN nenkin.establishments e ON e.code = a.subject
    LEFT JOIN nenkin.arrears_stages s USING (subject)
    LEFT JOIN LATERAL (SELECT name FROM nenkin.current_establishment_addresses h WHERE h.code = a.subject
                       AND since <= a.as_of ORDER BY since DESC LIMIT 1) h ON true
    LEFT JOIN LATERAL (SELECT as_of, amount FROM nenkin.labour_arrears l WHERE l.labour_insurance = e.labour_insurance
                       ORDER BY as_of DESC LIMIT 1) l ON true
    WHERE a.as_of = %s AND e.labour_insurance IS NOT NULL ORDER BY 1, 2"""
_HEADER = (
    "labour_insurance",
    "establishment",
    "name",
    "months",
    "oldest",
    "amount",
    "stage",
    "labour_as_of",
    "labour_amount",
)


def _take(connection: Connection, act: int) -> None:
    refuse_where(connection, *_CHECKS[:4])
    connection.execute(_SAME)
    refuse_where(connection, *_CHECKS[4:])
    connection.execute("DELETE FROM noted USING refused WHERE noted.line = refused.line")
    connection.execute(_ENTER, (act,))


def _take_labour(connection: Connection, act: int) -> None:
    refuse_where(connection, *_LABOUR_CHECKS)
    connection.execute(_LABOUR_ENTER, (act,))


STEPS = Kind(
    "steps",
    (
        Column("subject", fields.subject),
        Column("stage", fields.one_of(*_STEPS)),
        Column("day", common.day),
        Column("deadline", fields.optional_day),
    ),
    ("text", "text", "date", "date"),
    _take,
)
LABOUR = Kind(
    "labour",
    (
        Column("labour_insurance", lambda text: common.digits(text, 14)),
        Column("day", common.day),
        Column("amount", fields.yen),
    ),
    ("text", "date", "bigint"),
    _take_labour,
)


def write_labour(connection: Connection, as_of: date, path: Path) -> int:
    """Writes the establishments in arrears that have a labour-insurance number, as CSV; how many. InvalidSelection."""
    require_counted(connection, as_of)
    return write_rows(path, _HEADER, connection.execute(_OUT, (as_of,)).fetchall())
