"""The nightly recalculation: awards that changed on a day and a sample of all, against a second calculation by other code.

It reads one state of the database and writes its findings in one transaction: killed before that it has done nothing,
and run again on the same state it finds what it found before.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from hashlib import sha256
from typing import Any

from psycopg.types.json import Jsonb

from nenkin.payments.connection import Connection
from nenkin.payments.period import month_text
from nenkin.payments.settled import unsettled
from nenkin.recalculation.book import Book, Unknown
from nenkin.recalculation.comparison import Differing, Held, compare
from nenkin.recalculation.couple import Partner
from nenkin.recalculation.facts import month_of

__all__ = ["Asked", "Night", "line_of", "recalculate"]

_BLOCK = 500
_GENERATION = "SELECT last_value FROM nenkin.entries"
_CHANGED = """
    SELECT DISTINCT pension FROM (
        SELECT pension FROM nenkin.claims WHERE decided = %(day)s
        UNION ALL SELECT pension FROM nenkin.changes WHERE decided = %(day)s
        UNION ALL SELECT pension FROM nenkin.figures
        WHERE at >= %(day)s::timestamp AT TIME ZONE 'Asia/Tokyo'
        AND at < (%(day)s::date + 1)::timestamp AT TIME ZONE 'Asia/Tokyo') changed
    ORDER BY pension"""
_SAMPLE = """
    SELECT pension FROM nenkin.claims ORDER BY hashint8extended(pension, %(seed)s), pension LIMIT %(sample)s"""
_CLAIMS = """
    SELECT c.pension, c.content, c.decided, l.amount
    FROM nenkin.claims c LEFT JOIN nenkin.lumps l USING (pension) WHERE c.pension = ANY(%s)"""
_CHANGES = """
    SELECT pension, content FROM nenkin.changes WHERE pension = ANY(%s) ORDER BY pension, since, entry"""
_FIGURES = """
    SELECT DISTINCT ON (pension, month) pension, month, basic, employees FROM nenkin.figures
    WHERE pension = ANY(%s) ORDER BY pension, month, entry DESC"""
# The spouse's claims: those of the number that a claim names, and those that name its number.
_PARTNERS = """
    SELECT asked.pension, p.pension, p.content
    FROM unnest(%(pensions)s::bigint[], %(spouses)s::bigint[]) asked (pension, spouse)
    JOIN nenkin.claims p ON p.pension BETWEEN asked.spouse AND asked.spouse + 9999
    UNION
    SELECT asked.pension, p.pension, p.content
    FROM unnest(%(pensions)s::bigint[], %(numbers)s::text[]) asked (pension, number)
    JOIN nenkin.claims p ON (p.content::jsonb -> 'spouse') ->> 'number' = asked.number
    ORDER BY 1, 2"""
_KNOWN = """
    SELECT night FROM nenkin.recalculations WHERE day = %s AND sample = %s AND seed = %s AND generation = %s"""
_KEEP = """
    INSERT INTO nenkin.recalculations (day, sample, seed, generation, manifest)
    VALUES (%s, %s, %s, %s, %s) RETURNING night"""
_KEEP_ONE = """
    INSERT INTO nenkin.recalculation_differences
        (night, place, pension, kind, month, until, paid, recomputed, sentence)
    VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s)"""


@dataclass(frozen=True, slots=True)
class Asked:
    """What a night is asked for: the day whose changes it looks at, how many of the others, and their seed."""

    day: date
    sample: int
    seed: int


@dataclass(frozen=True, slots=True)
class Night:
    """What a night found; `manifest`: inputs, counts, sums, generation. `is_new`: it was not kept before."""

    manifest: dict[str, Any]
    differences: tuple[Differing, ...]
    is_new: bool
    seconds: float


def recalculate(connection: Connection, asked: Asked, say: Callable[[str], None]) -> Night:
    """Recomputes and compares, then keeps what it found; `say`: progress, a sentence each. Raises psycopg.Error."""
    started = time.monotonic()
    with connection.transaction():
        connection.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
        [generation] = connection.execute(_GENERATION).fetchone() or (0,)
        changed = [row[0] for row in connection.execute(_CHANGED, {"day": asked.day}).fetchall()]
        values = {"seed": asked.seed, "sample": asked.sample}
        sample = [row[0] for row in connection.execute(_SAMPLE, values).fetchall()]
        pensions = sorted({*changed, *sample})
        found: list[Differing] = []
        unknown: list[str] = []
        compared = done = 0
        book = Book()
        for place in range(0, len(pensions), _BLOCK):
            block = pensions[place : place + _BLOCK]
            for held in _held(connection, block):
                done += 1
                try:
                    found += compare(book, held, _last(asked.day, held))
                    compared += 1
                except Unknown as error:
                    unknown.append(f"{held.number} {held.code}: {error}")
            found += unsettled(connection, book, block)
            say(f"{place + len(block)} of {len(pensions)} awards, {len(found)} differences")
    manifest = _manifest(asked, generation, len(changed), len(sample), compared, found, unknown)
    manifest["without_claim"] = len(pensions) - done
    is_new = _keep(connection, asked, generation, manifest, found)
    return Night(manifest, tuple(found), is_new, time.monotonic() - started)


def _last(day: date, held: Held) -> date:
    """The month to which figures can stand: that of the day, or a later one that has a figure."""
    first = month_of(held.claim["begun"])
    return max(day, first, *(month_of(month) for month, *_ in held.figures), first)


def _held(connection: Connection, pensions: Sequence[int]) -> Iterator[Held]:
    asked = list(pensions)
    claims = connection.execute(_CLAIMS, (asked,)).fetchall()
    contents = {row[0]: json.loads(row[1]) for row in claims}
    changes = _changes(connection, asked)
    figures: dict[int, list[tuple[int, int, int]]] = {}
    for pension, *figure in connection.execute(_FIGURES, (asked,)).fetchall():
        figures.setdefault(pension, []).append((figure[0], figure[1], figure[2]))
    partners = _partners(connection, contents)
    for pension, _, decided, once in sorted(claims, key=lambda row: row[0]):
        claim = contents[pension]
        yield Held(
            claim["number"],
            claim["code"],
            claim,
            decided,
            figures.get(pension, []),
            changes.get(pension, []),
            partners.get(pension, []),
            once,
        )


def _changes(connection: Connection, pensions: list[int]) -> dict[int, list[dict[str, Any]]]:
    found: dict[int, list[dict[str, Any]]] = {}
    for pension, content in connection.execute(_CHANGES, (pensions,)).fetchall():
        found.setdefault(pension, []).append(json.loads(content))
    return found


def _partners(
    connection: Connection, contents: dict[int, dict[str, Any]]
) -> dict[int, list[Partner]]:
    pensions = list(contents)
    spouses = [
        int(((claim.get("spouse") or {}).get("number") or "0").replace("-", "")) * 10_000 or None
        for claim in contents.values()
    ]
    values = {
        "pensions": pensions,
        "spouses": spouses,
        "numbers": [claim["number"] for claim in contents.values()],
    }
    rows = connection.execute(_PARTNERS, values).fetchall()
    changes = _changes(connection, sorted({row[1] for row in rows}))
    found: dict[int, list[Partner]] = {}
    for pension, partner, content in rows:
        one = Partner(json.loads(content), changes.get(partner, []))
        found.setdefault(pension, []).append(one)
    return found


def _manifest(
    asked: Asked,
    generation: int,
    changed: int,
    sampled: int,
    compared: int,
    found: Sequence[Differing],
    unknown: Sequence[str],
) -> dict[str, Any]:
    kinds = sorted({one.kind for one in found})
    text = "".join(f"{one.sentence}\n" for one in found)
    return {
        "day": asked.day.isoformat(),
        "sample": asked.sample,
        "seed": asked.seed,
        "generation": generation,
        "changed": changed,
        "sampled": sampled,
        "compared": compared,
        "not_recomputed": len(unknown),
        "not_recomputed_first": list(unknown[:20]),
        "differences": {kind: sum(one.kind == kind for one in found) for kind in kinds},
        "awards_with_differences": len({(one.number, one.code) for one in found}),
        "too_much": sum(max(one.paid - one.recomputed, 0) for one in found),
        "too_little": sum(max(one.recomputed - one.paid, 0) for one in found),
        "sha256": sha256(text.encode()).hexdigest(),
    }


def _keep(
    connection: Connection,
    asked: Asked,
    generation: int,
    manifest: dict[str, Any],
    found: Sequence[Differing],
) -> bool:
    key = (asked.day, asked.sample, asked.seed, generation)
    with connection.transaction():
        connection.execute("LOCK TABLE nenkin.recalculations IN SHARE ROW EXCLUSIVE MODE")
        if connection.execute(_KNOWN, key).fetchone() is not None:
            return False
        [night] = connection.execute(_KEEP, (*key, Jsonb(manifest))).fetchone() or (0,)
        with connection.cursor() as cursor:
            cursor.executemany(
                _KEEP_ONE,
                [
                    (
                        night,
                        place,
                        int(one.number.replace("-", "") + one.code),
                        one.kind,
                        one.month,
                        one.until,
                        one.paid,
                        one.recomputed,
                        one.sentence,
                    )
                    for place, one in enumerate(found, start=1)
                ],
            )
    return True


def line_of(one: Differing) -> str:
    """A difference as a line of JSON."""
    return json.dumps(
        {
            "number": one.number,
            "code": one.code,
            "kind": one.kind,
            "month": month_text(one.month),
            "until": month_text(one.until),
            "paid": one.paid,
            "recomputed": one.recomputed,
            "sentence": one.sentence,
        },
        ensure_ascii=False,
    )
