"""Notices of municipalities (市町村からの届書): acquisition, loss, addresses, reliefs, income; each taken once.

A notice is known by municipality and receipt number. A person's notices are done in the order of the file.
"""

from __future__ import annotations

from nenkin.collection import fields
from nenkin.collection.lines import Kind, refuse_where
from nenkin.collection.reliefs import KINDS as RELIEF_KINDS
from nenkin.collection.reliefs import enter_reliefs
from nenkin.payments import fields as common
from nenkin.payments.connection import Connection
from nenkin.payments.intake import Column

__all__ = ["CLASSES", "NOTICES"]

CLASSES = ("none", "low", "middle", "high")
# What each kind gives besides the day; the other fields are empty.
_GIVEN = {
    "acquisition": "",
    "loss": "",
    "address": "postcode, address",
    "relief": "relief, first, last",
    "income": "income",
}
_OPTIONAL = "postcode, address, relief, first, last, income"
_CONTENT = "concat_ws('|', kind, number, day, postcode, address, relief, first, last, income)"


def _shape(kind: str, given: str) -> str:
    """Refuses a kind's lines that lack a field of its own or have one of another."""
    own = given.split(", ") if given else []
    wrong = [f"{name} IS {'NULL' if name in own else 'NOT NULL'}" for name in _OPTIONAL.split(", ")]
    said = f"{kind} gives the day{' and ' + given if given else ''} and no other field"
    return f"SELECT line, '{said}' FROM incoming WHERE kind = '{kind}' AND ({' OR '.join(wrong)})"


_RECEIPTS = (
    """SELECT line, 'receipt ' || receipt || ': it stands in the file twice' FROM (
           SELECT *, row_number() OVER (PARTITION BY municipality, receipt ORDER BY line) AS place FROM incoming) numbered
       WHERE place > 1""",
    f"""SELECT line, 'receipt ' || receipt || ': it was handed in with other values; a change is a new notice'
        FROM incoming i JOIN nenkin.notices n USING (municipality, receipt)
        WHERE n.content <> (SELECT {_CONTENT} FROM incoming j WHERE j.line = i.line)""",
    """SELECT line, 'number ' || number || ': it is not on record' FROM incoming
       WHERE number NOT IN (SELECT number FROM nenkin.persons)""",
)
_KNOWN = """
    INSERT INTO noted (line, sentence)
    SELECT line, 'receipt ' || receipt || ': it was taken in before'
    FROM incoming JOIN nenkin.notices USING (municipality, receipt)"""
_ROUNDS = """
    CREATE TEMPORARY TABLE rounds ON COMMIT DROP AS
    SELECT line, row_number() OVER (PARTITION BY number ORDER BY line) AS place FROM incoming"""
_ROUND = """
    CREATE TEMPORARY TABLE noticed ON COMMIT DROP AS
    SELECT i.* FROM incoming i JOIN rounds USING (line) WHERE place = %s"""
_LOCK = """
    SELECT FROM nenkin.persons WHERE number IN (SELECT number FROM noticed) ORDER BY number FOR NO KEY UPDATE"""

_ACQUISITIONS = (
    """SELECT line, 'number ' || n.number || ', ' || day || ': the person is of category ' || p.category || ' since '
              || p.acquired || coalesce(' until ' || p.lost, '')
       FROM noticed n JOIN nenkin.current_periods p ON p.number = n.number
           AND coalesce(p.lost, 'infinity') > n.day
       WHERE n.kind = 'acquisition'""",
    """SELECT line, 'number ' || number || ', ' || day || ': from the day before the 20th birthday until the 65th'
       FROM noticed JOIN nenkin.current_persons USING (number)
       WHERE kind = 'acquisition' AND day NOT BETWEEN birth_date + interval '20 years' - interval '1 day'
                                              AND birth_date + interval '65 years'""",
)
_ACQUIRE = """
    INSERT INTO nenkin.periods (number, acquired, revision, category, act)
    SELECT number, day, 1 + coalesce((SELECT max(revision) FROM nenkin.periods p
                                      WHERE (p.number, p.acquired) = (noticed.number, noticed.day)), 0), 1, %s
    FROM noticed WHERE kind = 'acquisition'"""
