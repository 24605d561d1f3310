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

from nenkin.benefits.ages import month_of
from nenkin.benefits.refusals import InvalidCase
from nenkin.benefits.rules import Rules
from nenkin.dated import NoRule
from nenkin.payments.claim import LUMPS, Claim
from nenkin.payments.connection import Connection
from nenkin.payments.first_pay import first_paid_after
from nenkin.payments.formula import lump_of
from nenkin.payments.gaps import NotAwarded, gap_of
from nenkin.payments.intake import InvalidIntake
from nenkin.payments.period import month_text
from nenkin.payments.right import require_right
from nenkin.payments.timeline import Figure, Stage, figures_of

__all__ = [
    "Decision",
    "award_claims",
    "lines",
    "lock",
    "read_claims",
    "received_claims",
    "refuse",
    "refuse_many",
    "sentences",
    "write_figures",
]

_KNOWN = "SELECT content, pension, first_paid FROM nenkin.claims WHERE receipt = %s"
_FIGURES = """
    SELECT month, basic, employees FROM nenkin.figures WHERE pension = %s AND why = %s ORDER BY month"""
_LUMP = "SELECT amount FROM nenkin.lumps WHERE pension = %s"
_HELD = "SELECT 1 FROM nenkin.entitlements WHERE pension = %s"
# Pensions of the same person that another claim awarded and that still run.
_OTHERS = """
    SELECT c.content::jsonb ->> 'kind' FROM nenkin.claims c JOIN nenkin.entitlement_months m USING (pension)
    WHERE c.pension BETWEEN %(low)s AND %(low)s + 9999 AND (m.ended IS NULL OR m.ended >= %(begun)s)"""
_BRANCH = "SELECT 1 FROM nenkin.branches WHERE branch = %s"
_OPENED = "SELECT max(paid) FROM nenkin.runs"
_ENTITLE = """
    INSERT INTO nenkin.entitlements (number, code, begun, who, why) VALUES (%s, %s, %s, %s, %s)"""
_FIGURE = """
    INSERT INTO nenkin.figures (pension, month, basic, employees, who, why) VALUES (%s, %s, %s, %s, %s, %s)"""
_ONCE = "INSERT INTO nenkin.lumps (pension, amount, who, why) VALUES (%s, %s, %s, %s)"
_ACCOUNT = """
    INSERT INTO nenkin.accounts (pension, since, place, kind, payee, who, why) VALUES (%s, %s, %s, %s, %s, %s, %s)"""
_CLAIM = """
    INSERT INTO nenkin.claims (receipt, content, pension, decided, first_paid, lines, who)
    VALUES (%s, %s, %s, %s, %s, %s, %s)"""
_REFUSE = """
    INSERT INTO nenkin.refusals (receipt, decided, sentence, gap, who) VALUES (%s, %s, %s, %s, %s)
    ON CONFLICT DO NOTHING"""

_RECEIVED = """
    SELECT content FROM nenkin.received_claims JOIN nenkin.claim_states USING (receipt)
    WHERE decided IS NULL AND refusal IS NULL ORDER BY nenkin.received_claims.received_at, receipt"""

# Of these two may be paid to one person together; of others one is chosen.
_TOGETHER = {frozenset(("old_age", "survivors")), frozenset(("special", "old_age"))}


@dataclass(frozen=True, slots=True)
class Decision:
    """What became of a claim: figures or a lump sum and the day of the first payment, or the sentence that refuses it."""

    receipt: str
    number: str
    code: str
    figures: tuple[tuple[str, int, int], ...] = ()
    first_paid: str = ""
    refusal: str = ""
    lump: int = 0
    gap: str = ""


def read_claims(path: Path) -> list[Claim]:
    """The claims of a file, one JSON object a line; raises InvalidIntake with every fault, OSError."""
    faults: list[str] = []
    claims = []
    for line, text in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
        try:
            claims.append(Claim.model_validate_json(text))
        except ValidationError as error:
            faults += [f"{path.name}:{line}: {one}" for one in sentences(error)]
    if faults:
        raise InvalidIntake(faults)
    return claims


def received_claims(connection: Connection) -> list[Claim]:
    """The claims that offices handed in and nobody has decided, in the order in which they came."""
    rows = connection.execute(_RECEIVED).fetchall()
    return [Claim.model_validate_json(content) for (content,) in rows]


def award_claims(
    connection: Connection, rules: Rules, claims: Iterable[Claim], decided: date, who: str
) -> list[Decision]:
    """Decides claims on a day, in one transaction; a refused claim is a decision too and leaves its sentence alone."""
    with connection.transaction():
        lock(connection)
        return [_decide(connection, rules, claim, decided, who) for claim in claims]


def lock(connection: Connection, *, is_shared: bool = False) -> None:
    """Keeps other awards out; a run that is being opened sees all of this transaction or nothing.

    `is_shared`: with others that decide no claim and no change either, beside each other.
    """
    mode = "SHARE" if is_shared else "SHARE ROW EXCLUSIVE"
    connection.execute(f"LOCK TABLE nenkin.claims, nenkin.changes IN {mode} MODE".encode())
    connection.execute(
        "LOCK TABLE nenkin.entitlements, nenkin.figures, nenkin.accounts, nenkin.lumps, nenkin.suspensions "
        "IN ROW EXCLUSIVE MODE"
    )


