"""Brings a cluster's shared settings, role and databases to the wanted state, on its leader.

Reads the wanted state as JSON from standard input and writes {"changed": …, "did": [sentences]}.
Run on every member by role postgres: the leader converges, a replica waits until it sees the same
(so a second run says `changed: false` everywhere, also after a failover). Runs as `postgres`.
"""

from __future__ import annotations

import base64
import json
import ssl
import sys
import time
import urllib.request
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

__all__ = ["Wanted", "difference"]


class ConvergeFailed(Exception):
    """The wanted state was not reached in time; the text says what is missing."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a cluster shall have; `configuration` is Patroni's, shared by all members.

    `owners` has the role of every database: it owns that one and is let into no other.
    """

    socket: str
    owners: Mapping[str, str]
    identity: str
    trust: str
    rest: str
    rest_user: str
    rest_password: str
    configuration: Mapping[str, Any]
    deadline_s: float


def difference(wanted: Mapping[str, Any], present: Mapping[str, Any]) -> dict[str, Any]:
    """The part of `wanted` that `present` lacks or has otherwise: a patch for Patroni's /config."""
    patch: dict[str, Any] = {}
    for key, value in wanted.items():
        have = present.get(key)
        if isinstance(value, Mapping):
            if deeper := difference(value, have if isinstance(have, Mapping) else {}):
                patch[key] = deeper
        elif have != value:
            patch[key] = value
    return patch


def converge(wanted: Wanted) -> list[str]:
    """Act when this member leads, else wait until it has everything; raises ConvergeFailed."""
    # Here and not above: the judgement can be tested where psycopg is not.
    import psycopg

    ends = time.monotonic() + wanted.deadline_s
    last = "never connected"
    while time.monotonic() < ends:
        try:
            with psycopg.connect(
                host=wanted.socket, dbname="postgres", user="postgres", autocommit=True
            ) as connection:
                (is_replica,) = connection.execute("SELECT pg_is_in_recovery()").fetchone() or (1,)
                if not is_replica:
                    return [
                        *_patch(wanted),
                        *(_do(connection, s) for s in _steps(connection, wanted)),
                    ]
                missing = [step.does for step in _steps(connection, wanted)]
                if not missing:
                    return []
                last = f"this replica lacks: {', '.join(missing)}"
        except (psycopg.Error, OSError) as error:
            # A leader may be on its way down or up: the next second is another one.
            last = str(error).strip()
        time.sleep(1)
    raise ConvergeFailed(f"not as wanted after {wanted.deadline_s:.0f} s: {last}")


@dataclass(frozen=True, slots=True)
class Step:
    """One thing to do: in words, and as statement."""

    does: str
    statement: Any


def _steps(connection: Any, wanted: Wanted) -> Iterator[Step]:
    from psycopg import sql

    for role in dict.fromkeys(wanted.owners.values()):
        row = connection.execute(
            "SELECT rolpassword IS NULL, rolcanlogin FROM pg_authid WHERE rolname = %s", [role]
        ).fetchone()
        if row != (True, True):
            # Who the role may be says pg_ident, by certificate: a password would be a second way in.
            verb = "ALTER" if row else "CREATE"
            yield Step(
                f"{verb.lower()} role {role}",
                sql.SQL("{} ROLE {} LOGIN PASSWORD NULL").format(
                    sql.SQL(verb), sql.Identifier(role)
                ),
            )
    for name, role in wanted.owners.items():
        database = sql.Identifier(name)
        row = connection.execute(
            "SELECT has_database_privilege('public', oid, 'CONNECT, TEMPORARY')"
            " FROM pg_database WHERE datname = %s",
            [name],
        ).fetchone()
        if row is None:
            yield Step(
                f"create database {name}",
                sql.SQL("CREATE DATABASE {} OWNER {} TEMPLATE template0 ENCODING 'UTF8'").format(
                    database, sql.Identifier(role)
                ),
            )
        if row is None or row[0]:
            yield Step(
                f"close database {name} to others",
                sql.SQL("REVOKE CONNECT, TEMPORARY ON DATABASE {} FROM PUBLIC").format(database),
            )


def _do(connection: Any, step: Step) -> str:
    connection.execute(step.statement)
    return step.does


def _patch(wanted: Wanted) -> list[str]:
    patch = difference(wanted.configuration, json.loads(_rest(wanted, "GET")))
    if not patch:
        return []
    _rest(wanted, "PATCH", json.dumps(patch).encode())
    return [f"set {', '.join(sorted(patch))} for all members"]


def _rest(wanted: Wanted, method: str, body: bytes | None = None) -> bytes:
    token = base64.b64encode(f"{wanted.rest_user}:{wanted.rest_password}".encode()).decode()
    request = urllib.request.Request(
        f"{wanted.rest}/config",
        method=method,
        data=body,
        headers={"Authorization": f"Basic {token}", "Content-Type": "application/json"},
    )
    context = ssl.create_default_context(cafile=wanted.trust)
    context.load_cert_chain(wanted.identity)
    with urllib.request.urlopen(request, timeout=10, context=context) as answer:
        data: bytes = answer.read()
    return data


def main() -> int:
    """Returns the exit code: 0 as wanted, 1 not."""
    said = json.load(sys.stdin)
    wanted = Wanted(**said)
    try:
        did = converge(wanted)
    except ConvergeFailed as error:
        sys.stderr.write(f"{error}\n")
        return 1
    sys.stdout.write(json.dumps({"changed": bool(did), "did": did}) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
