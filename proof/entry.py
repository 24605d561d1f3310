"""Entries of a chain and the signed head that says how long it is.

An entry is `{at, body, chain, key, prev, seq, sig}` in canonical JSON, one a line: `prev` is the
SHA-256 of the entry before (64 zeros for the first), and `sig` signs the canonical entry without
`sig`. A head is `{at, chain, format, hash, key, sig, size}`: `hash` is that of entry `size - 1`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from proof.canonical import LARGEST_INTEGER, canonical, digest
from proof.errors import InvalidEntry
from proof.moment import format_moment, parse_moment
from proof.signing import PublicKey, Purpose, SigningKey

__all__ = [
    "HEAD_FORMAT",
    "NOTHING",
    "Entry",
    "Head",
    "entry_of",
    "head_of",
    "make_entry",
    "make_head",
    "sign",
]

HEAD_FORMAT = "hikae.head/1"
NOTHING = "0" * 64
"""What the first entry gives as the hash of the entry before it."""

_TEXTS = {
    "chain": re.compile(r"[0-9a-f]{32}"),
    "prev": re.compile(r"[0-9a-f]{64}"),
    "hash": re.compile(r"[0-9a-f]{64}"),
    "key": re.compile(r"[0-9a-f]{16}"),
    "sig": re.compile(r"[0-9a-f]{128}"),
}
_COUNTS = ("seq", "size")
_ENTRY = frozenset({"at", "body", "chain", "key", "prev", "seq", "sig"})
_HEAD = frozenset({"at", "chain", "format", "hash", "key", "sig", "size"})


@dataclass(frozen=True, slots=True)
class _Signed:
    """What both have: a document with a key's signature over all the rest of it."""

    document: Mapping[str, Any]

    @property
    def chain(self) -> str:
        """The chain's id: 32 hexadecimal digits, drawn when it began."""
        return str(self.document["chain"])

    @property
    def key(self) -> str:
        """The id of the key that signed."""
        return str(self.document["key"])

    @property
    def at(self) -> datetime:
        """When it was signed, by the clock of who signed."""
        return parse_moment(self.document["at"])

    def data(self) -> bytes:
        """Give the canonical bytes."""
        return canonical(self.document)

    def is_signed(self, key: PublicKey, purpose: Purpose) -> bool:
        """Whether the signature is this key's, over exactly this content."""
        rest = {name: value for name, value in self.document.items() if name != "sig"}
        return key.has_signed(purpose, canonical(rest), bytes.fromhex(self.document["sig"]))


class Entry(_Signed):
    """One entry of a chain."""

    __slots__ = ()

    @property
    def seq(self) -> int:
        """Its number, from 0."""
        return int(self.document["seq"])

    @property
    def prev(self) -> str:
        """The hash of the entry before."""
        return str(self.document["prev"])

    @property
    def body(self) -> Mapping[str, Any]:
        """What it says (`proof.bodies`)."""
        body: Mapping[str, Any] = self.document["body"]
        return body

    @property
    def hash(self) -> str:
        """What the next entry gives as `prev`."""
        return digest(self.data())


class Head(_Signed):
    """How long a chain is, signed."""

    __slots__ = ()

    @property
    def size(self) -> int:
        """How many entries it speaks for."""
        return int(self.document["size"])

    @property
    def hash(self) -> str:
        """The hash of the last of them."""
        return str(self.document["hash"])


def sign(document: Mapping[str, Any], signer: SigningKey, purpose: Purpose) -> dict[str, Any]:
    """Add the id of a key and its signature."""
    named = {**document, "key": signer.public.id}
    return {**named, "sig": signer.sign(purpose, canonical(named)).hex()}


def make_entry(
    signer: SigningKey, *, chain: str, seq: int, prev: str, at: datetime, body: Mapping[str, Any]
) -> Entry:
    """Sign an entry."""
    fields = {"at": format_moment(at), "body": body, "chain": chain, "prev": prev, "seq": seq}
    return Entry(sign(fields, signer, Purpose.RECORD))


def make_head(signer: SigningKey, *, chain: str, size: int, hash_: str, at: datetime) -> Head:
    """Sign a head."""
    fields = {"at": format_moment(at), "chain": chain, "format": HEAD_FORMAT, "hash": hash_}
    return Head(sign({**fields, "size": size}, signer, Purpose.HEAD))


def entry_of(value: object) -> Entry:
    """Give the entry that a JSON value is; InvalidEntry says what of its form is wrong."""
    document = _checked(value, _ENTRY)
    if not isinstance(document["body"], dict):
        raise InvalidEntry("`body` is no object")
    return Entry(document)


def head_of(value: object) -> Head:
    """Give the head that a JSON value is; InvalidEntry says what of its form is wrong."""
    document = _checked(value, _HEAD)
    if document["format"] != HEAD_FORMAT:
        raise InvalidEntry(f"`format` is not {HEAD_FORMAT}")
    if document["size"] == 0:
        raise InvalidEntry("`size` is 0, and a chain has a first entry")
    return Head(document)


def _checked(value: object, keys: frozenset[str]) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise InvalidEntry("is no object")
    if value.keys() != keys:
        odd = ", ".join(sorted(map(str, value.keys() ^ keys)))
        raise InvalidEntry(f"has other keys than {', '.join(sorted(keys))}: {odd}")
    for name, form in _TEXTS.items():
        if name in keys and not (isinstance(value[name], str) and form.fullmatch(value[name])):
            raise InvalidEntry(f"`{name}` does not match {form.pattern}")
    for name in _COUNTS:
        if name in keys and not (type(value[name]) is int and 0 <= value[name] < LARGEST_INTEGER):
            raise InvalidEntry(f"`{name}` is no whole number from 0")
    try:
        exact = format_moment(parse_moment(value["at"]))
    except ValueError as error:
        raise InvalidEntry(f"`at` {error}") from error
    if exact != value["at"]:
        raise InvalidEntry("`at` is not written with microseconds")
    return value
