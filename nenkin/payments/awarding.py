"""Awards (裁定) as a daily run: claims in, figures computed, entitlement and account written, first pay date chosen.

A claim is known by its receipt number; handed in again it gives the same result and changes nothing.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from psycopg.types.json import Jsonb
from pydantic import ValidationError

from nenkin.benefits.ages import first_day, month_of
from nenkin.benefits.instalments import pay_month
from nenkin.benefits.refusals import InvalidCase
from nenkin.benefits.rules import Rules
from nenkin.calendar.pay import first_pay_date, pay_date
from nenkin.dated import Dated, NoRule
from nenkin.payments.claim import Claim, Figure, figures_of
from nenkin.payments.connection import Connection
from nenkin.payments.intake import InvalidIntake
from nenkin.payments.period import month_text

__all__ = ["Decision", "award_claims", "read_claims"]

_KNOWN = "SELECT content, pension, first_paid FROM nenkin.claims WHERE receipt = %s"
_FIGURES = """
    SELECT month, basic, employees FROM nenkin.figures WHERE pension = %s AND why = %s ORDER BY month"""
_HELD = "SELECT 1 FROM nenkin.entitlements WHERE pension = %s"
_BRANCH = "SELECT 1 FROM nenkin.branches WHERE branch = %s"
_OPENED = "SELECT max(paid) FROM nenkin.runs"
_ENTITLE = """
    INSERT INTO nenkin.entitlements (number, code, begun, who, why) VALUES (%s, %s, %s, %s, %s)"""
_FIGURE = """
    INSERT INTO nenkin.figures (pension, month, basic, employees, who, why) VALUES (%s, %s, %s, %s, %s, %s)"""
_ACCOUNT = """
    INSERT INTO nenkin.accounts (pension, since, place, kind, payee, who, why) VALUES (%s, %s, %s, %s, %s, %s, %s)"""
_CLAIM = """
    INSERT INTO nenkin.claims (receipt, content, pension, decided, first_paid, lines, who)
    VALUES (%s, %s, %s, %s, %s, %s, %s)"""


@dataclass(frozen=True, slots=True)
class Decision:
    """What became of a claim: the figures and the day of the first payment, or the sentence that refuses it."""

    receipt: str
    number: str
    code: str
    figures: tuple[tuple[str, int, int], ...] = ()
    first_paid: str = ""
    refusal: str = ""


def read_claims(path: Path) -> list[Claim]:
    """The claims of a file, one JSON object a line; raises InvalidIntake with every fault, OSError."""
    faults: list[str] = []
    claims = []
    for line, text in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
        try:
            claims.append(Claim.model_validate_json(text))
        except ValidationError as error:
            faults += [f"{path.name}:{line}: {one}" for one in _sentences(error)]
    if faults:
        raise InvalidIntake(faults)
    return claims


def award_claims(
    connection: Connection, rules: Rules, claims: Iterable[Claim], decided: date, who: str
) -> list[Decision]:
    """Decides claims on a day, in one transaction; a refused claim is a decision too and leaves nothing behind."""
    with connection.transaction():
        # A run that is being opened sees all of this or nothing.
        connection.execute("LOCK TABLE nenkin.claims IN SHARE ROW EXCLUSIVE MODE")
        connection.execute(
            "LOCK TABLE nenkin.entitlements, nenkin.figures, nenkin.accounts IN ROW EXCLUSIVE MODE"
        )
        return [_decide(connection, rules, claim, decided, who) for claim in claims]


def first_paid(connection: Connection, begun: int, decided: date) -> date:
    """The first pay date that still pays a right: the banks' lead time is kept, and no run of it is opened yet."""
    lead = Dated.read("pay_leads", lambda row: int(row["days"])).at(decided)
    due = first_day(pay_month(begun))
    day = max(first_pay_date(decided, lead), pay_date(due.year, due.month))
    [opened] = connection.execute(_OPENED).fetchone() or (None,)
    while opened is not None and day <= opened:
        following = first_day(month_of(day) + 1)
        day = pay_date(following.year, following.month)
    return day


def _decide(
    connection: Connection, rules: Rules, claim: Claim, decided: date, who: str
) -> Decision:
    asked = (claim.receipt, claim.number, claim.code)
    content = claim.model_dump_json()
    try:
        known = connection.execute(_KNOWN, (claim.receipt,)).fetchone()
        if known is not None:
            if known[0] != content:
                rule = "it was handed in with other values; a correction is a new claim"
                raise InvalidCase("receipt", claim.receipt, rule)
            rows = connection.execute(_FIGURES, (known[1], _why(claim))).fetchall()
            return _decision(asked, [(row[0], row[1], row[2]) for row in rows], known[2])
        _require_possible(connection, claim)
        figures = figures_of(rules, claim, decided)
    except (InvalidCase, NoRule) as error:
        return Decision(*asked, refusal=str(error))
    day = first_paid(connection, claim.begun, decided)
    _write(connection, claim, figures, who, decided)
    lines = [
        {"month": figure.month, "lines": {name: str(value) for name, value in figure.award.lines}}
        for figure in figures
    ]
    values = (claim.receipt, content, claim.pension, decided, day, Jsonb(lines), who)
    connection.execute(_CLAIM, values)
    made = [(figure.month, figure.award.basic, figure.award.employees) for figure in figures]
    return _decision(asked, made, day)


def _require_possible(connection: Connection, claim: Claim) -> None:
    if connection.execute(_HELD, (claim.pension,)).fetchone() is not None:
        raise InvalidCase("number, code", f"{claim.number} {claim.code}", "it is awarded already")
    account = claim.account
    if connection.execute(_BRANCH, (int(account.bank + account.branch),)).fetchone() is None:
        raise InvalidCase("account", f"{account.bank} {account.branch}", "no such branch is known")


def _write(
    connection: Connection, claim: Claim, figures: list[Figure], who: str, decided: date
) -> None:
    why = _why(claim)
    connection.execute(_ENTITLE, (claim.number, claim.code, claim.begun, who, why))
    for figure in figures:
        yen = (figure.award.basic, figure.award.employees)
        connection.execute(_FIGURE, (claim.pension, figure.month, *yen, who, why))
    account = claim.account
    values = (claim.pension, decided, account.place, account.kind, account.payee, who, why)
    connection.execute(_ACCOUNT, values)


def _decision(
    asked: tuple[str, str, str], figures: Sequence[tuple[int, int, int]], day: date
) -> Decision:
    shown = tuple((month_text(month), basic, employees) for month, basic, employees in figures)
    return Decision(*asked, shown, day.isoformat())


def _why(claim: Claim) -> str:
    return f"award of claim {claim.receipt}"


def _sentences(error: ValidationError) -> Iterator[str]:
    for one in error.errors(include_url=False, include_context=False):
        field = ".".join(map(str, one["loc"])) or "line"
        value = json.dumps(one["input"], ensure_ascii=False, default=str)
        yield f"{field} {value[:100]}: {one['msg'].removeprefix('Value error, ')}"
