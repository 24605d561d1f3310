"""The estate's SSH authorities: one that signs logins, one that signs hosts; beside the authority for TLS
(authority.py).

Invariant: whoever logs in shows a certificate of at most 60 minutes, and a host one of 30 days. OpenSSH knows no
intermediates, so what signs is itself trusted: its key cannot be kept offline, and it is replaced every year by the
same rollover as the roots for TLS.
"""

from __future__ import annotations

import base64
import datetime
from collections.abc import Mapping
from dataclasses import dataclass

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from playbooks import ssh_certificates as ssh
from playbooks.generations import PRESENT, Generations, Replaceable
from playbooks.hierarchy import WARN_BEFORE
from playbooks.secret_store import SecretStore
from playbooks.ssh_certificates import InvalidLogin, Login
from playbooks.ssh_withdrawn import WithdrawnHosts, fingerprint, key_of

__all__ = ["HOSTS", "LOGINS", "SIGNER_LIFE", "SignerStanding", "SshAuthority", "SshSigner"]

LOGINS, HOSTS = "logins", "hosts"
SIGNER_LIFE = datetime.timedelta(days=365)
_FILES = ("signer.pub", "signer.key")


@dataclass(frozen=True, slots=True)
class SignerStanding:
    """Where a signer stands, for people."""

    signs: str
    name: str
    due: datetime.date
    """By when it is to be replaced. OpenSSH knows no end of what signs; this is the estate's rule."""
    rollover: str

    def finding(self, now: datetime.datetime) -> str:
        """What somebody must do about it, in a sentence; nothing when nobody must."""
        if self.rollover != "none":
            return (
                f"{self.signs}: a rollover is under way: finish it by `hikae pki rollover --apply`"
            )
        if (self.due - now.date()).days < WARN_BEFORE.days:
            return f"{self.signs}: what signs is to be replaced by {self.due}: `hikae pki rollover --apply`"
        return ""


@dataclass(frozen=True, slots=True)
class SshSigner(Replaceable):
    """A key that signs logins or hosts, with the one before and the one to come."""

    store: SecretStore
    estate: str
    signs: str

    @property
    def _generations(self) -> Generations:
        return Generations(self.store, f"ssh/{self.signs}", _FILES)

    @property
    def _needed(self) -> tuple[str, ...]:
        return _FILES

    def trusted(self) -> tuple[str, ...]:
        """The public keys to be trusted, one a line; two while a rollover is under way."""
        self._ensure()
        return self._generations.trusted()

    def public(self) -> str:
        """The public key that signs now."""
        self._ensure()
        return self._generations.text(PRESENT, "signer.pub")

    def key(self) -> Ed25519PrivateKey:
        """The key that signs now."""
        self._ensure()
        return ssh.read_key(self._generations.text(PRESENT, "signer.key"))

    def standing(self) -> SignerStanding:
        """Where it stands."""
        name = self.public().split(maxsplit=2)[2]
        made = datetime.date.fromisoformat(name.rsplit(" ", 1)[1])
        return SignerStanding(self.signs, name, made + SIGNER_LIFE, self.rollover)

    def _make(self, generation: str, now: datetime.datetime) -> None:
        key = ssh.new_key()
        comment = f"hikae {self.estate} {self.signs} {now:%Y-%m-%d}"
        self.store.keep(self._generations.name(generation, "signer.key"), ssh.key_text(key))
        line = ssh.public_line(key, comment)
        self.store.keep(self._generations.name(generation, "signer.pub"), line)


@dataclass(frozen=True, slots=True)
class SshAuthority:
    """Both signers of an estate, what was issued to hosts, and what was revoked before its end."""

    store: SecretStore
    estate: str

    @property
    def logins(self) -> SshSigner:
        """Signs the logins of people."""
        return SshSigner(self.store, self.estate, LOGINS)

    @property
    def hosts(self) -> SshSigner:
        """Signs the keys of hosts."""
        return SshSigner(self.store, self.estate, HOSTS)

    @property
    def signers(self) -> tuple[SshSigner, ...]:
        """Both."""
        return self.logins, self.hosts

    @property
    def exists(self) -> bool:
        """Whether it was ever made; asking for a key makes it."""
        return all(self.store.text(f"ssh/{each.signs}/signer.pub") for each in self.signers)

    def sign_login(self, public: str, login: Login, now: datetime.datetime | None = None) -> str:
        """A certificate for a command, good for half an hour."""
        return ssh.login_certificate(public, login, self.logins.key(), now or _now())

    def sign_host(
        self,
        public: str,
        names: tuple[str, ...],
        life: datetime.timedelta,
        now: datetime.datetime | None = None,
    ) -> str:
        """A certificate for a host's key, kept in the store too: `issued` says which end when.

        InvalidLogin for a key that was withdrawn.
        """
        signed = ssh.host_certificate(public, names, self.hosts.key(), now or _now(), life)
        if self.withdrawn.has(key_of(signed)):
            raise InvalidLogin(
                f"{names[0]}: the key {fingerprint(key_of(signed))} was withdrawn, its machine was given up; "
                "give the host another key by day 0"
            )
        self.store.keep(f"ssh/issued/{names[0]}.pub", f"{signed}\n")
        return signed

    @property
    def withdrawn(self) -> WithdrawnHosts:
        """Keys of hosts that nobody believes any more."""
        return WithdrawnHosts(self.store.folder / "ssh/withdrawn")

    def last_issued(self, host: str) -> str:
        """The certificate that was signed for a host last; empty where there was none."""
        return (self.store.text(f"ssh/issued/{host}.pub") or "").strip()

    def issued(self) -> Mapping[str, datetime.datetime]:
        """By host: when the certificate ends that was signed for it last."""
        found = {}
        for path in sorted((self.store.folder / "ssh/issued").glob("*.pub")):
            ends = ssh.read_certificate(path.read_text()).valid_before
            found[path.stem] = datetime.datetime.fromtimestamp(ends, datetime.UTC)
        return found

    def known_hosts(self) -> str:
        """The one file by which every tool knows every host: who signs them."""
        return "".join(f"@cert-authority * {line}\n" for line in self.hosts.trusted())

    def trusted_logins(self) -> str:
        """What sshd is told to trust (TrustedUserCAKeys)."""
        return "".join(f"{line}\n" for line in self.logins.trusted())

    def revoked(self) -> bytes:
        """What sshd refuses before its end (RevokedKeys): a KRL kept as `ssh/revoked.krl`; nothing at first."""
        try:
            return (self.store.folder / "ssh/revoked.krl").read_bytes()
        except FileNotFoundError:
            return b""

    def variables(self) -> dict[str, str]:
        """What role `pki` and the terminals' deploy are told (`hikae_authority.ssh`)."""
        return {
            "logins": self.trusted_logins(),
            "hosts": " ".join(self.hosts.public().split()[:2]),
            "revoked": base64.b64encode(self.revoked()).decode(),
        }


def _now() -> datetime.datetime:
    return datetime.datetime.now(datetime.UTC)
