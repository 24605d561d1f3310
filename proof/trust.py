"""Whom to trust: public keys, who holds them, what they may sign, and from when until when."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Literal

from pydantic import ValidationError, model_validator

from proof.canonical import canonical, parse
from proof.errors import Fault, InvalidCanonical, InvalidTrust
from proof.forms import Document, Hash, KeyId, Text, faults_of
from proof.moment import Moment, format_moment
from proof.signing import PublicKey, Purpose, key_id

__all__ = ["Distrust", "Trust", "TrustedKey", "parse_trust", "read_trust", "trust_file"]


class TrustedKey(Document):
    """A public key with its holder, for a limited time."""

    id: KeyId
    public: Hash
    holder: Text
    roles: tuple[Purpose, ...]
    valid_from: Moment
    valid_until: Moment
    """The first moment at which it is not valid any more."""

    @model_validator(mode="after")
    def _ensure_consistent(self) -> TrustedKey:
        if self.id != key_id(bytes.fromhex(self.public)):
            own = key_id(bytes.fromhex(self.public))
            raise ValueError(f"id {self.id} is not that of its public key; write {own}")
        if not self.roles:
            raise ValueError("may sign nothing; give it a role")
        if self.valid_from >= self.valid_until:
            raise ValueError("valid_until is not after valid_from; correct one of them")
        return self

    @property
    def key(self) -> PublicKey:
        """The key itself."""
        return PublicKey(bytes.fromhex(self.public))

    @classmethod
    def of(
        cls, key: PublicKey, holder: str, roles: Iterable[Purpose], since: datetime, until: datetime
    ) -> TrustedKey:
        """Trust a key that is at hand."""
        return cls(
            id=key.id,
            public=key.raw.hex(),
            holder=holder,
            roles=tuple(roles),
            valid_from=since,
            valid_until=until,
        )


class _TrustFile(Document):
    format: Literal["hikae.trust/1"] = "hikae.trust/1"
    keys: tuple[TrustedKey, ...]


@dataclass(frozen=True, slots=True)
class Distrust:
    """Why a signature counts for nothing, although it may hold."""

    kind: Literal["untrusted-key", "wrong-role", "outside-validity"]
    sentence: str


@dataclass(frozen=True, slots=True)
class Trust:
    """The keys that count, by id."""

    keys: Mapping[str, TrustedKey]

    def find(self, key: str) -> PublicKey | None:
        """Give a trusted key by its id, None where it is not trusted at all."""
        found = self.keys.get(key)
        return found.key if found else None

    def refusal(self, key: str, purpose: Purpose, at: datetime) -> Distrust | None:
        """Say why a key may not sign for a purpose at a moment, None where it may."""
        found = self.keys.get(key)
        if found is None:
            return Distrust("untrusted-key", f"key {key} is not in the trust file")
        if purpose not in found.roles:
            may = " and ".join(found.roles)
            return Distrust(
                "wrong-role", f"key {key} ({found.holder}) may sign as {may}, not as {purpose}"
            )
        if not found.valid_from <= at < found.valid_until:
            since, until = format_moment(found.valid_from), format_moment(found.valid_until)
            return Distrust(
                "outside-validity",
                f"key {key} ({found.holder}) is valid from {since} until {until}, not at"
                f" {format_moment(at)}",
            )
        return None


def read_trust(path: Path) -> Trust:
    """Read a trust file; InvalidTrust carries every fault."""
    try:
        data = path.read_bytes()
    except OSError as error:
        fault = Fault(str(path), "", "", str(error.strerror), "name a trust file")
        raise InvalidTrust((fault,)) from error
    return parse_trust(data, str(path))


def parse_trust(data: bytes, source: str = "trust") -> Trust:
    """Read the bytes of a trust file, however they are laid out; InvalidTrust carries every fault."""
    try:
        file = _TrustFile.model_validate(parse(data))
    except InvalidCanonical as error:
        raise InvalidTrust((Fault(source, "", "", str(error), "write JSON"),)) from error
    except ValidationError as error:
        raise InvalidTrust(faults_of(error, source)) from error
    ids = [key.id for key in file.keys]
    twice = sorted({id_ for id_ in ids if ids.count(id_) > 1})
    if twice:
        faults = (Fault(source, "keys", id_, "stands twice", "keep one of them") for id_ in twice)
        raise InvalidTrust(tuple(faults))
    return Trust({key.id: key for key in file.keys})


def trust_file(keys: Iterable[TrustedKey]) -> bytes:
    """Give the bytes of a trust file."""
    return canonical(_TrustFile(keys=tuple(keys)).document()) + b"\n"
