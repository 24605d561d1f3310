"""TLS 1.3 towards the balancers: certificates on both sides, and only of roles that may call."""

from __future__ import annotations

import asyncio
import logging
import ssl
from collections.abc import Collection, Mapping
from typing import Any

from nenkin.settings import InvalidSettings, Settings

_log = logging.getLogger("nenkin.encryption")


def server_context(settings: Settings) -> ssl.SSLContext:
    """The context of the listener; raises InvalidSettings when a file cannot be used."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_3
    context.verify_mode = ssl.CERT_REQUIRED
    read_files(context, settings)
    return context


def read_files(context: ssl.SSLContext, settings: Settings) -> None:
    """Read key, chain and roots: at the start, and again when they were renewed.

    New connections use the new ones at once. Roots are added and never taken away: a root that
    shall be trusted no longer needs a restart.
    """
    try:
        context.load_verify_locations(settings.tls_trust)
        context.load_cert_chain(settings.tls_identity)
    except OSError as error:
        raise InvalidSettings(
            f"NENKIN_TLS_IDENTITY {settings.tls_identity} with NENKIN_TLS_TRUST "
            f"{settings.tls_trust}: {error}"
        ) from error


def renew(context: ssl.SSLContext, settings: Settings) -> None:
    """Read the files again while serving; where that fails, what was read before stays."""
    try:
        read_files(context, settings)
    except InvalidSettings as error:
        _log.error("the certificate was not renewed: %s", error)
    else:
        _log.warning("the certificate was read anew")


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
