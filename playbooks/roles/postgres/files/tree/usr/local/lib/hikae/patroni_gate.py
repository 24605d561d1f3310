"""Patroni, whose REST interface lets in only the roles that the estate's flows name.

Patroni itself checks that a caller's certificate comes from the estate, and cannot be told whose it
must be. This asks for its organisational unit, the host's role, before the request is read; the
roles are `hikae.callers` of Patroni's own configuration file. It also holds the interface to TLS 1.3.
Written for the Patroni that `patroni.lock` names; a test looks whether what it takes hold of is there.
"""

from __future__ import annotations

import logging
import signal
import ssl
import sys
from collections.abc import Mapping
from typing import Any

__all__ = ["hold_reloads", "install", "is_let_in", "roles_of"]

LOG = logging.getLogger("hikae-patroni-gate")


def roles_of(certificate: Mapping[str, Any] | None) -> tuple[str, ...]:
    """The organisational units of a certificate as `getpeercert` gives it."""
    parts = (certificate or {}).get("subject", ())
    return tuple(value for part in parts for key, value in part if key == "organizationalUnitName")


def is_let_in(certificate: Mapping[str, Any] | None, callers: Any) -> bool:
    """Whether exactly one role stands in the certificate, and it is among `callers`."""
    roles = roles_of(certificate)
    return len(roles) == 1 and roles[0] in (callers or ())


def install(server: Any) -> None:
    """Put the gate before the requests of `patroni.api.RestApiServer`."""
    finish_request, reload_config = server.finish_request, server.reload_config

    def finish(self: Any, request: Any, client_address: Any) -> None:
        callers = self.patroni.config.get("hikae", {}).get("callers")
        certificate = request.getpeercert() if isinstance(request, ssl.SSLSocket) else None
        if is_let_in(certificate, callers):
            finish_request(self, request, client_address)
        else:
            LOG.warning("refused %s: role %s", client_address[0], roles_of(certificate) or "none")

    def reload(self: Any, config: Any) -> None:
        # Also what its constructor calls: before the first connection, and after each new listener.
        reload_config(self, config)
        if isinstance(self.socket, ssl.SSLSocket):
            self.socket.context.minimum_version = ssl.TLSVersion.TLSv1_3

    server.finish_request, server.reload_config = finish, reload


def hold_reloads(daemon: Any) -> None:
    """Keep a reload that comes while Patroni starts until it can take one: unheeded, SIGHUP would end it."""
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGHUP})
    set_up = daemon.setup_signal_handlers

    def then(self: Any) -> None:
        set_up(self)
        signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGHUP})

    daemon.setup_signal_handlers = then


if __name__ == "__main__":
    from patroni import daemon

    hold_reloads(daemon.AbstractPatroniDaemon)
    import etcd_hosts
    from patroni import api
    from patroni.__main__ import main
    from patroni.dcs import etcd

    install(api.RestApiServer)
    etcd_hosts.install(etcd.AbstractEtcdClientWithFailover)
    sys.argv[0] = "patroni"
    sys.exit(main())
