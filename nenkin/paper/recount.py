"""Age and overdue months a second time, by PostgreSQL and month by month, and what the page says of them.

In 2009 a program's error put a wrong age on 18,955 statements and wrong unpaid months on 12,695.
"""

from __future__ import annotations

import zlib
from collections.abc import Mapping, Sequence

from nenkin.paper.opening import Run
from nenkin.paper.pdf.sheet import Text
from nenkin.payments.connection import Connection

__all__ = ["Drawn", "differences", "is_sampled"]

Drawn = Mapping[str, Sequence[Text]]

_RECOUNT = """
    SELECT person.number,
        extract(year FROM age(%(day)s::date + 1, coalesce((
            SELECT one.birth_date FROM nenkin.identities one
            WHERE one.number = person.number AND one.since <= %(day)s AND one.act <= %(act)s
            AND NOT EXISTS (
                SELECT FROM nenkin.superseded_identities gone
                WHERE (gone.number, gone.since, gone.revision) = (one.number, one.since, one.revision)
                AND gone.act <= %(act)s)
            ORDER BY one.since DESC LIMIT 1), person.birth_date)))::integer,
        (SELECT count(*) FROM (
            SELECT month::date AS month FROM nenkin.contribution_runs one, generate_series(first, last, '1 month') month
            WHERE one.number = person.number AND one.kind = 'unpaid' AND one.act <= %(act)s
            AND NOT EXISTS (
                SELECT FROM nenkin.superseded_contribution_runs gone
                WHERE (gone.number, gone.first, gone.revision) = (one.number, one.first, one.revision)
                AND gone.act <= %(act)s)
            EXCEPT
            SELECT one.month FROM nenkin.contributions one
            WHERE one.number = person.number AND one.id <= %(contribution)s
            AND NOT EXISTS (
                SELECT FROM nenkin.superseded_contributions gone
                WHERE gone.id = one.id AND gone.act <= %(act)s)
        ) owed WHERE owed.month + interval '2 months' <= %(day)s)
    FROM nenkin.persons person WHERE person.number = ANY(%(numbers)s)"""


def is_sampled(number: str, one_in: int) -> bool:
    """Whether a person is recounted: one in so many, the same ones each time."""
    return zlib.crc32(number.encode()) % one_in == 0


def differences(connection: Connection, run: Run, drawn: Drawn) -> list[str]:
    """A sentence for each person whose page does not say what was counted again."""
    rows = connection.execute(_RECOUNT, run.mark.parameters(list(drawn))).fetchall()
    found = []
    for number, age, unpaid in rows:
        texts = {text.text for text in drawn[number]}
        if f"{age}歳" not in texts:
            found.append(f"{number}: the page does not say the age that was counted again, {age}")
        if (f"合わせて{unpaid}月" if unpaid else "ありません。") not in texts:
            found.append(
                f"{number}: the page does not say the {unpaid} unpaid months counted again"
            )
    if len(rows) != len(drawn):
        found.append(f"{len(drawn)} pages were made of the {len(rows)} persons counted again")
    return found
