"""Pseudonyms: the same person is the same under one key, and nobody without the key can go back or try numbers out."""

from __future__ import annotations

import hmac
from dataclasses import dataclass, field
from pathlib import Path

BYTES = 16  # of a pseudonym: no two of all persons ever meet by chance
LEAST_KEY = 32
_OTHERS = 0o077


class InvalidKey(ValueError):
    """A key cannot be used; the message names its file and the rule, never the key."""


@dataclass(frozen=True, slots=True)
class Pseudonyms:
    """Makes pseudonyms of one key."""

    key: bytes = field(repr=False)

    @classmethod
    def read(cls, path: Path, data: Path) -> Pseudonyms:
        """Those of the key in a file, which must lie outside the folder of the data; raises InvalidKey."""
        if path.resolve().is_relative_to(data.resolve()):
            raise InvalidKey(
                f"key {path}: it lies with the data in {data}; keep it apart from them"
            )
        try:
            key = path.read_bytes().strip()
            mode = path.stat().st_mode
        except OSError as error:
            raise InvalidKey(f"key {path}: {error.strerror}") from error
        if mode & _OTHERS:
            raise InvalidKey(f"key {path}: mode {mode & 0o777:o} lets others read it; chmod 600")
        if len(key) < LEAST_KEY:
            raise InvalidKey(f"key {path}: {len(key)} bytes, at least {LEAST_KEY} are needed")
        return cls(key)

    def of(self, number: str) -> str:
        """The pseudonym of a number, in hexadecimal."""
        return hmac.digest(self.key, number.encode(), "sha256")[:BYTES].hex()

    def name(self) -> str:
        """Which key it is, without telling anything of it: exports of one name can be joined."""
        return self.of("key of nenkin.statistics")[:16]
