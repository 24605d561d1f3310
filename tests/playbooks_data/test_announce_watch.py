"""The daemon's own I/O on loopback: a check, the others' boards, an address that obeys or not."""

from __future__ import annotations

import http.server
import json
import os
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest

from playbooks import certificates
from playbooks.authority import Authority, Profile
from playbooks.secret_store import SecretStore

SERVICE = "10.9.0.1"


class _Ready(http.server.BaseHTTPRequestHandler):
    status = 200

    def do_GET(self) -> None:
        self.send_response(type(self).status)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
        pass


@pytest.fixture
def application() -> Iterator[tuple[str, type[_Ready]]]:
    handler = type("Ready", (_Ready,), {"status": 200})
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}/health/ready", handler
    server.shutdown()
    server.server_close()


@pytest.fixture
def hidden() -> set[str]:
    """The addresses on the LAN's port."""
    return set()


@pytest.fixture
def loopback(watch: ModuleType, monkeypatch: pytest.MonkeyPatch, hidden: set[str]) -> set[str]:
    """Stands for `ip address` on lo; the addresses that are there."""
    there: set[str] = set()

    def add(address: str, interface: str) -> bool:
        assert interface == "lo"
        there.add(address)
        return True

    def hide(address: str, told: str, untold: str) -> bool:
        assert (told, untold) == ("lo", "lan")
        there.remove(address)
        hidden.add(address)
        return True

    def remove(address: str, interface: str) -> bool:
        assert interface == "lan"
        hidden.remove(address)
        return True

    def is_present(address: str) -> bool:
        return address in there | hidden

    fake = SimpleNamespace(add=add, hide=hide, remove=remove, is_present=is_present)
    monkeypatch.setattr(watch, "address", fake)
    return there


