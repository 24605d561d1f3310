"""TLS 1.3 towards the balancers: certificates on both sides, and only of roles that may call."""

from __future__ import annotations

import asyncio
import logging
import ssl
from collections.abc import Collection, Mapping
from typing import Any

from nenkin.settings import InvalidSettings, Settings

_log = logging.getLogger("nenkin.encryption")


class Listener:
    """The TLS of a listener whose key, chain and trusted roots are read anew while it serves.

    Every call is answered by the context that was made last, so a root that is trusted no longer is not trusted from
    the next call on. No call takes up an earlier one's session, which would spare it from showing a certificate.
    """

    def __init__(self, settings: Settings) -> None:
        """InvalidSettings when a file cannot be used."""
        self._settings = settings
        self._present = self.context = _context(settings)
        self.context.sni_callback = self._answer

    def renew(self) -> None:
        """Read the files again; where that fails, what was read before stays."""
        try:
            self._present = _context(self._settings)
        except InvalidSettings as error:
            _log.error("the certificate was not renewed: %s", error)
        else:
            _log.warning("the certificate was read anew")

    def _answer(self, call: ssl.SSLObject, name: str | None, first: ssl.SSLContext) -> None:
        """Called by each new call, with a server name or without."""
        call.context = self._present


def _context(settings: Settings) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_3
    context.verify_mode = ssl.CERT_REQUIRED
    context.num_tickets = 0
    try:
        context.load_verify_locations(settings.tls_trust)
        context.load_cert_chain(settings.tls_identity)
    except OSError as error:
        raise InvalidSettings(
            f"NENKIN_TLS_IDENTITY {settings.tls_identity} with NENKIN_TLS_TRUST "
            f"{settings.tls_trust}: {error}"
        ) from error
    return context


def is_let_in(certificate: Mapping[str, Any] | None, callers: Collection[str]) -> bool:
    """Whether the certificate names exactly one role (organisational unit), and it may call."""
    parts = (certificate or {}).get("subject", ())
    roles = [value for part in parts for key, value in part if key == "organizationalUnitName"]
    return len(roles) == 1 and roles[0] in callers


def gated(protocol: type[asyncio.Protocol], callers: Collection[str]) -> type[asyncio.Protocol]:
    """uvicorn's `protocol`, which drops a connection of any other role before it reads from it."""

    class Gated(protocol):  # type: ignore[misc, valid-type]
        def connection_made(self, transport: asyncio.Transport) -> None:
            super().connection_made(transport)
            call = transport.get_extra_info("ssl_object")
            if not is_let_in(call.getpeercert() if call else None, callers):
                _log.warning("refused %s", transport.get_extra_info("peername"))
                transport.abort()

    return Gated