def refuse(
    connection: Connection, receipt: str, decided: date, error: Exception, who: str
) -> tuple[str, str]:
    """Notes a refusal, once a day, and gives its sentence and the name of its gap ('' where it is about none)."""
    gap = gap_of(error)
    connection.execute(_REFUSE, (receipt, decided, str(error), gap, who))
    return str(error), gap or ""


def refuse_many(
    connection: Connection, refused: Iterable[tuple[str, Exception]], decided: date, who: str
) -> None:
    """The same for many receipts with their errors, in one go."""
    rows = [(receipt, decided, str(error), gap_of(error), who) for receipt, error in refused]
    with connection.cursor() as cursor:
        cursor.executemany(_REFUSE, rows)


def sentences(error: ValidationError) -> Iterator[str]:
    """What is wrong with what was handed in: field, value, rule."""
    for one in error.errors(include_url=False, include_context=False):
        field = ".".join(map(str, one["loc"])) or "line"
        value = json.dumps(one["input"], ensure_ascii=False, default=str)
        yield f"{field} {value[:100]}: {one['msg'].removeprefix('Value error, ')}"


def _decide(
    connection: Connection, rules: Rules, claim: Claim, decided: date, who: str
) -> Decision:
    asked = (claim.receipt, claim.number, claim.code)
    try:
        known = connection.execute(_KNOWN, (claim.receipt,)).fetchone()
        if known is not None:
            if Claim.model_validate_json(known[0]) != claim:
                rule = "it was handed in with other values; a correction is a new claim"
                raise InvalidCase("receipt", claim.receipt, rule)
            return _known(connection, asked, claim, known[2])
        _require_possible(connection, claim)
        require_right(rules, claim)
        figures, lump = _worth(rules, claim, decided)
    except (InvalidCase, NoRule) as error:
        refusal, gap = refuse(connection, claim.receipt, decided, error, who)
        return Decision(*asked, refusal=refusal, gap=gap)
    [opened] = connection.execute(_OPENED).fetchone() or (None,)
    day = first_paid_after(None if lump else claim.begun, decided, opened)
    _write(connection, claim, figures, lump, who, decided)
    values = (claim.receipt, claim.content(), claim.pension, decided, day, lines(figures), who)
    connection.execute(_CLAIM, values)
    made = [(figure.month, figure.award.basic, figure.award.employees) for figure in figures]
    return _decision(asked, made, day, lump)


def lines(figures: Sequence[Figure]) -> Jsonb:
    """The named lines of figures, as claims and changes keep them."""
    return Jsonb(
        [
            {
                "month": figure.month,
                "lines": {name: str(value) for name, value in figure.award.lines},
            }
            for figure in figures
        ]
    )


def _worth(rules: Rules, claim: Claim, decided: date) -> tuple[list[Figure], int]:
    if claim.kind in LUMPS:
        return [], lump_of(rules, claim, decided)
    last = max(claim.begun, month_of(decided))
    figures = figures_of(rules, [Stage(claim.begun, claim)], claim.begun, last, decided)
    if figures[0].award.total == 0:
        raise InvalidCase("credits, earned", 0, "nothing is due of these months")
    return figures, 0


def _known(
    connection: Connection, asked: tuple[str, str, str], claim: Claim, day: date
) -> Decision:
    rows = connection.execute(_FIGURES, (claim.pension, _why(claim))).fetchall()
    [lump] = connection.execute(_LUMP, (claim.pension,)).fetchone() or (0,)
    return _decision(asked, [(row[0], row[1], row[2]) for row in rows], day, lump)


def _require_possible(connection: Connection, claim: Claim) -> None:
    if connection.execute(_HELD, (claim.pension,)).fetchone() is not None:
        raise InvalidCase("number, code", f"{claim.number} {claim.code}", "it is awarded already")
    account = claim.account
    if connection.execute(_BRANCH, (int(account.bank + account.branch),)).fetchone() is None:
        raise InvalidCase("account", f"{account.bank} {account.branch}", "no such branch is known")
    if claim.kind in LUMPS:
        return
    values = {"low": claim.pension // 10_000 * 10_000, "begun": claim.begun}
    for (kind,) in connection.execute(_OTHERS, values).fetchall():
        if kind not in LUMPS and frozenset((kind, claim.kind)) not in _TOGETHER:
            raise NotAwarded("one_pension", f"{claim.number} {claim.code}")


def _write(
    connection: Connection,
    claim: Claim,
    figures: list[Figure],
    lump: int,
    who: str,
    decided: date,
) -> None:
    why = _why(claim)
    connection.execute(_ENTITLE, (claim.number, claim.code, claim.begun, who, why))
    write_figures(connection, claim.pension, figures, who, why)
    if lump:
        connection.execute(_ONCE, (claim.pension, lump, who, why))
    account = claim.account
    values = (claim.pension, decided, account.place, account.kind, account.payee, who, why)
    connection.execute(_ACCOUNT, values)


def write_figures(
    connection: Connection, pension: int, figures: Iterable[Figure], who: str, why: str
) -> None:
    """Adds figures of a pension; of two of one month the later one holds."""
    for figure in figures:
        yen = (figure.award.basic, figure.award.employees)
        connection.execute(_FIGURE, (pension, figure.month, *yen, who, why))


def _decision(
    asked: tuple[str, str, str], figures: Sequence[tuple[int, int, int]], day: date, lump: int
) -> Decision:
    shown = tuple((month_text(month), basic, employees) for month, basic, employees in figures)
    return Decision(*asked, shown, day.isoformat(), lump=lump)


def _why(claim: Claim) -> str:
    return f"award of claim {claim.receipt}"
