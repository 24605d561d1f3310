"""The estate's chain of recorded acts on this machine: begun where there is none, and appended to.

The head of the chain is put beside the chain's folder too, and from there sent to a place that whoever records cannot
write (`cli/head_keeping.py`).
"""

from __future__ import annotations

import os
import socket
from datetime import UTC, datetime, timedelta
from pathlib import Path

from proof import (
    Act,
    Actor,
    Chain,
    Purpose,
    SigningKey,
    TrustedKey,
    create_chain,
    make_key,
    parse_trust,
    read_key,
    trust_file,
    write_key,
)
from twin.places import Places

__all__ = ["actor", "append_act", "chain_of", "last_head"]

_TEN_YEARS = timedelta(days=3652)


def actor(person: str, role: str) -> Actor:
    """Somebody at this machine."""
    return Actor(person=person, role=role, terminal=socket.gethostname())


def append_act(chain: Chain, act: Act, places: Places) -> bytes:
    """Record an act and give the chain's new head; AppendFailed where that cannot be."""
    data = chain.append(act).head.data()
    head = _head(act.estate, places)
    temporary = head.with_name(f".{head.name}.{os.getpid()}")
    temporary.write_bytes(data)
    temporary.replace(head)
    return data


def last_head(estate: str, places: Places) -> bytes | None:
    """The head of the estate's chain on this machine; None where nothing was recorded yet."""
    path = _head(estate, places)
    return path.read_bytes() if path.exists() else None


def chain_of(estate: str, places: Places) -> Chain:
    """The estate's chain on this machine, begun with a key of its own where there is none."""
    folder = _folder(places)
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    signer = _signer(places.secrets(estate) / "records.pem")
    trusted = folder / f"{estate}.trust.json"
    if not trusted.exists():
        now = datetime.now(UTC)
        key = TrustedKey.of(
            signer.public,
            socket.gethostname(),
            (Purpose.RECORD, Purpose.HEAD),
            now - timedelta(minutes=1),
            now + _TEN_YEARS,
        )
        trusted.write_bytes(trust_file((key,)))
    trust = parse_trust(trusted.read_bytes(), str(trusted))
    place = folder / estate
    if (place / "records.jsonl").exists():
        return Chain(place, signer, trust)
    return create_chain(place, estate, signer, trust)


def _head(estate: str, places: Places) -> Path:
    return _folder(places) / f"{estate}.head.json"


def _folder(places: Places) -> Path:
    return places.home / "records"


def _signer(path: Path) -> SigningKey:
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        write_key(path, make_key())
    return read_key(path)
