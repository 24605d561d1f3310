"""One root and its intermediate, on disk: made, renewed, rolled over. Which host gets what is authority.py's.

Invariant: the intermediate alone issues; the root's key is needed to renew the intermediate and for
nothing else, so it can be kept offline (move `root.key` away, and back for the yearly renewal).
"""

from __future__ import annotations

import datetime
from dataclasses import dataclass

from cryptography.hazmat.primitives import hashes

from playbooks import certificates
from playbooks.certificates import Pair
from playbooks.generations import PRESENT, AuthorityFailed, Generations, Replaceable
from playbooks.secret_store import SecretStore

__all__ = [
    "INTERMEDIATE_LIFE",
    "ROOT_LIFE",
    "WARN_BEFORE",
    "AuthorityFailed",
    "Hierarchy",
    "Standing",
]

ROOT_LIFE = datetime.timedelta(days=3650)
INTERMEDIATE_LIFE = datetime.timedelta(days=365)
WARN_BEFORE = datetime.timedelta(days=60)
"""Two months to fetch a root's key; the last 30 days it could not sign a whole host's life."""

_FILES = ("root.pem", "root.key", "intermediate.pem", "intermediate.key")


@dataclass(frozen=True, slots=True)
class Standing:
    """Where a hierarchy stands, for people: subjects with their last days, and what is at hand."""

    zone: str
    root: str
    root_ends: datetime.datetime
    intermediate: str
    intermediate_ends: datetime.datetime
    has_root_key: bool
    rollover: str
    """`none`, `begun` (both are trusted, the old one issues) or `switched` (the new one issues)."""

    def finding(self, now: datetime.datetime) -> str:
        """What somebody must do about it, in a sentence; nothing when nobody must."""
        if self.rollover != "none":
            return (
                f"{self.zone}: a rollover is under way: finish it by `hikae pki rollover --apply`"
            )
        days = (self.intermediate_ends - now).days
        if days < WARN_BEFORE.days:
            return (
                f"{self.zone}: the intermediate ends in {days} days: put the root's key back and run "
                "`hikae pki renew --intermediate --apply`"
            )
        return ""


@dataclass(frozen=True, slots=True)
class Hierarchy(Replaceable):
    """The certificates that sign, for one zone of an estate; keys lie in its secret store, mode 0600."""

    store: SecretStore
    estate: str
    zone: str

    @property
    def _generations(self) -> Generations:
        return Generations(self.store, f"pki/{self.zone}", _FILES)

    @property
    def _needed(self) -> tuple[str, ...]:
        return tuple(file for file in _FILES if file != "root.key")  # it may be offline

    def roots(self) -> str:
        """The roots (PEM) to be trusted: one, and two while a rollover is under way."""
        self._ensure()
        return "".join(self._generations.trusted())

    def fingerprint(self) -> str:
        """SHA-256 of the present intermediate: who has another chain is due."""
        return self.intermediate().certificate.fingerprint(hashes.SHA256()).hex()

    def intermediate(self) -> Pair:
        """The pair that issues."""
        self._ensure()
        return self._pair(PRESENT, "intermediate")

    def standing(self) -> Standing:
        """Where the hierarchy stands."""
        intermediate = self.intermediate().certificate
        root = certificates.read(self._generations.text(PRESENT, "root.pem"))
        return Standing(
            zone=self.zone,
            root=root.subject.rfc4514_string(),
            root_ends=root.not_valid_after_utc,
            intermediate=intermediate.subject.rfc4514_string(),
            intermediate_ends=intermediate.not_valid_after_utc,
            has_root_key=self.store.text(self._generations.name(PRESENT, "root.key")) is not None,
            rollover=self.rollover,
        )

    def renew_intermediate(self, now: datetime.datetime) -> None:
        """Sign a new intermediate: the one act that needs the root's key; hosts get new chains."""
        self._ensure()
        self._keep(PRESENT, "intermediate", self._make_intermediate(self._root(), now))

    def _make(self, generation: str, now: datetime.datetime) -> None:
        name = f"hikae {self.zone} root {now:%Y-%m-%d}"
        root = certificates.signer(self.estate, name, None, now, ROOT_LIFE)
        self._keep(generation, "intermediate", self._make_intermediate(root, now))
        self._keep(generation, "root", root)

    def _make_intermediate(self, root: Pair, now: datetime.datetime) -> Pair:
        name = f"hikae {self.zone} intermediate {now:%Y-%m-%d}"
        return certificates.signer(self.estate, name, root, now, INTERMEDIATE_LIFE)

    def _root(self) -> Pair:
        path = self.store.folder / self._generations.name(PRESENT, "root.key")
        if not path.exists():
            raise AuthorityFailed(
                f"the root's key of {self.estate} ({self.zone}) is offline: put it back as {path} "
                "(mode 0600), and away again afterwards"
            )
        return self._pair(PRESENT, "root")

    def _pair(self, generation: str, name: str) -> Pair:
        return Pair.read(
            self._generations.text(generation, f"{name}.pem"),
            self._generations.text(generation, f"{name}.key"),
        )

    def _keep(self, generation: str, name: str, pair: Pair) -> None:
        self.store.keep(
            self._generations.name(generation, f"{name}.key"), certificates.key_pem(pair.key)
        )
        self.store.keep(
            self._generations.name(generation, f"{name}.pem"), certificates.pem(pair.certificate)
        )
