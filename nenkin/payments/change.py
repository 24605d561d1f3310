"""Changes of awards (額改定, 失権, 差止め): new facts from a month on, an end, a stop, under a receipt number."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, Field, ValidationError

from nenkin.benefits.ages import first_day, month_of
from nenkin.benefits.award import Award
from nenkin.benefits.refusals import InvalidCase
from nenkin.benefits.rules import Rules
from nenkin.dated import NoRule
from nenkin.payments import fields
from nenkin.payments.awarding import lines, lock, refuse, sentences, write_figures
from nenkin.payments.claim import LUMPS, Claim, Month, Strict
from nenkin.payments.connection import Connection
from nenkin.payments.intake import InvalidIntake
from nenkin.payments.period import month_text
from nenkin.payments.timeline import Figure, Stage, figures_of

__all__ = [
    "Change",
    "Changed",
    "change_awards",
    "read_changes",
    "stages_of",
    "standing",
    "stored_stages",
]

_FIXED = ("receipt", "number", "code", "birth", "begun", "account")
_KNOWN = "SELECT content, pension FROM nenkin.changes WHERE receipt = %s"
_PENSION = "SELECT begun FROM nenkin.entitlements WHERE pension = %s"
_CLAIM = "SELECT content, decided FROM nenkin.claims WHERE pension = %s"
_CHANGES = "SELECT content FROM nenkin.changes WHERE pension = %s ORDER BY since, entry"
_STANDING = """
    SELECT DISTINCT ON (month) month, basic, employees FROM nenkin.figures WHERE pension = %s ORDER BY month, entry DESC"""
_MADE = """
    SELECT month, basic, employees FROM nenkin.figures WHERE pension = %s AND why = %s ORDER BY month"""
_CHANGE = """
    INSERT INTO nenkin.changes (receipt, pension, kind, since, content, decided, lines, who)
    VALUES (%s, %s, %s, %s, %s, %s, %s, %s)"""
_SUSPEND = """
    INSERT INTO nenkin.suspensions (pension, since, is_suspended, who, why) VALUES (%s, %s, %s, %s, %s)"""


class Change(Strict):
    """One change; `since`: the first month of a revision; `day`: of a death, a loss, a stop; `facts`: those of a claim."""

    receipt: Annotated[str, AfterValidator(fields.words)]
    kind: Literal["revision", "split", "death", "loss", "suspend", "resume"]
    number: Annotated[str, AfterValidator(fields.number)]
    code: Annotated[str, AfterValidator(fields.code)]
    since: Month | None = None
    day: date | None = None
    reason: str = ""
    facts: dict[str, Any] = Field(default_factory=dict)

    @property
    def pension(self) -> int:
        """The certificate's number."""
        return int(self.number.replace("-", "") + self.code)


@dataclass(frozen=True, slots=True)
class Changed:
    """What became of a change: the figures that it made, or the sentence that refuses it."""

    receipt: str
    number: str
    code: str
    figures: tuple[tuple[str, int, int], ...] = ()
    refusal: str = ""
    gap: str = ""


def read_changes(path: Path) -> list[Change]:
    """The changes of a file, one JSON object a line; raises InvalidIntake with every fault, OSError."""
    faults: list[str] = []
    changes = []
    for line, text in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
        try:
            changes.append(Change.model_validate_json(text))
        except ValidationError as error:
            faults += [f"{path.name}:{line}: {one}" for one in sentences(error)]
    if faults:
        raise InvalidIntake(faults)
    return changes


def change_awards(
    connection: Connection, rules: Rules, changes: Iterable[Change], decided: date, who: str
) -> list[Changed]:
    """Decides changes on a day, in one transaction; a refused one is a result too and leaves its sentence alone."""
    with connection.transaction():
        lock(connection)
        return [_decide(connection, rules, change, decided, who) for change in changes]


def stages_of(claim: Claim, changes: Sequence[Change]) -> list[Stage]:
    """The facts of an award by month, from its claim and its changes in the order of `since` and of their entry.

    InvalidCase where a change makes facts that no claim can have.
    """
    stages = [Stage(claim.begun, claim)]
    for change in changes:
        since = _since(change)
        if change.kind in ("suspend", "resume"):
            continue
        last = stages[-1].claim
        if last is None:
            continue  # what is over does not change
        stage = Stage(since, None)
        if change.kind in ("revision", "split"):
            stage = Stage(since, _with_facts(last, change))
        if stages[-1].since == since:
            stages.pop()
        stages.append(stage)
    return stages


def standing(connection: Connection, pension: int) -> list[tuple[int, int, int]]:
    """The figures that hold, by month."""
    rows = connection.execute(_STANDING, (pension,)).fetchall()
    return [(row[0], row[1], row[2]) for row in rows]


def stored_stages(connection: Connection, pension: int) -> list[Stage]:
    """The facts of an award as the database has them; empty where it was entered without a claim."""
    row = connection.execute(_CLAIM, (pension,)).fetchone()
    if row is None:
        return []
    rows = connection.execute(_CHANGES, (pension,)).fetchall()
    changes = [Change.model_validate_json(text) for (text,) in rows]
    return stages_of(Claim.model_validate_json(row[0]), changes)


