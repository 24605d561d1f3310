"""What an observer writes down: with scripted members, and with three real ones where etcd is."""

from __future__ import annotations

import base64
import json
import shutil
import signal
import subprocess
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from dr.etcd import read_member
from dr.fetch import HttpFetch, NoAnswer
from dr.observe import Observer, Targets
from dr.promotion import Standing
from tests.dr_acting.postgres import free_port, wait_until

ETCD = shutil.which("etcd")
needs_etcd = pytest.mark.skipif(ETCD is None, reason="etcd is not installed on this machine")
KEYS = "/service/records/"


@dataclass
class Store:
    """What all scripted members agree on, and which of them answer."""

    values: dict[str, str] = field(default_factory=dict)
    revision: int = 1
    leader: int = 12
    mute: set[str] = field(default_factory=set)
    lagging: dict[str, tuple[int, dict[str, str]]] = field(default_factory=dict)
    unlocked: set[str] = field(default_factory=set)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def put(self, key: str, value: str | None) -> None:
        with self.lock:
            self.revision += 1
            self.values = {k: v for k, v in self.values.items() if k != key}
            if value is not None:
                self.values[key] = value

    def connect(self, address: str, port: int, timeout_s: float) -> ScriptedFetch:
        return ScriptedFetch(self, address)


@dataclass
class ScriptedFetch:
    store: Store
    host: str

    def __call__(self, path: str, body: bytes | None = None) -> bytes:
        store = self.store
        if self.host in store.mute:
            raise NoAnswer(f"{self.host} is mute")
        with store.lock:
            revision, values = store.lagging.get(self.host, (store.revision, store.values))
            answers: dict[str, Any] = {
                "/v3/cluster/member/list": {
                    "members": [{"ID": str(n), "name": f"etcd{n}"} for n in (11, 12, 13)]
                },
                "/v3/maintenance/status": {
                    "header": {"member_id": "11"},
                    "leader": str(store.leader),
                    "raftTerm": "3",
                },
                "/patroni": {"role": "replica", "cluster_unlocked": self.host in store.unlocked},
            }
        if path != "/v3/kv/txn":
            return json.dumps(answers[path]).encode()
        parts = []
        for part in json.loads(body or b"{}")["success"]:
            key = base64.b64decode(part["requestRange"]["key"]).decode()
            value = values.get(key)
            kvs = [] if value is None else [{"value": base64.b64encode(value.encode()).decode()}]
            parts.append({"response_range": {"kvs": kvs}})
        return json.dumps({"header": {"revision": str(revision)}, "responses": parts}).encode()

    def close(self) -> None:
        pass


@pytest.fixture
def watched() -> Iterator[tuple[Store, Observer]]:
    store = Store()
    store.put(KEYS + "leader", "mitaka-db1")
    store.put(KEYS + "sync", '{"leader":"mitaka-db1","sync_standby":"mitaka-db2,kansai-db1"}')
    store.put(KEYS + "status", '{"optime":83000000,"retain_slots":{}}')
    targets = Targets(
        voters={f"etcd{n}": f"etcd{n}" for n in (11, 12, 13)},
        nodes={"kansai-db1": "kansai-db1"},
        clusters={"records": ("mitaka-db1", "mitaka-db2", "kansai-db1")},
    )
    observer = Observer(targets, connect=store.connect)
    observer.start()
    try:
        wait_until(lambda: observer.node("kansai-db1") is not None)
        wait_until(lambda: observer.standing("records") is not None)
        yield store, observer
    finally:
        observer.stop()


def test_how_a_cluster_stands(watched: tuple[Store, Observer]) -> None:
    store, observer = watched
    everybody = ("mitaka-db1", "mitaka-db2", "kansai-db1")
    assert observer.standing("records") == Standing("mitaka-db1", everybody, ())
    assert observer.optime("records") == 83000000
    assert observer.etcd_leader() == "etcd12"
    assert observer.member_id("etcd13") == 13
    store.put(KEYS + "leader", None)
    store.unlocked.add("kansai-db1")
    gone = Standing(None, everybody, ("kansai-db1",))
    wait_until(lambda: observer.standing("records") == gone)
    store.put(KEYS + "leader", "kansai-db1")
    wait_until(lambda: (observer.standing("records") or gone).leader == "kansai-db1")
    leaders = [seen.leader for seen in observer.observations()]
    assert list(dict.fromkeys(leaders)) == ["mitaka-db1", None, "kansai-db1"]


def test_it_sees_each_step_and_is_not_slowed_by_the_mute(watched: tuple[Store, Observer]) -> None:
    store, observer = watched
    store.mute.add("etcd11")
    begun = len(observer.observations())
    time.sleep(2)
    assert len(observer.observations()) - begun >= 9


