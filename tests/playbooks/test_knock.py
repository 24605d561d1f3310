"""The knocks at TLS ports must be able to find a port that lets in too much, and one that lets in too little."""

from __future__ import annotations

import http.server
import json
import ssl
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from playbooks import certificates, sign, ssh_certificates
from playbooks.authority import Authority, Profile
from playbooks.probes import issue_probes
from playbooks.secret_store import SecretStore
from playbooks.terminals.certificate import program
from playbooks.verify import test_tls as suite

PLAYBOOKS = Path(__file__).parents[2] / "playbooks"
ROLES = ("balancer", "terminal")


class _Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_response(200)
        self.end_headers()

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
        pass


class _Server(http.server.ThreadingHTTPServer):
    context: ssl.SSLContext | None
    callers: tuple[str, ...]

    def finish_request(self, request: Any, client_address: Any) -> None:
        try:
            if self.context is None:
                super().finish_request(request, client_address)
                return
            with self.context.wrap_socket(request, server_side=True) as call:
                if not self.callers or self._role(call) in self.callers:
                    super().finish_request(call, client_address)
        except OSError:
            pass

    @staticmethod
    def _role(call: ssl.SSLSocket) -> str:
        parts: Any = (call.getpeercert() or {}).get("subject", ())
        names = dict(pair for part in parts for pair in part)
        return str(names.get("organizationalUnitName", ""))


def inventory(*roles: str) -> dict[str, Any]:
    said = {"names": ["x"], "addresses": ["127.0.0.1"], "agreement": False, "server": True}
    hosts = {
        f"a-{role}1": {"hikae_role": role, "hikae_certificate": {**said, "names": [f"a-{role}1"]}}
        for role in roles
    }
    return {"all": {"hosts": hosts}}


@pytest.fixture
def authority(tmp_path: Path) -> Authority:
    return Authority(SecretStore(tmp_path / "secrets"), "kyosai")


@pytest.fixture
def knocks(authority: Authority, tmp_path: Path) -> Iterator[Callable[..., list[suite.Row]]]:
    running: list[_Server] = []

    def run(sloppiness: str) -> list[suite.Row]:
        server = _Server(("127.0.0.1", 0), _Handler)
        server.context = (
            None if sloppiness == "plain" else _context(authority, tmp_path, sloppiness)
        )
        server.callers = () if sloppiness in ("none", "other-role", "expired") else ("balancer",)
        if sloppiness == "shut":
            server.callers = ("nobody",)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        running.append(server)
        port = {
            "port": server.server_port,
            "address": "127.0.0.1",
            "name": "127.0.0.1",
            "speaks": "http",
            "callers": ["balancer"],
        }
        said = issue_probes(authority, inventory(*ROLES)) | {"ports": [port]}
        text = (PLAYBOOKS / "verify/knock.py").read_text()
        call = f"{text}\nraise SystemExit(main({json.dumps(json.dumps(said))}))\n"
        argv = [sys.executable, "-sB", "-"]
        done = subprocess.run(argv, input=call, capture_output=True, text=True, check=True)
        return [(int(a), b, c, d) for a, b, c, d in json.loads(done.stdout)]

    yield run
    for server in running:
        server.shutdown()
        server.server_close()


def _context(authority: Authority, folder: Path, sloppiness: str) -> ssl.SSLContext:
    names, addresses = ("a-lb1",), ("127.0.0.1",)
    profile = Profile("kyosai", "a-lb1", "balancer", names, addresses, "services")
    key = certificates.new_key()
    chain = authority.issue(certificates.request(profile, key), profile)
    (folder / "host.pem").write_text(certificates.key_pem(key) + chain)
    (folder / "ca.pem").write_text(authority.trust())
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH, cafile=str(folder / "ca.pem"))
    context.load_cert_chain(folder / "host.pem")
    if sloppiness != "old-tls":
        context.minimum_version = ssl.TLSVersion.TLSv1_3
    if sloppiness == "expired":
        # What a listener does that checks names and signatures, and no dates.
        context.verify_flags |= ssl.VerifyFlags(0x200000)
    context.verify_mode = ssl.CERT_NONE if sloppiness == "none" else ssl.CERT_REQUIRED
    return context


TESTS: dict[str, Callable[[list[suite.Row]], None]] = {
    "plain": suite.test_a_plain_connection_is_refused,
    "none": suite.test_a_caller_without_certificate_is_refused,
    "expired": suite.test_an_expired_certificate_is_refused,
    "other-role": suite.test_another_role_is_refused,
    "old-tls": suite.test_old_tls_is_refused,
    "shut": suite.test_the_right_roles_are_let_in,
}


def test_a_strict_port_passes_every_test(knocks: Callable[..., list[suite.Row]]) -> None:
    rows = knocks("")
    assert {kind for _, kind, _, _ in rows} == {*TESTS, "right"} - {"shut"}
    for test in TESTS.values():
        test(rows)


@pytest.mark.parametrize("sloppiness", TESTS)
def test_a_sloppy_port_is_found(knocks: Callable[..., list[suite.Row]], sloppiness: str) -> None:
    rows = knocks(sloppiness)
    with pytest.raises(AssertionError):
        TESTS[sloppiness](rows)


def test_the_signer_answers_each_host(
    authority: Authority, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    said = {"names": ["a-lb1"], "addresses": [], "agreement": False, "server": True}
    profile = Profile("kyosai", "a-lb1", "balancer", ("a-lb1",), (), "services")
    asked = certificates.request(profile, certificates.new_key())
    key = ssh_certificates.public_line(ssh_certificates.new_key())
    given = {
        "store": str(authority.store.folder),
        "estate": "kyosai",
        "hosts": ["a-lb1", "b-lb1", "c-lb1", "d-lb1"],
        "asked": [
            json.dumps({"reason": "", "request": request, "public": public})
            for request, public in ((asked, ""), (asked, key), ("", key), ("", ""))
        ],
        "addresses": ["10.0.0.1"] * 4,
        "roles": ["balancer"] * 4,
        "certificates": [said] * 4,
    }
    monkeypatch.setattr("json.load", lambda _: given)
    assert sign.main() == 0
    found = json.loads(capsys.readouterr().out)
    assert {host: [*answer] for host, answer in found.items()} == {
        "a-lb1": ["tls"],
        "b-lb1": ["refused"],
        "c-lb1": ["ssh"],
    }


def test_a_terminal_is_asked_by_the_same_program() -> None:
    tls = {"trust": "", "agreement": "", "issuer": ""}
    wanted = {"tls": tls, "ssh": {}, "renew_before_s": 1}
    done = subprocess.run(
        ["sh", "-c", program("look", wanted)], capture_output=True, text=True, check=True
    )
    assert json.loads(done.stdout)["request"] == ""
