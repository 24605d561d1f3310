"""What a balancer says of itself to the others: JSON over HTTP, always the present state."""

from __future__ import annotations

import json
import threading
from collections.abc import Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from announce.judgement import Other, State

__all__ = ["Board", "read_board", "serve"]


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


def serve(board: Board, address: str, port: int) -> ThreadingHTTPServer:
    """Answer GET / with the board from threads of its own; the caller shuts it down."""

    class Handler(BaseHTTPRequestHandler):
        timeout = 2

        def do_GET(self) -> None:
            body = board.text()
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
            """Every second from every centre: not worth a line."""

    server = ThreadingHTTPServer((address, port), Handler)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, name="status", daemon=True).start()
    return server
