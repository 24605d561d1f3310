"""Keys of hosts that are gone: nobody believes them any more, although their certificates have not ended.

Tools know hosts by who signs them, so a certificate counts wherever its key is. A line `@revoked` in what they know of
hosts takes one key out of that, for OpenSSH and for `inventory.host_keys` alike. Invariant: a key stays withdrawn at least
until the last certificate that was signed for it has ended.
"""

from __future__ import annotations

import base64
import datetime
import hashlib
import os
from dataclasses import dataclass
from pathlib import Path

from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from playbooks.ssh_certificates import read_certificate

__all__ = ["WithdrawnHosts", "fingerprint", "key_of"]


@dataclass(frozen=True, slots=True)
class WithdrawnHosts:
    """A folder with one certificate for each key that was withdrawn."""

    folder: Path

    def withdraw(self, certificate: str) -> str:
        """Believe the certificate's key no more; again, it does no harm. Gives the key's fingerprint.

        InvalidLogin for what is no certificate.
        """
        public = key_of(certificate)
        self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        path = self._path(public)
        fresh = path.with_name(f".{path.name}.{os.getpid()}")
        with fresh.open("w", encoding="utf-8") as file:
            file.write(f"{certificate.strip()}\n")
            file.flush()
            os.fsync(file.fileno())
        fresh.replace(path)
        return fingerprint(public)

    def has(self, public: str) -> bool:
        """Whether a key (its public line) was withdrawn."""
        return self._path(public).is_file()

    def lines(self, now: datetime.datetime | None = None) -> str:
        """What a file of known hosts says of them; a key whose certificate has ended counts for nothing anyway."""
        moment = (now or datetime.datetime.now(datetime.UTC)).timestamp()
        kept = [path.read_text(encoding="utf-8") for path in sorted(self.folder.glob("*.pub"))]
        return "".join(
            f"@revoked * {key_of(certificate)}\n"
            for certificate in kept
            if read_certificate(certificate).valid_before > moment
        )

    def _path(self, public: str) -> Path:
        digest = hashlib.sha256(base64.b64decode(public.split()[1])).hexdigest()
        return self.folder / f"{digest}.pub"


def key_of(certificate: str) -> str:
    """The public line of the key that a certificate is for; InvalidLogin for what is no certificate."""
    key = read_certificate(certificate.strip()).public_key()
    return key.public_bytes(Encoding.OpenSSH, PublicFormat.OpenSSH).decode()


def fingerprint(public: str) -> str:
    """A key as `ssh-keygen -l` shows it."""
    digest = hashlib.sha256(base64.b64decode(public.split()[1])).digest()
    return f"SHA256:{base64.b64encode(digest).decode().rstrip('=')}"
