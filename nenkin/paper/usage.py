"""How often forms, documents and outputs are used: counted in memory, written together, reported with their owners."""

from __future__ import annotations

import asyncio
import contextlib
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import combinations
from typing import Any

import psycopg

from nenkin.database import Database
from nenkin.dated import rows
from nenkin.outcome import Refused, Unknown
from nenkin.paper.form import Form, forms

__all__ = ["UPSERT", "Usage", "likeness", "report"]

# How long counts wait for one another, in seconds. A process that is killed loses so much of them, and nothing else.
PAUSE_S = 5.0
SIMILAR = 0.6
UPSERT = """
    INSERT INTO nenkin.output_uses AS known (output, face, day, uses)
    SELECT * FROM unnest(%s::text[], %s::text[], %s::date[], %s::bigint[])
    ON CONFLICT (output, face, day) DO UPDATE SET uses = known.uses + excluded.uses"""
_USED = """
    SELECT output, face, sum(uses)::bigint, max(day) FROM nenkin.output_uses
    WHERE day > %s AND day <= %s GROUP BY output, face"""
# What comes in electronically is kept whole: it need not be counted beside.
_TAKEN = """
    SELECT form, 'intake', count(*), max(day) FROM (
        SELECT form, (sent_at AT TIME ZONE 'Asia/Tokyo')::date AS day FROM nenkin.applications
    ) sent WHERE day > %s AND day <= %s GROUP BY form"""

Key = tuple[str, str, date]


class Usage:
    """Counts of one process."""

    def __init__(self, records: Database) -> None:
        self._records = records
        self._counts: Counter[Key] = Counter()
        self._writer: asyncio.Task[None] | None = None
        self._closing = asyncio.Event()

    def count(self, output: str, face: str, day: date) -> None:
        """Counts one use; it is written some seconds later, with others."""
        self._counts[output, face, day] += 1
        if self._writer is None or self._writer.done():
            self._writer = asyncio.get_running_loop().create_task(self._write_later())

    async def flush(self) -> None:
        """Writes what was counted; what is refused is kept for the next time."""
        counts, self._counts = self._counts, Counter()
        if not counts:
            return
        ordered = sorted(counts)
        outputs, faces, days = ([key[place] for key in ordered] for place in range(3))
        columns = (outputs, faces, days, [counts[key] for key in ordered])
        try:
            await self._records.write(lambda connection: connection.execute(UPSERT, columns))
        except Refused:
            self._counts += counts
        except Unknown:
            # Perhaps written: a count too few is better than a use that never was.
            pass

    async def close(self) -> None:
        """Writes the rest."""
        self._closing.set()
        if self._writer is not None:
            await self._writer
        await self.flush()

    async def _write_later(self) -> None:
        while self._counts:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(PAUSE_S):
                    await self._closing.wait()
            await self.flush()
            if self._closing.is_set():
                return


@dataclass(frozen=True, slots=True)
class _Output:
    """Something that can be used: a form on screen or paper, or a document; `faces` are the ways to use it."""

    name: str
    title: str
    owner: str
    faces: tuple[str, ...]


def report(connection: psycopg.Connection[Any], today: date, days: int) -> dict[str, Any]:
    """Every output with its uses in so many days up to today, which were unused, and which forms are nearly the same."""
    span = (today - timedelta(days=days), today)
    found = [row for query in (_USED, _TAKEN) for row in connection.execute(query, span).fetchall()]
    used = {(output, face): (uses, last) for output, face, uses, last in found}
    entries = []
    for output in _outputs():
        for face in output.faces:
            uses, last = used.get((output.name, face), (0, None))
            entries.append(
                {
                    "output": output.name,
                    "face": face,
                    "title": output.title,
                    "owner": output.owner,
                    "uses": uses,
                    "last_used": None if last is None else last.isoformat(),
                }
            )
    return {
        "from": (today - timedelta(days=days - 1)).isoformat(),
        "to": today.isoformat(),
        "outputs": entries,
        "unused": [entry for entry in entries if not entry["uses"]],
        "similar": similar(forms()),
    }


def similar(listed: Mapping[str, Form], least: float = SIMILAR) -> list[dict[str, Any]]:
    """Pairs of forms that share at least so much of their fields, the most alike first."""
    pairs = [(likeness(one, other), one, other) for one, other in combinations(listed.values(), 2)]
    alike = sorted(
        (pair for pair in pairs if pair[0] >= least),
        key=lambda pair: (-pair[0], pair[1].name, pair[2].name),
    )
    return [
        {
            "forms": [one.name, other.name],
            "titles": [one.title, other.title],
            "owners": sorted({one.owner, other.owner}),
            "likeness": round(share, 3),
            "only": {one.name: _only(one, other), other.name: _only(other, one)},
        }
        for share, one, other in alike
    ]


def likeness(one: Form, other: Form) -> float:
    """The share of fields that both have, of all that one of them has: 1 for the same set (Jaccard)."""
    left, right = _fields(one), _fields(other)
    return len(left & right) / len(left | right)


def _fields(form: Form) -> frozenset[tuple[str, str]]:
    # What is asked is its place in the record, or its words; whether it is required does not make it another field.
    return frozenset((field.kind, field.source or field.label) for field in form.fields)


def _only(one: Form, other: Form) -> list[str]:
    known = _fields(other)
    return [
        field.label
        for field in one.fields
        if (field.kind, field.source or field.label) not in known
    ]


def _outputs() -> Sequence[_Output]:
    asked = [
        _Output(form.name, form.title, form.owner, ("screen", "pdf", "intake"))
        for form in forms().values()
    ]
    made = [
        _Output(row["output"], row["title"], row["owner"], tuple(row["faces"].split("|")))
        for row in rows("outputs")
    ]
    return [*asked, *made]
