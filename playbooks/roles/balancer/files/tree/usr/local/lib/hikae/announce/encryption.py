"""TLS 1.3 with certificates on both sides: what a balancer shows, and whom it lets in."""

from __future__ import annotations

import ssl
import threading
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any

__all__ = ["Identity", "is_let_in"]


class Identity:
    """Contexts from key, chain and trusted roots on disk, made anew once a file was replaced.

    So a renewed certificate needs no restart, which would withdraw the addresses.
    """

    def __init__(self, identity: str, trust: str) -> None:
        self._identity, self._trust = Path(identity), Path(trust)
        self._lock = threading.Lock()
        self._read_at: tuple[int, int] | None = None
        self._server: ssl.SSLContext | None = None
        self._client: ssl.SSLContext | None = None

    def server(self) -> ssl.SSLContext:
        """For calls to this host: the caller must show a certificate of the estate."""
        self._refresh()
        assert self._server is not None
        return self._server

    def client(self) -> ssl.SSLContext:
        """For calls of this host: the other must have the name or address that was called."""
        self._refresh()
        assert self._client is not None
        return self._client

    def _refresh(self) -> None:
        with self._lock:
            try:
                now = (self._identity.stat().st_mtime_ns, self._trust.stat().st_mtime_ns)
                if now != self._read_at:
                    server = self._context(ssl.Purpose.CLIENT_AUTH)
                    server.verify_mode = ssl.CERT_REQUIRED
                    self._client = self._context(ssl.Purpose.SERVER_AUTH)
                    self._server, self._read_at = server, now
            except OSError:
                # Files are replaced whole; should one be gone, what was read last is still good.
                if self._server is None:
                    raise

    def _context(self, purpose: ssl.Purpose) -> ssl.SSLContext:
        context = ssl.create_default_context(purpose, cafile=str(self._trust))
        context.minimum_version = ssl.TLSVersion.TLSv1_3
        context.load_cert_chain(self._identity)
        return context


def is_let_in(certificate: Mapping[str, Any] | None, callers: Collection[str]) -> bool:
    """Whether the certificate names exactly one role (organisational unit), and it may call."""
    parts = (certificate or {}).get("subject", ())
    roles = [value for part in parts for key, value in part if key == "organizationalUnitName"]
    return len(roles) == 1 and roles[0] in callers
