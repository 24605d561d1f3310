"""`python -m nenkin operators`: which operators are no clerks, and a role given to one."""

from __future__ import annotations

import argparse
from typing import Any

import psycopg

from nenkin.access.caller import code
from nenkin.access.roles import rights
from nenkin.connection import connection_string

_LIST = """
    SELECT DISTINCT ON (operator) operator, role, granted_by, reason, granted_at
    FROM nenkin.operators ORDER BY operator, revision DESC"""
# Two at once: the second is refused by the key, and is run again.
_GRANT = """
    INSERT INTO nenkin.operators (operator, revision, role, granted_by, reason)
    SELECT %(operator)s, coalesce(max(revision), 0) + 1, %(role)s, %(by)s, %(reason)s
    FROM nenkin.operators WHERE operator = %(operator)s
    HAVING (SELECT role FROM nenkin.operators WHERE operator = %(operator)s
            ORDER BY revision DESC LIMIT 1) IS DISTINCT FROM %(role)s"""
_NAMES = ("operator", "role", "granted_by", "reason", "granted_at")


def add_command(commands: Any) -> None:
    """Adds `operators` to the commands of a parser."""
    verbs = commands.add_parser("operators", help="roles of those who are no clerks")
    verb = verbs.add_subparsers(dest="verb", required=True)
    verb.add_parser("list", help="every operator who was ever given a role, with the present one")
    granting = verb.add_parser("grant", help="give an operator a role; clerk takes others away")
    granting.add_argument("operator")
    granting.add_argument("role", help=", ".join(rights()))
    granting.add_argument("--by", required=True, metavar="OPERATOR", help="who decided it")
    granting.add_argument("--reason", required=True)


def run_command(options: argparse.Namespace, dsn: str) -> tuple[dict[str, Any], int]:
    """Lists or grants; 0 done, 1 refused by the database, 2 wrong call, 3 database unreachable."""
    try:
        with psycopg.connect(connection_string(dsn, "nenkin-operators")) as connection:
            if options.verb == "list":
                rows = connection.execute(_LIST).fetchall()
                found = [
                    dict(zip(_NAMES, (*row[:-1], row[-1].isoformat()), strict=True)) for row in rows
                ]
                return {"operators": found}, 0
            fault = _fault(options)
            if fault:
                return {"error": fault}, 2
            values = {name: getattr(options, name) for name in ("operator", "role", "by", "reason")}
            done = connection.execute(_GRANT, values)
            return {
                "changed": done.rowcount > 0,
                "operator": options.operator,
                "role": options.role,
            }, 0
    except psycopg.OperationalError as error:
        return {"error": str(error)}, 3
    except psycopg.Error as error:
        return {"error": f"nothing was changed: {error}"}, 1


def _fault(options: argparse.Namespace) -> str | None:
    try:
        code(options.operator)
        code(options.by)
    except ValueError as error:
        return f"operator: {error}"
    if options.role not in rights():
        return f"role: {options.role!r} is none of {', '.join(rights())}"
    if options.by == options.operator:
        return f"--by: {options.by} is the operator; another decides what somebody may"
    return None if options.reason.strip() else "--reason: it is empty; say why"