def test_a_member_that_lags_adds_nothing(watched: tuple[Store, Observer]) -> None:
    store, observer = watched
    store.lagging["etcd11"] = (store.revision, dict(store.values))
    store.put(KEYS + "leader", "kansai-db1")
    wait_until(lambda: (observer.standing("records") or Standing(None, (), ())).leader is not None)
    changed = len(observer.observations())
    time.sleep(1)
    later = observer.observations()[changed + 1 :]
    assert {seen.leader for seen in later} == {"kansai-db1"}


def test_silence_of_all_is_written_down(watched: tuple[Store, Observer]) -> None:
    store, observer = watched
    store.mute |= {"etcd11", "etcd12", "etcd13"}
    wait_until(lambda: not observer.observations()[-1].answered)
    assert observer.standing("records") is None
    assert observer.etcd_leader() is None
    last = observer.observations()[-1]
    assert (last.leader, last.sync_members) == (None, ())


def test_a_member_of_etcd_without_leader_is_nobody(watched: tuple[Store, Observer]) -> None:
    store, observer = watched
    store.leader = 0
    wait_until(lambda: observer.etcd_leader() is None)


@dataclass
class Ensemble:
    """Three real members of etcd on loopback."""

    ports: list[int]
    processes: list[subprocess.Popen[bytes]]


@pytest.fixture
def ensemble(tmp_path: Path) -> Iterator[Ensemble]:
    ports, peers = ([free_port() for _ in range(3)] for _ in range(2))
    initial = ",".join(f"etcd{n}=http://127.0.0.1:{port}" for n, port in enumerate(peers))
    processes = []
    for n in range(3):
        client, peer = f"http://127.0.0.1:{ports[n]}", f"http://127.0.0.1:{peers[n]}"
        argv = [str(ETCD), "--name", f"etcd{n}", "--data-dir", str(tmp_path / str(n))]
        argv += ["--listen-client-urls", client, "--advertise-client-urls", client]
        argv += ["--listen-peer-urls", peer, "--initial-advertise-peer-urls", peer]
        argv += ["--initial-cluster", initial, "--pre-vote=true", "--logger=zap"]
        log = (tmp_path / f"log{n}").open("wb")
        with log:
            processes.append(subprocess.Popen(argv, stdout=log, stderr=log))
    try:
        yield Ensemble(ports, processes)
    finally:
        for process in processes:
            process.kill()
            process.wait()


def post(port: int, path: str, body: dict[str, Any]) -> dict[str, Any]:
    fetch = HttpFetch("127.0.0.1", port, timeout_s=3)
    try:
        answer: dict[str, Any] = json.loads(fetch(path, json.dumps(body).encode()))
        return answer
    finally:
        fetch.close()


def put(port: int, key: str, value: str) -> dict[str, Any]:
    encoded = [base64.b64encode(text.encode()).decode() for text in (key, value)]
    return post(port, "/v3/kv/put", {"key": encoded[0], "value": encoded[1]})


@needs_etcd
def test_real_members_that_die(ensemble: Ensemble) -> None:
    """The leader's key, an election, and the rest of etcd without a majority."""
    ports = ensemble.ports
    key = KEYS + "leader"

    def is_up() -> bool:
        try:
            return "header" in put(ports[0], key, "mitaka-db1")
        except NoAnswer:
            return False

    wait_until(is_up)
    targets = [
        Targets(
            voters={f"etcd{n}": "127.0.0.1"},
            nodes={},
            clusters={"records": ("mitaka-db1",)},
            etcd_port=ports[n],
        )
        for n in range(3)
    ]
    observers = [Observer(target) for target in targets]
    for observer in observers:
        observer.start()
    try:
        wait_until(lambda: all(o.standing("records") for o in observers))
        leader = observers[0].etcd_leader()
        assert leader is not None
        assert {o.etcd_leader() for o in observers} == {leader}
        number = int(leader[-1])
        rest = [n for n in range(3) if n != number]
        ensemble.processes[number].send_signal(signal.SIGKILL)
        # A new one is elected, and the observer that asks a member alive sees it.
        wait_until(lambda: observers[rest[0]].etcd_leader() not in (None, leader))
        wait_until(lambda: observers[number].standing("records") is None)
        put(ports[rest[0]], key, "kansai-db1")
        wait_until(
            lambda: all(
                (seen := observers[n].standing("records")) and seen.leader == "kansai-db1"
                for n in rest
            )
        )
        # Without a majority a member still answers from its own store, and knows no leader.
        ensemble.processes[rest[1]].send_signal(signal.SIGKILL)
        wait_until(lambda: observers[rest[0]].etcd_leader() is None)
        fetch = HttpFetch("127.0.0.1", ports[rest[0]], timeout_s=2)
        assert read_member(fetch, ["records"]).clusters["records"].leader == "kansai-db1"
        fetch.close()
    finally:
        for observer in observers:
            observer.stop()


def test_nobody_listens() -> None:
    fetch = HttpFetch("127.0.0.1", free_port(), timeout_s=1)
    with pytest.raises(NoAnswer):
        fetch("/v3/kv/txn", b"{}")