@pytest.fixture(autouse=True)
def lan(watch: ModuleType, monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """Stands for the LAN: whether its gateway answers, and what it was asked."""
    found: dict[str, Any] = {"answers": True, "asked": None}

    def ask(address: str, **how: Any) -> bool:
        found["asked"] = (address, how["own"], how["interface"])
        return bool(found["answers"])

    monkeypatch.setattr(watch.gateway, "ask", ask)
    return found


Peer = Callable[[dict[str, Any]], tuple[str, int]]


@pytest.fixture
def issue(tmp_path: Path) -> Callable[..., Path]:
    """Writes a balancer's key and chain, and the trusted roots beside it."""
    authority = Authority(SecretStore(tmp_path / "secrets"), "kyosai")
    (tmp_path / "ca.pem").write_text(authority.trust())

    def make(role: str = "balancer", **how: Any) -> Path:
        profile = Profile("kyosai", "a-lb1", role, ("a-lb1",), ("127.0.0.2",), "services")
        key = certificates.new_key()
        chain = authority.issue(certificates.request(profile, key), profile, **how)
        path = tmp_path / f"{role}.pem"
        path.write_text(certificates.key_pem(key) + chain)
        return path

    return make


@pytest.fixture
def build(
    watch: ModuleType,
    status: ModuleType,
    settings: ModuleType,
    encryption: ModuleType,
    issue: Callable[..., Path],
) -> Iterator[Callable[..., tuple[Any, Any]]]:
    """Builds a watch of `records` and its board; the peer's board listens on 127.0.0.2."""
    with ExitStack() as stack:

        def make(check: str, peer: Any = None, role: str = "balancer") -> tuple[Any, Any]:
            identity, port = _identity(encryption, issue()), 1
            if peer is not None:
                board = status.Board("kansai-lb1", "kansai", {"records": SERVICE})
                board.put("records", peer)
                server = status.serve(board, "127.0.0.2", 0, identity, ("balancer",))
                stack.callback(server.server_close)
                stack.callback(server.shutdown)
                port = server.server_port
            told = settings.Settings(
                name="mitaka-lb1",
                site="mitaka",
                address="127.0.0.1",
                port=port,
                services=(settings.Service("records", SERVICE, check, ("mitaka", "kansai")),),
                peers=(settings.Peer("kansai-lb1", "kansai", "127.0.0.2"),),
                identity="",
                trust="",
                callers=(),
                gateway="10.0.0.1",
                gateway_silence_s=0.0,
            )
            own = status.Board("mitaka-lb1", "mitaka", {"records": SERVICE})
            return watch.Watch(told, own, _identity(encryption, issue(role))), own

        yield make


def _identity(encryption: ModuleType, path: Path) -> Any:
    return encryption.Identity(str(path), str(path.with_name("ca.pem")))


def test_announces_after_one_good_check(
    build: Any, loopback: set[str], application: tuple[str, type[_Ready]]
) -> None:
    watching, board = build(application[0])
    watching.round()
    assert loopback == {SERVICE}
    said = json.loads(board.text())
    assert said["services"]["records"] == {
        "address": SERVICE,
        "announces": True,
        "bad_checks": 0,
        "good_checks": 1,
        "is_good": True,
    }


def test_slowness_alone_moves_nobody_until_it_lasts(
    watch: ModuleType,
    build: Any,
    loopback: set[str],
    application: tuple[str, type[_Ready]],
    judgement: ModuleType,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    watching, board = build(application[0], judgement.State(announces=True, good=5))
    board.put("records", judgement.State(announces=True, good=5))
    said: list[bool | None] = []
    monkeypatch.setattr(watching, "_is_ready", lambda url: said.pop(0))
    patience = watch.SILENT_CHECKS
    # Two checks that say "not ready" are enough; a slow one between slow ones says nothing.
    said += [None] * (patience - 1) + [True] + [None] * (patience - 1)
    while said:
        watching.round()
        assert board.state("records").is_good
    assert loopback == {SERVICE}
    said += [None, None]
    watching.round()
    assert (board.state("records").bad, loopback) == (1, {SERVICE})
    watching.round()
    assert loopback == set()


def test_silence_and_refusal_are_told_apart(
    probe: ModuleType, application: tuple[str, type[_Ready]]
) -> None:
    url, handler = application
    assert probe.is_ready(url, timeout_s=5) is True
    handler.status = 503
    assert probe.is_ready(url, timeout_s=5) is False
    with socket.create_server(("127.0.0.1", 0)) as mute:
        there = f"http://127.0.0.1:{mute.getsockname()[1]}/"
        assert probe.is_ready(there, timeout_s=0.2) is None
    assert probe.is_ready(there, timeout_s=5) is False


def test_waits_while_another_announces(
    build: Any, loopback: set[str], application: tuple[str, type[_Ready]], judgement: ModuleType
) -> None:
    watching, _ = build(application[0], peer=judgement.State(announces=True, good=5))
    for _ in range(4):
        watching.round()
    assert loopback == set()


def test_a_board_answers_balancers_only(
    build: Any, loopback: set[str], application: tuple[str, type[_Ready]], judgement: ModuleType
) -> None:
    watching, _ = build(application[0], judgement.State(announces=True, good=5), role="application")
    watching.round()
    # Who is not let in does not learn that another announces, and goes by that.
    assert loopback == {SERVICE}


def test_a_renewed_certificate_needs_no_restart(
    encryption: ModuleType, issue: Callable[..., Path]
) -> None:
    path = issue()
    identity = _identity(encryption, path)
    before = identity.server()
    assert identity.server() is before
    issue()
    os.utime(path, ns=(1, 1))
    assert identity.server() is not before
    kept = identity.client()
    path.unlink()
    assert identity.client() is kept


def assert_withdraws_for_a_good_one_only(
    build: Any, loopback: set[str], check: str, judgement: ModuleType
) -> tuple[Any, Any]:
    """Something is wrong here: after two rounds a good peer has it, and without one it stays; gives the last two."""
    for peer, kept in ((judgement.State(True, good=1), set()), (None, {SERVICE})):
        watching, board = build(check, peer=peer)
        board.put("records", judgement.State(announces=True))
        loopback.add(SERVICE)
        watching.round()
        assert loopback == {SERVICE}
        watching.round()
        assert loopback == kept
    return watching, board


def test_withdraws_for_a_good_one_only(
    build: Any, loopback: set[str], application: tuple[str, type[_Ready]], judgement: ModuleType
) -> None:
    application[1].status = 503
    assert_withdraws_for_a_good_one_only(build, loopback, application[0], judgement)


def test_withdraws_where_its_lan_has_no_gateway(
    build: Any, loopback: set[str], application: tuple[str, type[_Ready]], lan: dict[str, Any]
) -> None:
    """The service works, but nothing behind the LAN is reached: nobody's announcement would be worse, and nobody is seen."""
    watching, board = build(application[0])
    watching.round()
    assert loopback == {SERVICE}
    lan["answers"] = False
    watching.round()
    assert loopback == {SERVICE}
    watching.round()
    assert loopback == set()
    assert lan["asked"] == ("10.0.0.1", "127.0.0.1", "lan")
    lan["answers"] = True
    watching.round()
    assert json.loads(board.text())["services"]["records"]["is_good"]
    assert loopback == {SERVICE}


def test_lingers_where_nobody_is_told_of_it(
    build: Any,
    loopback: set[str],
    hidden: set[str],
    application: tuple[str, type[_Ready]],
    lan: dict[str, Any],
    watch: ModuleType,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Until routes lead elsewhere callers are answered; then the address is gone, and comes back whole."""
    watching, _ = build(application[0])
    watching.round()
    lan["answers"] = False
    watching.round()
    watching.round()
    assert (loopback, hidden) == (set(), {SERVICE})
    watching.round()
    assert (loopback, hidden) == (set(), {SERVICE})
    monkeypatch.setattr(watch, "LINGER_S", 0.0)
    now = time.monotonic() + 2.0
    monkeypatch.setattr(watch.time, "monotonic", lambda: now)
    watching.round()
    assert (loopback, hidden) == (set(), set())
    lan["answers"] = True
    watching.round()
    assert (loopback, hidden) == ({SERVICE}, set())


def test_comes_back_while_it_lingers(
    build: Any,
    loopback: set[str],
    hidden: set[str],
    application: tuple[str, type[_Ready]],
    lan: dict[str, Any],
) -> None:
    watching, _ = build(application[0])
    for answers in (True, False, False, True):
        lan["answers"] = answers
        watching.round()
    assert (loopback, hidden) == ({SERVICE}, set())


def test_announces_nothing_before_the_gateway_has_answered(
    build: Any, loopback: set[str], application: tuple[str, type[_Ready]], lan: dict[str, Any]
) -> None:
    lan["answers"] = False
    watching, _ = build(application[0])
    watching.round()
    assert loopback == set()


def test_puts_back_what_somebody_took(
    build: Any, loopback: set[str], application: tuple[str, type[_Ready]]
) -> None:
    watching, _ = build(application[0])
    watching.round()
    loopback.clear()
    watching.round()
    assert loopback == {SERVICE}


def test_silence_is_no_announcement(status: ModuleType) -> None:
    ranks = {"records": 0}
    for rubbish in (b"", b"[]", b'{"name": "x"}', b'{"name": "x", "services": {"records": 1}}'):
        assert status.read_board(rubbish, rank=ranks) == {}
    body = b'{"name": "x", "services": {"records": {"announces": "yes", "is_good": 1}, "y": {}}}'
    (other,) = status.read_board(body, rank=ranks).values()
    assert (other.announces, other.is_good) == (False, False)


def test_settings_from_the_rendered_file(settings: ModuleType, tmp_path: Path) -> None:
    path = tmp_path / "announce.json"
    service = {"name": "records", "address": SERVICE, "check": "http://x/", "home_order": ["a"]}
    said = {"name": "a-lb1", "site": "a", "address": "10.0.0.1", "port": 8405}
    said |= {"identity": "host.pem", "trust": "ca.pem", "callers": ["balancer"]}
    said["gateway"] = "10.0.0.254"
    path.write_text(json.dumps({**said, "services": [service], "peers": []}))
    told = settings.load_settings(path)
    assert told.services[0].rank("a") == 0
    assert told.services[0].rank("elsewhere") == 1
    path.write_text(json.dumps({**said, "services": [], "peers": [], "perod_s": 1}))
    with pytest.raises(TypeError, match="perod_s"):
        settings.load_settings(path)


def test_tells_systemd(watch: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as listener:
        listener.bind(os.fspath(tmp_path / "notify"))
        monkeypatch.setenv("NOTIFY_SOCKET", os.fspath(tmp_path / "notify"))
        watch.notify("READY=1")
        assert listener.recv(64) == b"READY=1"
