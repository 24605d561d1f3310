"""Who does a batch, and the act that its rows name: the same key again is the same act."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID, uuid5

from nenkin.payments.connection import Connection

__all__ = ["Who", "enter_act", "key_of"]

_SPACE = UUID("6e656e6b-696e-5063-8f6c-6c6563740000")
_ENTER = """
    INSERT INTO nenkin.acts (key, operator, terminal, office, purpose) VALUES (%s, %s, 'batch', %s, %s)
    ON CONFLICT (key) DO NOTHING RETURNING id"""


@dataclass(frozen=True, slots=True)
class Who:
    """The operator, the office and the reason, as they are kept."""

    operator: str
    office: str
    why: str


def key_of(*words: object) -> UUID:
    """The key of what these words name."""
    return uuid5(_SPACE, "/".join(map(str, words)))


def enter_act(connection: Connection, who: Who, *words: object) -> tuple[int, bool]:
    """The act that the words name, and whether it is new; psycopg.Error."""
    key = key_of(*words)
    row = connection.execute(_ENTER, (key, who.operator, who.office, who.why)).fetchone()
    if row is not None:
        return int(row[0]), True
    row = connection.execute("SELECT id FROM nenkin.acts WHERE key = %s", (key,)).fetchone()
    assert row is not None
    return int(row[0]), False