_LOSSES = (
    """SELECT line, 'number ' || n.number || ', ' || day || ': the person is not of category 1 then'
       FROM noticed n WHERE n.kind = 'loss' AND NOT EXISTS (
           SELECT FROM nenkin.current_periods p WHERE p.number = n.number AND category = 1 AND acquired < day
           AND coalesce(lost, 'infinity') >= day)""",
    """SELECT line, 'number ' || n.number || ', ' || day || ': it is lost since ' || lost || ' already'
       FROM noticed n JOIN nenkin.current_periods p ON p.number = n.number AND category = 1 AND acquired < day
       WHERE n.kind = 'loss' AND lost >= day""",
)
_LOSE = """
    WITH ended AS (
        SELECT p.*, n.day FROM noticed n JOIN nenkin.current_periods p ON p.number = n.number AND p.category = 1
            AND acquired < n.day AND p.lost IS NULL
        WHERE n.kind = 'loss'),
    gone AS (
        INSERT INTO nenkin.superseded_periods (number, acquired, revision, act)
        SELECT number, acquired, revision, %(act)s FROM ended)
    INSERT INTO nenkin.periods (number, acquired, revision, category, lost, act)
    SELECT number, acquired, revision + 1, category, day, %(act)s FROM ended"""
_SAME_ADDRESS = """
    SELECT line, 'number ' || n.number || ', ' || day || ': an address since that day stands; another is a correction'
    FROM noticed n JOIN nenkin.current_addresses a ON (a.number, a.since) = (n.number, n.day) WHERE n.kind = 'address'"""
_MOVE = """
    INSERT INTO nenkin.addresses (number, since, revision, postcode, address, act)
    SELECT number, day, 1 + coalesce((SELECT max(revision) FROM nenkin.addresses a
                                      WHERE (a.number, a.since) = (noticed.number, noticed.day)), 0),
           postcode, address, %s
    FROM noticed WHERE kind = 'address'"""
_EARN = """
    INSERT INTO nenkin.incomes (number, year, class, act)
    SELECT number, extract(year FROM day - interval '3 months'), income, %s FROM noticed WHERE kind = 'income'"""
_RELIEVE = """
    CREATE TEMPORARY TABLE relieving ON COMMIT DROP AS
    SELECT line, number, first, last, relief AS kind, day AS decided_on FROM noticed WHERE kind = 'relief'"""
_ENTER = f"""
    INSERT INTO nenkin.notices (municipality, receipt, kind, number, content, act)
    SELECT municipality, receipt, kind, number, {_CONTENT}, %s FROM incoming"""


def _take(connection: Connection, act: int) -> None:
    refuse_where(connection, *(_shape(*item) for item in _GIVEN.items()), *_RECEIPTS)
    connection.execute(_KNOWN)
    connection.execute("DELETE FROM incoming USING noted WHERE incoming.line = noted.line")
    connection.execute(_ROUNDS)
    [most] = connection.execute("SELECT coalesce(max(place), 0) FROM rounds").fetchone() or (0,)
    for place in range(1, most + 1):
        connection.execute(_ROUND, (place,))
        connection.execute(_LOCK)
        _do_round(connection, act)
        connection.execute("DROP TABLE noticed")
    connection.execute(_ENTER.encode(), (act,))
    connection.execute("DROP TABLE rounds")


def _do_round(connection: Connection, act: int) -> None:
    refuse_where(connection, *_ACQUISITIONS, *_LOSSES, _SAME_ADDRESS)
    connection.execute("DELETE FROM noticed USING refused WHERE noticed.line = refused.line")
    connection.execute(_ACQUIRE, (act,))
    connection.execute(_LOSE, {"act": act})
    connection.execute(_MOVE, (act,))
    connection.execute(_EARN, (act,))
    connection.execute(_RELIEVE)
    enter_reliefs(connection, act)
    connection.execute("DROP TABLE relieving")


def _optional(column: Column) -> Column:
    return Column(column.name, lambda text: column.parse(text) if text else None)


NOTICES = Kind(
    "notices",
    (
        Column("municipality", lambda text: common.digits(text, 6)),
        Column("receipt", fields.slip),
        Column("kind", fields.one_of(*_GIVEN)),
        Column("number", common.number),
        Column("day", common.day),
        _optional(Column("postcode", lambda text: common.digits(text, 7))),
        _optional(Column("address", common.words)),
        _optional(Column("relief", fields.one_of(*RELIEF_KINDS))),
        _optional(Column("first", fields.month)),
        _optional(Column("last", fields.month)),
        _optional(Column("income", fields.one_of(*CLASSES))),
    ),
    ("text", "text", "text", "text", "date", "text", "text", "text", "date", "date", "text"),
    _take,
)
