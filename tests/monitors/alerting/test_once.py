"""Through the shipped gates and Debian's Alertmanagers: an alert of both arrives once, and also when one host is gone."""

from __future__ import annotations

import http.client
import json
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from monitors.alerting.configuration import alertmanager
from monitors.alerting.receiver import Arrivals, server_of
from tests.estates import estate_of
from tests.monitors.alerting.hosts import Authority, Watcher

GATE, GOSSIP = 9443, 9094


def call(
    authority: Authority, address: str, identity: Path | None, path: str, body: Any = None
) -> tuple[int, str]:
    """Status and text; OSError where the gate let nobody in."""
    context = ssl.create_default_context(cafile=str(authority.trust))
    if identity is not None:
        context.load_cert_chain(identity)
    line = http.client.HTTPSConnection(address, GATE, timeout=5, context=context)
    try:
        text = None if body is None else json.dumps(body)
        line.request(
            "GET" if body is None else "POST", path, text, {"Content-Type": "application/json"}
        )
        answer = line.getresponse()
        return answer.status, answer.read().decode()
    finally:
        line.close()


def wait_until(holds: Callable[[], bool], deadline_s: float, lack: str) -> None:
    """Ask until it holds; the test fails with `lack` at the deadline."""
    end = time.monotonic() + deadline_s
    while not holds():
        assert time.monotonic() < end, lack
        time.sleep(0.1)


class Pair:
    """Both hosts, the receiver behind the second one's gate, and what arrived there."""

    def __init__(self, folder: Path) -> None:
        self.authority = Authority(folder)
        self.file = folder / "alerts.jsonl"
        self.arrivals = Arrivals(self.file)
        self.server = server_of(self.arrivals, 0)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        port = int(self.server.server_address[1])
        self.main = Watcher("main", 1, self.authority, port, is_receiver=False)
        self.backup = Watcher("backup", 2, self.authority, port, is_receiver=True)
        self.caller = self.authority.identity("caller", "monitoring")

    def start(self) -> None:
        settings = alertmanager(estate_of())
        hook = settings["receivers"][0]["webhook_configs"][0]
        hook["url"] = f"https://{self.backup.address}:{GATE}/receiver"
        self.backup.start([self.main.address], settings)
        self.main.start([self.backup.address], settings)

    def say(self, watcher: Watcher, name: str) -> None:
        """As Prometheus tells an Alertmanager."""
        alert = {"labels": {"alertname": name, "instance": "x"}, "annotations": {"summary": "s"}}
        status, words = call(
            self.authority, watcher.address, self.caller, "/alertmanager/api/v2/alerts", [alert]
        )
        assert status == 200, words

    def members(self, watcher: Watcher) -> int:
        try:
            _, text = call(
                self.authority, watcher.address, self.caller, "/alertmanager/api/v2/status"
            )
            return len(json.loads(text)["cluster"]["peers"])
        except (OSError, ValueError, KeyError):
            return 0

    def are_joined(self, watcher: Watcher) -> bool:
        return self.members(watcher) == 2

    def lines(self) -> list[str]:
        text = self.file.read_text() if self.file.exists() else ""
        return [json.loads(line)["labels"]["alertname"] for line in text.splitlines()]


@pytest.fixture
def pair(tmp_path: Path) -> Iterator[Pair]:
    made = Pair(tmp_path)
    try:
        made.start()
        yield made
    finally:
        made.main.kill()
        made.backup.kill()
        made.server.shutdown()
        made.server.server_close()


def refused(pair: Pair, identity: Path | None, path: str = "/alive") -> bool:
    try:
        call(pair.authority, pair.backup.address, identity, path)
    except OSError:
        return True
    return False


def test_the_gate_lets_in_the_roles_of_the_flows_and_knows_its_paths(pair: Pair) -> None:
    wait_until(lambda: not refused(pair, pair.caller), 10, "the gate does not answer")
    authority, address = pair.authority, pair.backup.address
    assert call(authority, address, pair.caller, "/alive") == (200, "hikae_gate_alive 1\n")
    assert call(authority, address, pair.caller, "/elsewhere")[0] == 404
    # Nobody exports here: the gate answers, and not with figures.
    assert call(authority, address, pair.caller, "/node")[0] == 503
    assert refused(pair, None)
    assert refused(pair, authority.identity("stranger", "application"))


@pytest.mark.long
def test_an_alert_of_both_arrives_once_and_also_when_one_host_is_gone(pair: Pair) -> None:
    for watcher in (pair.main, pair.backup):
        wait_until(partial(pair.are_joined, watcher), 30, f"{watcher.name} is alone")
    pair.say(pair.main, "First")
    pair.say(pair.backup, "First")
    wait_until(lambda: pair.lines() == ["First"], 30, "nothing arrived")
    # The second would tell after its turn (15 s) if it did not know.
    time.sleep(20)
    assert pair.lines() == ["First"]
    assert pair.arrivals.told_again == 0, "the Alertmanagers do not know of each other"
    pair.main.kill()
    pair.say(pair.backup, "Second")
    wait_until(lambda: pair.lines() == ["First", "Second"], 60, "nothing arrived without the other")
