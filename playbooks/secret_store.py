"""The estate's own secrets: made once, kept outside the checkout, handed on and never printed."""

from __future__ import annotations

import json
import os
import secrets
import subprocess
from dataclasses import dataclass
from pathlib import Path

__all__ = ["SecretStore"]

# Each name is one password of 32 random bytes, URL-safe so that no quoting is needed.
# Databases have none: they take certificates over the network and the account itself on the host.
_PASSWORDS = ("patroni_rest", "store_backup", "store_restore", "store_admin", "backup_cipher")


@dataclass(frozen=True, slots=True)
class SecretStore:
    """A folder (mode 0700) with one estate's passwords and SSH keys."""

    folder: Path

    def passwords(self) -> dict[str, str]:
        """Every password by name; the missing ones are made now."""
        self._prepare()
        path = self.folder / "passwords.json"
        known: dict[str, str] = json.loads(path.read_text()) if path.exists() else {}
        missing = [name for name in _PASSWORDS if name not in known]
        if missing:
            known |= {name: secrets.token_urlsafe(32) for name in missing}
            self._write(path, json.dumps(known, sort_keys=True))
        # In one order, made now or read: what is hashed of them must not differ.
        return dict(sorted(known.items()))

    def key(self, name: str) -> Path:
        """Private Ed25519 key called `name`, its public half beside it; made when missing."""
        self._prepare()
        path = self.folder / f"{name}.key"
        public = path.with_name(f"{name}.key.pub")
        if not (path.exists() and public.exists()):
            path.unlink(missing_ok=True)
            temporary = self.folder / f".{name}.{os.getpid()}"
            subprocess.run(
                ["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", name, "-f", str(temporary)],
                check=True,
                stdin=subprocess.DEVNULL,
            )
            temporary.with_name(temporary.name + ".pub").replace(public)
            temporary.replace(path)
        return path

    def public(self, name: str) -> str:
        """Public half of the key called `name`, one line."""
        return self.key(name).with_name(f"{name}.key.pub").read_text().strip()

    def text(self, name: str) -> str | None:
        """What is kept under `name` (it may name a folder below, as in `pki/root.key`), or None."""
        try:
            return (self.folder / name).read_text()
        except FileNotFoundError:
            return None

    def keep(self, name: str, text: str) -> Path:
        """Keep `text` under `name`, whole or not at all, for nobody else to read."""
        self._prepare()
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._write(path, text)
        return path

    def _prepare(self) -> None:
        self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        self.folder.chmod(0o700)

    @staticmethod
    def _write(path: Path, text: str) -> None:
        temporary = path.with_name(f".{path.name}.{os.getpid()}")
        descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "w") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)
