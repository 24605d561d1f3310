"""What a balancer says of itself to those who may ask: JSON over HTTPS, always the present state."""

from __future__ import annotations

import json
import logging
import ssl
import threading
from collections.abc import Collection, Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from announce.encryption import Identity, is_let_in
from announce.judgement import Other, State

__all__ = ["Board", "read_board", "serve"]

LOG = logging.getLogger("announce")
_CALL_S = 2.0


class Board:
    """The present state of each service, written by the watch and read by whoever asks."""

    def __init__(self, name: str, site: str, services: Mapping[str, str]) -> None:
        self._name, self._site, self._addresses = name, site, dict(services)
        self._states = {service: State() for service in services}
        self._lock = threading.Lock()

    def put(self, service: str, state: State) -> None:
        """Publish the state of `service`."""
        with self._lock:
            self._states[service] = state

    def state(self, service: str) -> State:
        """The state of `service` as last published."""
        with self._lock:
            return self._states[service]

    def text(self) -> bytes:
        """The whole board as JSON, with a line's end."""
        with self._lock:
            states = dict(self._states)
        services = {
            service: {
                "address": self._addresses[service],
                "announces": state.announces,
                "is_good": state.is_good,
                "good_checks": state.good,
                "bad_checks": state.bad,
            }
            for service, state in states.items()
        }
        said = {"name": self._name, "site": self._site, "services": services}
        return json.dumps(said, sort_keys=True).encode() + b"\n"


def read_board(body: bytes, *, rank: Mapping[str, int]) -> dict[str, Other]:
    """What another balancer says, by service; rubbish and services not in `rank` are left out."""
    try:
        said = json.loads(body)
        return {
            service: Other(
                name=str(said["name"]),
                rank=rank[service],
                announces=entry["announces"] is True,
                is_good=entry["is_good"] is True,
            )
            for service, entry in said["services"].items()
            if service in rank
        }
    except (ValueError, KeyError, TypeError, AttributeError):
        return {}


class _Server(ThreadingHTTPServer):
    """Ends TLS in the thread of the request, so a caller that says nothing holds up nobody."""

    daemon_threads = True
    identity: Identity
    callers: Collection[str]

    def finish_request(self, request: Any, client_address: Any) -> None:
        request.settimeout(_CALL_S)
        try:
            with self.identity.server().wrap_socket(request, server_side=True) as call:
                if is_let_in(call.getpeercert(), self.callers):
                    super().finish_request(call, client_address)
                else:
                    LOG.warning("refused %s: its role may not call", client_address[0])
        except (ssl.SSLError, OSError) as error:
            LOG.info("refused %s: %s", client_address[0], error)


def serve(
    board: Board, address: str, port: int, identity: Identity, callers: Collection[str]
) -> ThreadingHTTPServer:
    """Answer GET / of roles in `callers` with the board, from threads of its own; the caller shuts it down."""

    class Handler(BaseHTTPRequestHandler):
        timeout = _CALL_S

        def do_GET(self) -> None:
            body = board.text()
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
            """Every second from every centre: not worth a line."""

    server = _Server((address, port), Handler)
    server.identity, server.callers = identity, callers
    threading.Thread(target=server.serve_forever, name="status", daemon=True).start()
    return server
