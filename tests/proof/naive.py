"""A second verifier, written for nothing but to disagree with the first: one pass, yes or no.

It has no code in common with `proof`: JSON by the standard library, canonical form by rfc8785 alone,
signatures by cryptography, and its own few rules for what an act must say.
"""

from __future__ import annotations

import hashlib
import json
from datetime import datetime
from typing import Any

import rfc8785
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

NOT_SOUND = (
    AssertionError,
    LookupError,
    TypeError,
    ValueError,
    AttributeError,
    RecursionError,
    InvalidSignature,
)
ACT = "format estate on verb who change started ended difference result transcripts overrides approvals"


def is_sound(lines: bytes, head: bytes | None, trust: bytes, kept: bytes | None = None) -> bool:
    """Say whether nothing speaks against a chain."""
    keys = {key["id"]: key for key in json.loads(trust)["keys"]}
    try:
        check(lines.split(b"\n")[:-1], head, keys, kept)
    except NOT_SOUND:
        return False
    return True


def check(texts: list[bytes], head: bytes | None, keys: Any, kept: bytes | None) -> None:
    hashes, at, first = ["0" * 64], "", json.loads(texts[0])
    for seq, text in enumerate(texts):
        entry = load(text, "record", keys)
        assert entry.keys() == {"at", "body", "chain", "key", "prev", "seq"}
        assert (entry["seq"], entry["prev"], entry["chain"]) == (seq, hashes[-1], first["chain"])
        assert entry["at"] >= at
        check_body(entry["body"], seq, first)
        at, hashes = entry["at"], [*hashes, hashlib.sha256(text).hexdigest()]
    own = load((head or b"").removesuffix(b"\n"), "head", keys)
    last = json.loads(texts[own["size"] - 1])
    assert own["size"] in {len(texts), len(texts) - 1}
    assert own["at"] >= last["at"]
    for one in (own, load(kept.removesuffix(b"\n"), "head", keys) if kept else own):
        assert one.keys() == {"at", "chain", "format", "hash", "key", "size"}
        assert one["format"] == "hikae.head/1"
        assert (one["chain"], one["hash"]) == (first["chain"], hashes[one["size"]])
        assert one["size"] > 0


def load(text: bytes, purpose: str, keys: Any) -> Any:
    """Read what is signed, without its signature."""
    value = json.loads(text)
    assert rfc8785.dumps(value) == text
    signature, trusted = bytes.fromhex(value["sig"]), keys[value["key"]]
    assert value.pop("sig") == signature.hex()
    signed = f"hikae {purpose} v1\0".encode() + rfc8785.dumps(value)
    Ed25519PublicKey.from_public_bytes(bytes.fromhex(trusted["public"])).verify(signature, signed)
    assert purpose in trusted["roles"]
    assert trusted["valid_from"] <= value["at"] < trusted["valid_until"]
    assert datetime.fromisoformat(value["at"])
    assert len(value["at"]) == len("2026-01-01T00:00:00.000000Z")
    return value


def check_body(body: Any, seq: int, first: Any) -> None:
    if seq == 0:
        assert body["format"] == "hikae.chain/1"
        assert body["chain"] == first["chain"]
    elif body["format"] == "hikae.aside/1":
        assert body["files"]
    else:
        assert body["format"] == "hikae.act/1"
        assert body["estate"] == first["body"]["estate"]
        assert body.keys() == set(ACT.split())
        assert datetime.fromisoformat(body["started"]) <= datetime.fromisoformat(body["ended"])
        assert body["result"]["state"] == "fine" or body["result"]["sentences"]
        for rule in body["overrides"]:
            assert len(set(rule["persons"])) == len(rule["persons"]) == 2
        for approval in body["approvals"]:
            assert approval["person"] != body["who"]["person"]
            assert datetime.fromisoformat(approval["at"]) <= datetime.fromisoformat(body["ended"])
