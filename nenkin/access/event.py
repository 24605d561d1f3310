"""Events of access: what somebody read, wrote or was refused."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from nenkin.access.caller import HEADERS, Caller
from nenkin.connection import Connection

_INSERT = """
    INSERT INTO nenkin.access_events
        (operator, terminal, office, purpose, kind, subject, outcome, fields, detail)
    SELECT * FROM unnest(%s::text[], %s::text[], %s::text[], %s::text[], %s::text[], %s::text[], %s::text[],
                         %s::text[], %s::text[])"""
# A refused request may say anything; so much of it is kept.
_MOST = 200


@dataclass(frozen=True, slots=True)
class Event:
    """One event: who, what kind, whose record (a number or an establishment), and how it ended.

    `fields` are the parts of the record that were shown or written, `detail` what was asked or the key of what was
    written; where a request was refused, `detail` is the reason, and parts of who asked may be missing.
    """

    operator: str | None
    terminal: str | None
    office: str | None
    purpose: str | None
    kind: str
    subject: str | None = None
    outcome: str = "done"
    fields: str = ""
    detail: str = ""

    @classmethod
    def of(cls, caller: Caller, kind: str, subject: str | None = None, **more: str) -> Event:
        """What a caller did."""
        who = (caller.operator, caller.terminal, caller.office, caller.purpose)
        return cls(*who, kind, subject, **more)

    @classmethod
    def refused(
        cls, headers: Mapping[str, str], kind: str, subject: str | None, reason: str
    ) -> Event:
        """A request that was refused before it was known who asks; what is no code is left out."""
        operator, terminal, office, purpose = (_said(headers.get(name)) for name in HEADERS)
        detail = plain(reason)
        return cls(operator, terminal, office, purpose, kind, subject, "refused", "", detail)


def _said(value: str | None) -> str | None:
    is_plain = value is not None and value.isascii() and value.isprintable()
    return value[:_MOST] if value and is_plain else None


def plain(text: str) -> str:
    """`text` as the database can keep it, its beginning."""
    return "".join(sign if sign.isprintable() else "?" for sign in text)[:_MOST]


async def enter(connection: Connection, events: Sequence[Event]) -> None:
    """Enters events in the transaction of a connection, or in one of their own."""
    rows = [
        (
            event.operator,
            event.terminal,
            event.office,
            event.purpose,
            event.kind,
            event.subject,
            event.outcome,
            event.fields,
            event.detail,
        )
        for event in events
    ]
    columns = [_array(column) for column in zip(*rows, strict=True)]
    await connection.execute(_INSERT, columns, prepare=True)


def _array(values: Sequence[str | None]) -> str:
    # psycopg's own way with lists takes five times as long, which is much of what a read costs.
    return "{" + ",".join(["NULL" if value is None else _quoted(value) for value in values]) + "}"


def _quoted(value: str) -> str:
    escaped = value.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'
