"""The listener as balancers see it: TLS 1.3, the roles that may call and nobody else, and renewal without a restart."""

from __future__ import annotations

import signal
import socket
import ssl
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from playbooks import certificates
from playbooks.authority import Authority, Profile
from playbooks.secret_store import SecretStore
from tests.dr_acting.postgres import free_port, wait_until

NOWHERE = "host=127.0.0.1 port=1 dbname=records"


@dataclass
class Served:
    """A running service, and certificates of the same authority."""

    port: int
    process: subprocess.Popen[bytes]
    folder: Path
    authority: Authority

    def issue(self, role: str, name: str = "") -> Path:
        profile = Profile("kyosai", f"a-{role}", role, (role,), ("127.0.0.1",), "services")
        key = certificates.new_key()
        chain = self.authority.issue(certificates.request(profile, key), profile)
        path = self.folder / f"{name or role}.pem"
        path.write_text(certificates.key_pem(key) + chain)
        return path

    def ask(self, identity: Path | None, newest: ssl.TLSVersion | None = None) -> bytes:
        """The answer to a request for /health/live; nothing where the listener refused."""
        context = ssl.create_default_context(cafile=str(self.folder / "ca.pem"))
        if identity is not None:
            context.load_cert_chain(identity)
        if newest is not None:
            context.maximum_version = newest
        try:
            with (
                socket.create_connection(("127.0.0.1", self.port), timeout=5) as line,
                context.wrap_socket(line, server_hostname="127.0.0.1") as call,
            ):
                call.sendall(b"GET /health/live HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
                return call.recv(100)
        except OSError:
            return b""

    def serial(self, identity: Path) -> str:
        context = ssl.create_default_context(cafile=str(self.folder / "ca.pem"))
        context.load_cert_chain(identity)
        with (
            socket.create_connection(("127.0.0.1", self.port), timeout=5) as line,
            context.wrap_socket(line, server_hostname="127.0.0.1") as call,
        ):
            shown = call.getpeercert() or {}
            return str(shown["serialNumber"])


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    folder = tmp_path_factory.mktemp("tls")
    authority = Authority(SecretStore(folder / "secrets"), "kyosai")
    (folder / "ca.pem").write_text(authority.trust())
    port = free_port()
    made = Served(port, subprocess.Popen(["true"]), folder, authority)
    made.process.wait()
    own = made.issue("application", "host")
    environment = {
        "PATH": "/usr/bin:/bin",
        "NENKIN_DSN_RECORDS": NOWHERE,
        "NENKIN_PORT": str(port),
        "NENKIN_TLS_IDENTITY": str(own),
        "NENKIN_TLS_TRUST": str(folder / "ca.pem"),
        "NENKIN_TLS_CALLERS": "balancer bastion",
    }
    made.process = subprocess.Popen([sys.executable, "-m", "nenkin", "serve"], env=environment)
    try:
        balancer = made.issue("balancer")
        wait_until(lambda: made.ask(balancer) != b"")
        yield made
    finally:
        made.process.send_signal(signal.SIGTERM)
        made.process.wait(10)


@pytest.mark.parametrize("role", ["balancer", "bastion"])
def test_callers_are_let_in(served: Served, role: str) -> None:
    assert served.ask(served.issue(role)).startswith(b"HTTP/1.1 200")


@pytest.mark.parametrize("role", ["terminal", "application", "database"])
def test_other_roles_are_not(served: Served, role: str) -> None:
    assert served.ask(served.issue(role)) == b""


def test_nobody_is_let_in_without_a_certificate_or_with_old_tls(served: Served) -> None:
    assert served.ask(None) == b""
    assert served.ask(served.issue("balancer"), ssl.TLSVersion.TLSv1_2) == b""


def test_a_renewed_certificate_is_taken_up_on_sighup(served: Served) -> None:
    balancer = served.issue("balancer")
    before = served.serial(balancer)
    served.issue("application", "host")
    assert served.serial(balancer) == before
    served.process.send_signal(signal.SIGHUP)
    wait_until(lambda: served.serial(balancer) != before)
    (served.folder / "host.pem").write_text("rubbish")
    served.process.send_signal(signal.SIGHUP)
    assert served.ask(balancer).startswith(b"HTTP/1.1 200")
    served.issue("application", "host")


def test_a_root_that_is_trusted_no_longer_lets_nobody_in(served: Served) -> None:
    trust, old = served.folder / "ca.pem", served.issue("balancer", "old")
    kept = trust.read_text()
    served.authority.begin_rollover()
    served.authority.switch_rollover()
    new = served.issue("balancer", "new")
    served.issue("application", "host")
    # What this test trusts is another file than what the service reads, which still has the old root only.
    assert served.ask(old).startswith(b"HTTP/1.1 200")
    trust.write_text(served.authority.trust())
    served.process.send_signal(signal.SIGHUP)
    wait_until(lambda: served.ask(new).startswith(b"HTTP/1.1 200"))
    assert served.ask(old).startswith(b"HTTP/1.1 200")
    served.authority.end_rollover()
    trust.write_text(served.authority.trust())
    assert served.ask(old).startswith(b"HTTP/1.1 200")
    served.process.send_signal(signal.SIGHUP)
    wait_until(lambda: served.ask(old) == b"")
    assert served.ask(new).startswith(b"HTTP/1.1 200")
    assert kept != trust.read_text()


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"NENKIN_ADDRESS": "0.0.0.0"}, "0.0.0.0 is reached by others"),
        ({"NENKIN_TLS_IDENTITY": "/nowhere"}, "belong together"),
        (
            {
                "NENKIN_TLS_IDENTITY": "/nowhere",
                "NENKIN_TLS_TRUST": "/nowhere",
                "NENKIN_TLS_CALLERS": "balancer",
            },
            "NENKIN_TLS_IDENTITY /nowhere",
        ),
    ],
)
def test_settings_that_would_serve_everybody_are_refused(given: dict[str, str], words: str) -> None:
    environment = {"PATH": "/usr/bin:/bin", "NENKIN_DSN_RECORDS": NOWHERE, **given}
    done = subprocess.run(
        [sys.executable, "-m", "nenkin", "serve"],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 2, done.stderr
    assert words in done.stderr
