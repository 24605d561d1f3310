"""The revision of all awards for a month (額改定): opened once, done by parts that may run side by side, joined at the end.

Invariant: the parts are fixed when a revision is opened, and each is one transaction with the row that says it is done. So
figures and joined manifest are the same however many processes shared the parts, and whatever was killed.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from hashlib import sha256
from typing import Any

from psycopg.types.json import Jsonb

from nenkin.benefits.rules import Rules
from nenkin.payments.connection import Connection
from nenkin.payments.period import month_text
from nenkin.payments.revision_part import Revision, do_part
from nenkin.payments.run import InvalidRun, Part

__all__ = ["MOST", "SIZE", "WHOLE", "Portion", "join", "open_revision", "parse_portion", "revise"]

# Awards of a transaction, about half a second, in which no claim and no change is decided.
SIZE = 5000
MOST = 256  # processes that may share a revision

# One process opens, the others find it open.
_LOCK = "LOCK TABLE nenkin.revisions IN SHARE ROW EXCLUSIVE MODE"
_FIND = """
    SELECT revision, month, decided, generation, who,
           EXISTS (SELECT FROM nenkin.revision_manifests m WHERE m.revision = r.revision)
    FROM nenkin.revisions r WHERE month = %s ORDER BY revision DESC LIMIT 1"""
_OPEN = """
    INSERT INTO nenkin.revisions (month, decided, generation, who)
    SELECT %s, %s, (SELECT last_value FROM nenkin.entries), %s RETURNING revision"""
# Each part's first award is found behind the one before, so that none is numbered on the way.
_PARTS = """
    WITH RECURSIVE starts (part, pension) AS (
        SELECT 1, min(pension) FROM nenkin.claims
        UNION ALL
        SELECT part + 1, (
            SELECT c.pension FROM nenkin.claims c
            WHERE c.pension > starts.pension ORDER BY c.pension OFFSET %(size)s - 1 LIMIT 1)
        FROM starts WHERE pension IS NOT NULL)
    INSERT INTO nenkin.revision_parts (revision, part, first, until)
    SELECT %(revision)s, part, CASE part WHEN 1 THEN 0 ELSE pension END,
           lead(pension, 1, 100000000000000) OVER (ORDER BY part)
    FROM starts WHERE pension IS NOT NULL"""
# The portions cut the row of parts into stretches of equal length, to within one.
_MINE = """
    SELECT part, first, until FROM (
        SELECT *, count(*) OVER () AS every FROM nenkin.revision_parts WHERE revision = %(revision)s) p
    WHERE (part * %(of)s - 1) / every = %(number)s - 1"""
_LEFT = f"""
    SELECT part, first, until FROM ({_MINE}) mine
    WHERE NOT EXISTS (
        SELECT FROM nenkin.revision_parts_done d WHERE d.revision = %(revision)s AND d.part = mine.part)
    ORDER BY part"""
_DONE = f"""
    SELECT awards, changed, refused, before, after, sha256
    FROM nenkin.revision_parts_done d JOIN ({_MINE}) mine USING (part)
    WHERE d.revision = %(revision)s ORDER BY part"""
_KEEP = """
    INSERT INTO nenkin.revision_manifests (revision, manifest) VALUES (%s, %s) ON CONFLICT DO NOTHING"""


@dataclass(frozen=True, slots=True)
class Portion:
    """Which of how many shares of a revision one process does."""

    number: int = 1
    of: int = 1

    def __str__(self) -> str:
        return f"{self.number}/{self.of}"


WHOLE = Portion()


def parse_portion(text: str) -> Portion:
    """From `3/8`; InvalidRun."""
    found = re.fullmatch(r"([0-9]{1,3})/([0-9]{1,3})", text, re.ASCII)
    portion = Portion(int(found[1]), int(found[2])) if found else Portion(0, 0)
    if not 1 <= portion.number <= portion.of <= MOST:
        raise InvalidRun(f"part {text}: write which of how many, such as 3/8; at most {MOST}")
    return portion


def open_revision(
    connection: Connection,
    month: int,
    decided: date,
    who: str,
    *,
    again: bool = False,
    size: int = SIZE,
) -> Revision:
    """The last revision of a month, opened now if there is none, or `again` if that one is joined."""
    with connection.transaction():
        connection.execute(_LOCK)
        row = connection.execute(_FIND, (month,)).fetchone()
        if row is not None and not (again and row[-1]):
            return Revision(*row[:-1])
        opened = connection.execute(_OPEN, (month, decided, who)).fetchone()
        assert opened is not None
        connection.execute(_PARTS, {"revision": opened[0], "size": size})
        row = connection.execute(_FIND, (month,)).fetchone()
        assert row is not None
        return Revision(*row[:-1])


def revise(
    connection: Connection,
    rules: Rules,
    revision: Revision,
    say: Callable[[str], None],
    portion: Portion = WHOLE,
) -> dict[str, Any]:
    """Does what is left of a portion and gives its manifest; progress by `say`, a sentence each. Raises psycopg.Error."""
    mine = {"revision": revision.revision, "number": portion.number, "of": portion.of}
    left = [Part(*row) for row in connection.execute(_LEFT, mine).fetchall()]
    for place, part in enumerate(left, start=1):
        done = do_part(connection, rules, revision, part)
        did = (
            f"{done.awards} awards, {done.changed} changed, {done.refused} refused"
            if done
            else "done by another"
        )
        say(f"part {part.number} ({place} of {len(left)}): {did}")
    return _manifest(connection, revision, portion)


def join(connection: Connection, revision: Revision, manifest: dict[str, Any]) -> None:
    """Keeps the manifest of the whole, which ends a revision; one that is kept stays."""
    connection.execute(_KEEP, (revision.revision, Jsonb(manifest)))


def _manifest(connection: Connection, revision: Revision, portion: Portion) -> dict[str, Any]:
    """Inputs, counts, sums and the hash of what was decided; of the whole the same whoever did which part of it when."""
    mine = {"revision": revision.revision, "number": portion.number, "of": portion.of}
    rows = connection.execute(_DONE, mine).fetchall()
    awards, changed, refused, before, after = (
        sum(row[place] for row in rows) for place in range(5)
    )
    return {
        "month": month_text(revision.month),
        "decided": revision.decided.isoformat(),
        "who": revision.who,
        "generation": revision.generation,
        "part": str(portion),
        "transactions": len(rows),
        "awards": awards,
        "changed": changed,
        "refused": refused,
        "yen_before": before,
        "yen_after": after,
        "sha256": sha256("".join(row[5] for row in rows).encode()).hexdigest(),
    }
