"""Ed25519 keys (RFC 8032): what is signed for one purpose is no signature for another."""

from __future__ import annotations

import os
import stat
from dataclasses import dataclass, field
from enum import StrEnum
from functools import lru_cache
from pathlib import Path

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)

from proof.canonical import digest
from proof.errors import InvalidKey

__all__ = ["PublicKey", "Purpose", "SigningKey", "key_id", "make_key", "read_key", "write_key"]

_ID_DIGITS = 16
_LONGEST_FILE = 10_000


class Purpose(StrEnum):
    """What a key may sign; a signature for one purpose never holds for another."""

    RECORD = "record"
    HEAD = "head"

    @property
    def context(self) -> bytes:
        """The bytes before what is signed; the zero byte ends them, so none begins another."""
        return f"hikae {self} v1\0".encode()


@dataclass(frozen=True, slots=True)
class PublicKey:
    """The half of a key that everybody may know: 32 bytes."""

    raw: bytes

    @property
    def id(self) -> str:
        """The first 16 hexadecimal digits of the SHA-256 of its bytes."""
        return key_id(self.raw)

    def has_signed(self, purpose: Purpose, data: bytes, signature: bytes) -> bool:
        """Whether this key signed these bytes for this purpose."""
        try:
            _load(self.raw).verify(signature, purpose.context + data)
        except (InvalidSignature, ValueError):
            return False
        return True


@dataclass(frozen=True, slots=True)
class SigningKey:
    """The half of a key that signs; it shows itself nowhere."""

    private: Ed25519PrivateKey = field(repr=False)

    @property
    def public(self) -> PublicKey:
        """The half that everybody may know."""
        return PublicKey(self.private.public_key().public_bytes_raw())

    def sign(self, purpose: Purpose, data: bytes) -> bytes:
        """Sign bytes for a purpose; 64 bytes, the same ones for the same data."""
        return self.private.sign(purpose.context + data)


def key_id(raw: bytes) -> str:
    """Give the short name of a public key of 32 bytes."""
    return digest(raw)[:_ID_DIGITS]


def make_key() -> SigningKey:
    """Make a new key from the machine's randomness."""
    return SigningKey(Ed25519PrivateKey.generate())


def write_key(path: Path, key: SigningKey) -> None:
    """Write a private key as PEM (PKCS 8) for its owner alone; InvalidKey where a file stands."""
    data = key.private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    except OSError as error:
        raise InvalidKey(
            f"{path}: {error.strerror}; name a file that does not exist yet"
        ) from error
    with os.fdopen(handle, "wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())


def read_key(path: Path) -> SigningKey:
    """Read a private key from PEM; InvalidKey where others may read it or it is none of ours."""
    try:
        handle = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    except OSError as error:
        raise InvalidKey(f"{path}: {error.strerror}; name a file with a private key") from error
    with os.fdopen(handle, "rb") as file:
        # The open file and not the path, or another file could be put there in between.
        mode = stat.S_IMODE(os.fstat(file.fileno()).st_mode)
        if mode & 0o077:
            raise InvalidKey(
                f"{path}: mode {mode:04o} lets others at the private key; `chmod 600 {path}`, and"
                " make a new key if anybody may have read it"
            )
        data = file.read(_LONGEST_FILE)
    try:
        private = load_pem_private_key(data, password=None)
    except TypeError as error:
        raise InvalidKey(
            f"{path}: is locked with a password; hikae signs unattended, take one without"
        ) from error
    except (ValueError, UnsupportedAlgorithm) as error:
        raise InvalidKey(f"{path}: is no private key in PEM; make one with `write_key`") from error
    if not isinstance(private, Ed25519PrivateKey):
        raise InvalidKey(f"{path}: is no Ed25519 key; make one with `write_key`")
    return SigningKey(private)


@lru_cache(maxsize=256)
def _load(raw: bytes) -> Ed25519PublicKey:
    return Ed25519PublicKey.from_public_bytes(raw)