def _decide(
    connection: Connection, rules: Rules, change: Change, decided: date, who: str
) -> Changed:
    asked = (change.receipt, change.number, change.code)
    why = f"change {change.receipt}"
    try:
        known = connection.execute(_KNOWN, (change.receipt,)).fetchone()
        if known is not None:
            if Change.model_validate_json(known[0]) != change:
                rule = "it was handed in with other values; a correction is a new change"
                raise InvalidCase("receipt", change.receipt, rule)
            rows = connection.execute(_MADE, (change.pension, why)).fetchall()
            return Changed(*asked, tuple((month_text(row[0]), row[1], row[2]) for row in rows))
        since = _since(change)
        figures = _figures(connection, rules, change, since, decided)
    except (InvalidCase, NoRule) as error:
        refusal, gap = refuse(connection, change.receipt, decided, error, who)
        return Changed(*asked, refusal=refusal, gap=gap)
    content = change.model_dump_json(exclude_defaults=True)
    values = (change.receipt, change.pension, change.kind, since, content, decided, lines(figures))
    connection.execute(_CHANGE, (*values, who))
    if change.kind in ("suspend", "resume"):
        is_suspended = change.kind == "suspend"
        connection.execute(_SUSPEND, (change.pension, change.day, is_suspended, who, why))
    write_figures(connection, change.pension, figures, who, why)
    made = tuple((month_text(one.month), one.award.basic, one.award.employees) for one in figures)
    return Changed(*asked, made)


def _figures(
    connection: Connection, rules: Rules, change: Change, since: int, decided: date
) -> list[Figure]:
    row = connection.execute(_PENSION, (change.pension,)).fetchone()
    named = f"{change.number} {change.code}"
    if row is None:
        raise InvalidCase("number, code", named, "no such pension is awarded")
    held = standing(connection, change.pension)
    if not held:
        raise InvalidCase("number, code", named, "it is paid once; nothing of it changes")
    if held[-1][1:] == (0, 0) and since >= held[-1][0]:
        rule = f"the right ended before {month_text(held[-1][0])}"
        raise InvalidCase("number, code", named, rule)
    if change.kind in ("suspend", "resume"):
        return []
    if since < row[0]:
        raise InvalidCase("since", month_text(since), "it is before the right began")
    if change.kind in ("death", "loss"):
        later = [month for month, *_ in held if month > since]
        return [Figure(month, Award(0, 0)) for month in (since, *later)]
    return _revised(connection, rules, change, since, decided, [month for month, *_ in held])


def _revised(
    connection: Connection,
    rules: Rules,
    change: Change,
    since: int,
    decided: date,
    held: Sequence[int],
) -> list[Figure]:
    if not change.facts:
        raise InvalidCase("facts", "{}", "a revision says what is different")
    wrong = sorted(set(change.facts) & set(_FIXED))
    if wrong:
        raise InvalidCase("facts", ", ".join(wrong), "these stay as the claim has them")
    row = connection.execute(_CLAIM, (change.pension,)).fetchone()
    if row is None:
        rule = "it was entered without a claim; a change of its amount is a figure"
        raise InvalidCase("number, code", f"{change.number} {change.code}", rule)
    claim = Claim.model_validate_json(row[0])
    if claim.kind in LUMPS:
        raise InvalidCase("kind", claim.kind, "it is paid once; nothing of it changes")
    rows = connection.execute(_CHANGES, (change.pension,)).fetchall()
    earlier = [Change.model_validate_json(text) for (text,) in rows]
    ordered = sorted([*earlier, change], key=lambda one: _since(one))
    last = max(since, month_of(decided), *held)
    later = [month for month in held if month > since]
    return figures_of(rules, stages_of(claim, ordered), since, last, row[1], later)


def _since(change: Change) -> int:
    """The first month in which a change holds: a death or loss is paid to the end of its month."""
    if change.kind == "revision":
        if change.since is None or change.day is not None:
            raise InvalidCase("since", change.since, "a revision names its first month, and no day")
        return change.since
    if change.kind == "split":
        asked: Any = change.facts.get("split")
        try:
            return month_of(date.fromisoformat(asked["requested"])) + 1
        except (TypeError, KeyError, ValueError) as error:
            rule = "a split names who, when and what in `facts.split`"
            raise InvalidCase("facts", json.dumps(change.facts, default=str)[:100], rule) from error
    if change.day is None or change.since is not None:
        raise InvalidCase("day", change.day, f"a {change.kind} names its day, and no month")
    month = month_of(change.day)
    return month + 1 if change.kind in ("death", "loss") else month


def _with_facts(claim: Claim, change: Change) -> Claim:
    if change.facts.get("kind", claim.kind) != claim.kind and claim.kind != "special":
        raise InvalidCase(
            "kind", change.facts["kind"], f"another right than {claim.kind} is a claim"
        )
    try:
        return claim.with_facts(change.facts)
    except ValidationError as error:
        raise InvalidCase(
            "facts", f"from {first_day(_since(change)):%Y-%m}", "; ".join(sentences(error))
        ) from error
