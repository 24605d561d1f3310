"""The page on this machine's loopback: one thread answers, the caller's looks; nobody else's browser is let in."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from cli.exits import RefusedCall
from cli.watch_page import Rendered

__all__ = ["LOOPBACK", "PageServer"]

LOOPBACK = "127.0.0.1"
_WAIT_S = 30.0
_NOTHING = "default-src 'none'"


@dataclass(slots=True)
class PageServer:
    """Serves what `page` gives at each call (True = it loads itself anew), `ready` once there is something to show."""

    page: Callable[[bool], Rendered]
    port: int
    ready: threading.Event = field(default_factory=threading.Event)
    _server: ThreadingHTTPServer | None = None

    def start(self) -> str:
        """Listen, and give the address; RefusedCall where the port is taken."""
        try:
            server = _Server((LOOPBACK, self.port), _handler(self))
        except (OSError, OverflowError) as error:
            raise RefusedCall(
                f"Port {self.port} of {LOOPBACK} cannot be listened at ({error}); name another by --port."
            ) from error
        self._server = server
        threading.Thread(target=server.serve_forever, name="watch page", daemon=True).start()
        return f"http://{LOOPBACK}:{server.server_address[1]}/"

    def stop(self) -> None:
        """Listen no more."""
        if self._server is not None:
            with closing(self._server.socket):
                self._server.shutdown()


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    # Another user's server may not share the port.
    allow_reuse_port = False
    address_family = socket.AF_INET


def _handler(served: PageServer) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        server_version = "hikae"
        sys_version = ""
        timeout = 10

        def do_GET(self) -> None:
            self._answer(with_body=True)

        def do_HEAD(self) -> None:
            self._answer(with_body=False)

        def _answer(self, *, with_body: bool) -> None:
            # A foreign site's name that leads here would let its pages read this one.
            host = (self.headers.get("Host") or "").rpartition(":")[0]
            if host not in (LOOPBACK, "localhost"):
                self._send(421, "Ask by 127.0.0.1.", "", with_body)
                return
            path, _, query = self.path.partition("?")
            if path != "/":
                self._send(404, "Only the page is here: /", "", with_body)
                return
            if not served.ready.wait(_WAIT_S):
                self._send(503, "The first look is not over yet; load again.", "", with_body)
                return
            rendered = served.page(query != "still")
            self._send(200, rendered.html, rendered.policy, with_body)

        def _send(self, status: int, text: str, policy: str, with_body: bool) -> None:
            body = text.encode()
            kind = "text/html" if policy else "text/plain"
            self.send_response(status)
            self.send_header("Content-Type", f"{kind}; charset=utf-8")
            self.send_header("Content-Length", str(len(body)))
            self.send_header("Cache-Control", "no-store")
            self.send_header("X-Content-Type-Options", "nosniff")
            self.send_header("Referrer-Policy", "no-referrer")
            self.send_header(
                "Content-Security-Policy",
                f"{policy or _NOTHING}; frame-ancestors 'none'",
            )
            self.end_headers()
            if with_body:
                self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Nothing is logged: whoever reads the terminal wants the looks."""

    return Handler
