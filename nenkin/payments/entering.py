"""Awards, later figures, accounts and bank branches, taken in from files: whole or not at all, and each file once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from nenkin.payments import fields
from nenkin.payments.checked import Check, lay_beside, require
from nenkin.payments.connection import Connection
from nenkin.payments.intake import Column, Intake, InvalidIntake, is_known, note, read_intake

__all__ = ["KINDS", "enter"]

_NUMBER = Column("number", fields.number)
_CODE = Column("code", fields.code)
_YEN = (Column("basic", fields.yen), Column("employees", fields.yen))
_PENSION = "(substr(number, 1, 4) || substr(number, 6, 6) || code)::bigint"
_NAMED = "number || ' ' || code"

_IS_AWARDED = Check(
    "number, code",
    "no such pension is awarded",
    f"SELECT line, {_NAMED} FROM incoming WHERE {_PENSION} NOT IN (SELECT pension FROM nenkin.entitlements)",
)


def _once(key: str) -> Check:
    query = f"""SELECT line, {_NAMED} FROM (
        SELECT line, number, code, row_number() OVER (PARTITION BY {key} ORDER BY line) AS place FROM incoming) numbered
        WHERE place > 1"""
    return Check("number, code", "it stands in the file twice", query)


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of file: its columns, how they lie in the database, what is checked there, and what is inserted."""

    columns: tuple[Column, ...]
    types: str
    checks: tuple[Check, ...]
    inserts: tuple[str, ...]
    locks: str


KINDS: Mapping[str, Kind] = {
    "branches": Kind(
        (
            Column("bank", lambda text: fields.digits(text, 4)),
            Column("branch", lambda text: fields.digits(text, 3)),
            Column("bank_name", lambda text: fields.payee(text, 15)),
            Column("branch_name", lambda text: fields.payee(text, 15)),
        ),
        "bank text, branch text, bank_name text, branch_name text",
        (
            Check(
                "bank, branch",
                "the branch is known by another name: a branch renamed gets a code of its own",
                """SELECT line, bank || ' ' || i.branch FROM incoming i JOIN nenkin.branches b
                   ON b.branch = (bank || i.branch)::integer
                   WHERE (b.bank_name, b.branch_name) <> (i.bank_name, i.branch_name)""",
            ),
        ),
        (
            """INSERT INTO nenkin.branches (branch, bank_name, branch_name)
               SELECT (bank || branch)::integer, bank_name, branch_name FROM incoming ON CONFLICT DO NOTHING""",
        ),
        "nenkin.branches",
    ),
    "awards": Kind(
        (_NUMBER, _CODE, Column("begun", fields.month), *_YEN),
        "number text, code text, begun integer, basic integer, employees integer",
        (
            _once(_PENSION),
            Check(
                "number, code",
                "the pension is awarded already; a change of its amount is a figure",
                f"SELECT line, {_NAMED} FROM incoming WHERE {_PENSION} IN (SELECT pension FROM nenkin.entitlements)",
            ),
            Check(
                "basic, employees",
                "one of them must be above 0",
                "SELECT line, '0, 0' FROM incoming WHERE basic + employees = 0",
            ),
        ),
        (
            """INSERT INTO nenkin.entitlements (number, code, begun, who, why)
               SELECT number, code, begun, %(who)s, %(why)s FROM incoming ORDER BY line""",
            f"""INSERT INTO nenkin.figures (pension, month, basic, employees, who, why)
               SELECT {_PENSION}, begun, basic, employees, %(who)s, %(why)s FROM incoming ORDER BY line""",
        ),
        "nenkin.entitlements, nenkin.figures",
    ),
    "figures": Kind(
        (_NUMBER, _CODE, Column("month", fields.month), *_YEN),
        "number text, code text, month integer, basic integer, employees integer",
        (
            _once(f"{_PENSION}, month"),
            _IS_AWARDED,
            Check(
                "month",
                "it is before the right began",
                """SELECT line, nenkin.month_text(month) FROM incoming i JOIN nenkin.entitlements e
                    ON e.pension = (substr(i.number, 1, 4) || substr(i.number, 6, 6) || i.code)::bigint
                    WHERE month < begun""",
            ),
        ),
        (
            f"""INSERT INTO nenkin.figures (pension, month, basic, employees, who, why)
               SELECT {_PENSION}, month, basic, employees, %(who)s, %(why)s FROM incoming ORDER BY line""",
        ),
        "nenkin.figures",
    ),
    "accounts": Kind(
        (
            _NUMBER,
            _CODE,
            Column("since", fields.day),
            Column("bank", lambda text: fields.digits(text, 4)),
            Column("branch", lambda text: fields.digits(text, 3)),
            Column("kind", fields.account_kind),
            Column("account", lambda text: fields.digits(text, 7)),
            Column("payee", fields.payee),
        ),
        "number text, code text, since date, bank text, branch text, kind text, account text, payee text",
        (
            _once(f"{_PENSION}, since"),
            _IS_AWARDED,
            Check(
                "bank, branch",
                "no such branch is known: take in the banks' branches first",
                """SELECT line, bank || ' ' || branch FROM incoming
                   WHERE (bank || branch)::integer NOT IN (SELECT branch FROM nenkin.branches)""",
            ),
        ),
        (
            f"""INSERT INTO nenkin.accounts (pension, since, place, kind, payee, who, why)
               SELECT {_PENSION}, since, (bank || branch || account)::bigint, kind, payee, %(who)s, %(why)s
               FROM incoming ORDER BY line""",
        ),
        "nenkin.accounts",
    ),
}


def enter(connection: Connection, kind: str, path: Path, who: str, why: str) -> tuple[Intake, bool]:
    """Takes a file of a kind in; False where it was taken in before. Raises InvalidIntake, OSError."""
    if kind not in KINDS:
        raise InvalidIntake([f"kind {kind!r}: it is one of {', '.join(KINDS)}"])
    if not (who.strip() and why.strip()):
        raise InvalidIntake([f"who {who!r}, why {why!r}: both must be said"])
    rules = KINDS[kind]
    intake = read_intake(path, rules.columns)
    with connection.transaction():
        if is_known(connection, intake):
            return intake, False
        # As an INSERT would, but before the checks: a run that is being opened comes before or after, never between.
        connection.execute(f"LOCK TABLE {rules.locks} IN ROW EXCLUSIVE MODE".encode())
        lay_beside(connection, rules.types, intake)
        require(connection, intake, rules.checks)
        for insert in rules.inserts:
            connection.execute(
                insert.encode(), {"who": who, "why": why} if "%(who)s" in insert else None
            )
        note(connection, intake, kind, who, why)
    return intake, True
