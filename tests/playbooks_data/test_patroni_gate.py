"""The gate before Patroni's REST interface: whom it lets in, and that the locked Patroni has what it takes hold of."""

from __future__ import annotations

import os
import re
import signal
import ssl
import subprocess
import sys
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest

from tests.playbooks_data.conftest import ROLES


def certificate(*roles: str) -> dict[str, Any]:
    units = tuple((("organizationalUnitName", role),) for role in roles)
    return {"subject": ((("organizationName", "kyosai"),), *units, (("commonName", "a-db1"),))}


@pytest.mark.parametrize(
    ("shown", "is_in"),
    [
        (certificate("database"), True),
        (certificate("terminal"), False),
        (certificate("database", "terminal"), False),
        (certificate(), False),
        ({}, False),
        (None, False),
    ],
)
def test_lets_in_by_role(patroni_gate: ModuleType, shown: Any, is_in: bool) -> None:
    assert patroni_gate.is_let_in(shown, ["balancer", "database"]) is is_in
    assert not patroni_gate.is_let_in(shown, None)


def test_refuses_before_the_request_is_read(patroni_gate: ModuleType) -> None:
    class Server:
        patroni = SimpleNamespace(config={"hikae": {"callers": ["database"]}})
        socket = object()
        served: list[object] = []  # noqa: RUF012

        def finish_request(self, request: object, client_address: object) -> None:
            self.served.append(request)

        def reload_config(self, config: object) -> None:
            pass

    patroni_gate.install(Server)
    Server().finish_request(object(), ("10.0.0.1", 1))
    assert Server.served == []


def test_holds_the_listener_to_tls_1_3(patroni_gate: ModuleType) -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    listener = ssl.SSLSocket.__new__(ssl.SSLSocket)
    listener._context = context  # type: ignore[attr-defined]

    class Server:
        socket = listener

        def finish_request(self, request: object, client_address: object) -> None:
            pass

        def reload_config(self, config: object) -> None:
            pass

    patroni_gate.install(Server)
    Server().reload_config({})
    assert context.minimum_version is ssl.TLSVersion.TLSv1_3


STARTING = """
import os, signal, sys, time
import patroni_gate

class Daemon:
    def setup_signal_handlers(self):
        signal.signal(signal.SIGHUP, lambda number, _: print("heard", number, flush=True))

patroni_gate.hold_reloads(Daemon)
os.kill(os.getpid(), signal.SIGHUP)
print("starts", flush=True)
Daemon().setup_signal_handlers()
"""


def test_a_reload_while_it_starts_is_kept_and_does_not_end_it() -> None:
    folder = ROLES / "postgres/files/tree/usr/local/lib/hikae"
    # A process of its own: the signal is the whole process's, and this one has other threads.
    done = subprocess.run(
        [sys.executable, "-B", "-c", STARTING],
        env={**os.environ, "PYTHONPATH": str(folder)},
        capture_output=True,
        text=True,
        timeout=20,
    )
    assert (done.returncode, done.stdout) == (0, f"starts\nheard {int(signal.SIGHUP)}\n")


def test_was_written_for_the_locked_patroni() -> None:
    lock = (ROLES / "postgres/files/patroni.lock").read_text()
    found = re.search(r"^patroni==(\S+)", lock, re.M)
    assert found is not None
    # Another release: look whether finish_request and reload_config of RestApiServer are as they were, whether
    # AbstractPatroniDaemon sets up its signals when it is made, and _refresh_machines_cache of
    # AbstractEtcdClientWithFailover with what etcd_hosts.py reads and sets.
    assert found[1] == "4.1.5"
