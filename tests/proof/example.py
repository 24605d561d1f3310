"""A well-formed chain of eight entries, the same at every run, and the keys around it."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime, timedelta
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from proof import Act, Purpose, SigningKey, Trust, TrustedKey, act_of
from proof.bodies import Genesis
from proof.entry import NOTHING, Entry, Head, make_entry, make_head

BEGIN = datetime(2026, 9, 1, tzinfo=UTC)
SIZE = 8
CHAIN, OTHER_CHAIN = "c0" * 16, "0c" * 16
RECORD, HEAD = Purpose.RECORD, Purpose.HEAD


def key(name: str) -> SigningKey:
    """Make the key of a name."""
    return SigningKey(Ed25519PrivateKey.from_private_bytes(hashlib.sha256(name.encode()).digest()))


def trusted(name: str, roles: tuple[Purpose, ...], since: datetime, until: datetime) -> TrustedKey:
    return TrustedKey.of(key(name).public, name, roles, since, until)


YEAR = (datetime(2026, 1, 1, tzinfo=UTC), datetime(2027, 1, 1, tzinfo=UTC))
TRUSTED = (
    trusted("operator", (RECORD, HEAD), *YEAR),
    trusted("deputy", (RECORD, HEAD), *YEAR),
    trusted("clerk", (RECORD,), *YEAR),
    trusted("notary", (HEAD,), *YEAR),
    trusted("former", (RECORD, HEAD), YEAR[0], BEGIN),
    trusted("future", (RECORD, HEAD), BEGIN + timedelta(days=1), YEAR[1]),
)
TRUST = Trust({one.id: one for one in TRUSTED})
"""Everybody whom the cases name, except the `stranger`."""


def act_document(number: int) -> dict[str, Any]:
    """Give the act of an entry as JSON values."""
    start = BEGIN + timedelta(minutes=number)
    return {
        "format": "hikae.act/1",
        "estate": "lighthouse",
        "on": "twin" if number % 2 else "production",
        "verb": ["provision", "net push", "drill run", "backup run", "patch"][number % 5],
        "who": {"person": "sato", "role": "operations", "terminal": "bastion1.mitaka"},
        "change": f"CHG-{4700 + number}",
        "started": start.isoformat().replace("+00:00", "Z"),
        "ended": (start + timedelta(seconds=20)).isoformat().replace("+00:00", "Z"),
        "difference": {"sha256": f"{number:064x}", "bytes": 120, "counts": {"hosts": number}},
        "result": {"state": "finding", "sentences": [f"サーバ {number} differs"]},
        "transcripts": {"ansible.log": {"sha256": f"{number:064x}", "bytes": 99}},
        "overrides": [
            {"rule": "change-freeze", "reason": "leak", "persons": ["kudo", "mori"]},
        ],
        "approvals": [{"person": "kudo", "role": "change", "at": "2026-08-31T09:00:00Z"}],
    }


def act(number: int = 1) -> Act:
    return act_of(act_document(number))


def moment(number: int) -> datetime:
    """Give when an entry is recorded."""
    return BEGIN + timedelta(minutes=number, seconds=30)


def make_chain(chain: str = CHAIN, estate: str = "lighthouse", by: str = "operator") -> list[Entry]:
    """Make the entries of a chain."""
    entries: list[Entry] = []
    for number in range(SIZE):
        body = act_document(number) | {"estate": estate}
        if number == 0:
            body = Genesis(chain=chain, estate=estate).document()
        prev = entries[-1].hash if entries else NOTHING
        at = moment(number)
        entries.append(make_entry(key(by), chain=chain, seq=number, prev=prev, at=at, body=body))
    return entries


def head_of_entries(entries: list[Entry], by: str = "operator") -> Head:
    """Sign the head of a chain."""
    last = entries[-1]
    size = last.seq + 1
    return make_head(key(by), chain=last.chain, size=size, hash_=last.hash, at=last.at)


def lines_of(entries: list[Entry]) -> bytes:
    return b"".join(entry.data() + b"\n" for entry in entries)
