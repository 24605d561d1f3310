"""A part of a revision: awards read at once, figures worked out, what differs written by COPY, all in one transaction."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date
from hashlib import sha256

from nenkin.benefits.award import Award
from nenkin.benefits.refusals import InvalidCase
from nenkin.benefits.rules import Rules
from nenkin.dated import NoRule
from nenkin.payments.awarding import lock, refuse_many
from nenkin.payments.change import Change, stages_of
from nenkin.payments.claim import Claim
from nenkin.payments.connection import Connection
from nenkin.payments.formula import award_of
from nenkin.payments.period import month_text
from nenkin.payments.run import Part
from nenkin.payments.timeline import stage_at

__all__ = ["Done", "Revision", "do_part"]

_LOCK_SPACE = 0x726576  # the locks of parts, apart from those of others
# What is paid once has no figure and is not looked at.
_AWARDS = """
    SELECT pension, receipt, decided, content, basic, employees
    FROM nenkin.claims c
    LEFT JOIN LATERAL (
        SELECT basic, employees FROM nenkin.figures f WHERE f.pension = c.pension AND f.month <= %(month)s
        ORDER BY month DESC, entry DESC LIMIT 1) standing ON true
    WHERE pension >= %(first)s AND pension < %(until)s
    AND (basic IS NOT NULL OR EXISTS (SELECT FROM nenkin.figures f WHERE f.pension = c.pension))
    ORDER BY pension"""
_CHANGES = """
    SELECT pension, content FROM nenkin.changes WHERE pension >= %(first)s AND pension < %(until)s
    ORDER BY pension, since, entry"""
_COPY = "COPY nenkin.figures (pension, month, basic, employees, who, why) FROM STDIN"
_THERE = "SELECT 1 FROM nenkin.revision_parts_done WHERE revision = %s AND part = %s"
_DONE = """
    INSERT INTO nenkin.revision_parts_done (revision, part, awards, changed, refused, before, after, sha256)
    VALUES (%s, %s, %s, %s, %s, %s, %s, %s)"""


@dataclass(frozen=True, slots=True)
class Revision:
    """An opened revision, as nenkin.revisions has it."""

    revision: int
    month: int
    decided: date
    generation: int
    who: str


@dataclass(slots=True)
class Done:
    """What a part did: awards looked at, figures by pension, refusals by receipt, yen a year of all before and after."""

    awards: int = 0
    figures: list[tuple[int, int, int]] = field(default_factory=list)
    refusals: list[tuple[str, Exception]] = field(default_factory=list)
    before: int = 0
    after: int = 0

    @property
    def changed(self) -> int:
        """Awards that got another figure."""
        return len(self.figures)

    @property
    def refused(self) -> int:
        """Awards whose figure stays for want of a rule."""
        return len(self.refusals)

    def hash(self) -> str:
        """Of what was decided, in the order of the pensions."""
        lines = [f"{pension} {basic} {employees}\n" for pension, basic, employees in self.figures]
        lines += [f"{receipt} {error}\n" for receipt, error in self.refusals]
        return sha256("".join(lines).encode()).hexdigest()


def do_part(connection: Connection, rules: Rules, revision: Revision, part: Part) -> Done | None:
    """Does a part that is not done, in one transaction; None where another process has done it meanwhile."""
    key = (revision.revision, part.number)
    with connection.transaction():
        # A killed process may have left its statement running: wait for its end instead of doing it twice.
        lock_key = revision.revision % 2**13 * 2**18 + part.number % 2**18
        connection.execute("SELECT pg_advisory_xact_lock(%s, %s)", (_LOCK_SPACE, lock_key))
        if connection.execute(_THERE, key).fetchone() is not None:
            return None
        lock(connection, is_shared=True)
        done = _decide(connection, rules, revision, part)
        _write(connection, revision, done)
        sums = (done.awards, done.changed, done.refused, done.before, done.after, done.hash())
        connection.execute(_DONE, (*key, *sums))
    return done


def _decide(connection: Connection, rules: Rules, revision: Revision, part: Part) -> Done:
    values = {"first": part.first, "until": part.until, "month": revision.month}
    changes: dict[int, list[str]] = {}
    for pension, content in connection.execute(_CHANGES, values).fetchall():
        changes.setdefault(pension, []).append(content)
    done = Done()
    for pension, receipt, awarded, content, basic, employees in connection.execute(_AWARDS, values):
        done.awards += 1
        held = None if basic is None else (basic, employees)
        before = sum(held or ())
        done.before += before
        done.after += before
        try:
            award = _award(rules, revision.month, awarded, content, changes.get(pension, ()))
        except (InvalidCase, NoRule) as error:
            done.refusals.append((receipt, error))
            continue
        if award is None or (award.basic, award.employees) == held:
            continue
        done.figures.append((pension, award.basic, award.employees))
        done.after += award.total - before
    return done


def _award(
    rules: Rules, month: int, awarded: date, content: str, changes: Iterable[str]
) -> Award | None:
    """What an award's facts make in a month; None before the right begins."""
    claim = Claim.model_validate_json(content)
    if month < claim.begun:
        return None
    stages = stages_of(claim, [Change.model_validate_json(text) for text in changes])
    held = stage_at(stages, month)
    return Award(0, 0) if held is None else award_of(rules, held, month, awarded)


def _write(connection: Connection, revision: Revision, done: Done) -> None:
    if done.figures:
        with connection.cursor() as cursor, cursor.copy(_COPY) as copy:
            copy.write("".join(_rows(revision, done)))
    if done.refusals:
        refuse_many(connection, done.refusals, revision.decided, revision.who)


def _rows(revision: Revision, done: Done) -> Iterator[str]:
    why = f"revision of {month_text(revision.month)}"
    who = revision.who
    for before, after in (("\\", "\\\\"), ("\t", "\\t"), ("\n", "\\n"), ("\r", "\\r")):
        who = who.replace(before, after)
    for pension, basic, employees in done.figures:
        yield f"{pension}\t{revision.month}\t{basic}\t{employees}\t{who}\t{why}\n"
