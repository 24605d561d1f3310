"""The drill's own calls by TLS: the conductor's questions and the terminals' transactions."""

from __future__ import annotations

import asyncio
import http.server
import os
import ssl
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from dr.client import program
from dr.client.exchange import Reply, call, request
from dr.client.program import Client, Config
from dr.fetch import NoAnswer, connect_https, tls_context
from playbooks import certificates
from playbooks.authority import Authority, Profile
from playbooks.secret_store import SecretStore


class _Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        body = b'{"fine": true}'
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
        pass


class _Server(http.server.ThreadingHTTPServer):
    context: ssl.SSLContext

    def finish_request(self, request: Any, client_address: Any) -> None:
        try:
            with self.context.wrap_socket(request, server_side=True) as secured:
                super().finish_request(secured, client_address)
        except OSError:
            pass


Issue = Callable[..., Path]


@pytest.fixture
def authority(tmp_path: Path) -> Authority:
    made = Authority(SecretStore(tmp_path / "secrets"), "kyosai")
    (tmp_path / "ca.pem").write_text(made.trust())
    return made


@pytest.fixture
def issue(authority: Authority, tmp_path: Path) -> Issue:
    def make(name: str, address: str = "127.0.0.1") -> Path:
        profile = Profile("kyosai", name, "balancer", (name,), (address,), "services")
        key = certificates.new_key()
        path = tmp_path / f"{name}.pem"
        chain = authority.issue(certificates.request(profile, key), profile)
        path.write_text(certificates.key_pem(key) + chain)
        return path

    return make


@pytest.fixture
def serve(tmp_path: Path) -> Iterator[Callable[[Path], int]]:
    running: list[_Server] = []

    def start(identity: Path) -> int:
        server = _Server(("127.0.0.1", 0), _Handler)
        server.context = ssl.create_default_context(
            ssl.Purpose.CLIENT_AUTH, cafile=str(tmp_path / "ca.pem")
        )
        server.context.verify_mode = ssl.CERT_REQUIRED
        server.context.load_cert_chain(identity)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        running.append(server)
        return server.server_port

    yield start
    for server in running:
        server.shutdown()
        server.server_close()


def send(port: int, context: ssl.SSLContext | None) -> Reply:
    sent = request(f"127.0.0.1:{port}", "GET", "/")
    return asyncio.run(call("127.0.0.1", port, sent, connect_s=2, reply_s=1, context=context))


def test_the_conductor_asks_by_tls(
    authority: Authority, issue: Issue, serve: Callable[[Path], int], tmp_path: Path
) -> None:
    context = tls_context(authority.conductor(), authority.kept_trust())
    fetch = connect_https(context)("127.0.0.1", serve(issue("good")), 2.0)
    assert fetch("/") == b'{"fine": true}'
    fetch.close()
    elsewhere = connect_https(context)("127.0.0.1", serve(issue("other", "10.0.0.1")), 2.0)
    with pytest.raises(NoAnswer, match="IP address mismatch"):
        elsewhere("/")


def test_a_terminal_sends_by_tls(
    authority: Authority, issue: Issue, serve: Callable[[Path], int], tmp_path: Path
) -> None:
    port = serve(issue("good"))
    context = program.tls_context(str(issue("terminal")), str(tmp_path / "ca.pem"))
    reply = send(port, context)
    assert (reply.reached, reply.status, reply.body) == (True, 200, b'{"fine": true}')


def test_a_terminal_takes_up_its_last_session(
    issue: Issue, serve: Callable[[Path], int], tmp_path: Path
) -> None:
    first, second = serve(issue("good")), serve(issue("other"))
    context = program.tls_context(str(issue("terminal")), str(tmp_path / "ca.pem"))
    kept = []
    # The second service knows nothing of a session with the first: the whole handshake, and no failure.
    for port in (first, first, second, second):
        assert send(port, context).status == 200
        kept.append(context.last)
    assert None not in kept
    assert context.taken == 2


def test_nothing_is_sent_to_a_service_of_another_name(
    issue: Issue, serve: Callable[[Path], int], tmp_path: Path
) -> None:
    port = serve(issue("other", "10.0.0.1"))
    context = program.tls_context(str(issue("terminal")), str(tmp_path / "ca.pem"))
    # The handshake failed, so no byte of the request left: "unreached", which is certain.
    assert send(port, context) == Reply(reached=False)


def test_a_terminal_that_shows_nothing_is_not_answered(
    authority: Authority, issue: Issue, serve: Callable[[Path], int], tmp_path: Path
) -> None:
    context = ssl.create_default_context(cafile=str(tmp_path / "ca.pem"))
    reply = send(serve(issue("good")), context)
    assert reply.status is None


def test_a_client_without_identity_speaks_plainly(issue: Issue, tmp_path: Path) -> None:
    plain: dict[str, Any] = {
        "office": "kushiro",
        "service": "records",
        "address": "127.0.0.1",
        "port": 1,
        "run": "",
        "seed": 1,
        "rate": 1.0,
        "write_share": 0.5,
        "history": "",
        "status": "",
    }
    assert Client(Config(**plain)).context is None
    told: dict[str, Any] = {"identity": str(issue("terminal")), "trust": str(tmp_path / "ca.pem")}
    client = Client(Config(**plain, **told))
    context = client.context
    assert context is not None
    assert client.context is context
    os.utime(tmp_path / "ca.pem", ns=(1, 1))
    assert client.context is not context
    assert context.minimum_version is ssl.TLSVersion.TLSv1_3
    assert context.check_hostname
