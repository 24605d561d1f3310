"""Watching a failover from outside: what etcd and Patroni say, written down with its moment.

Several members of etcd are asked at once, each by a thread of its own with a short time-out, so one
that hangs delays nobody. The view with the highest revision counts; a member that lags adds nothing.
The threads belong to the network in which they were started: that of the conductor.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from dr import patroni
from dr.etcd import ClusterKeys, MemberView, member_names, read_member
from dr.evidence import EtcdObservation
from dr.fetch import Connect, Fetch, NoAnswer, connect_http
from dr.patroni import NodeState, read_node
from dr.promotion import Standing

__all__ = ["Observer", "Targets"]

_ETCD_PORT = 2379
_STEP_S = 0.2
_NODE_STEP_S = 1.0
_TIMEOUT_S = 1.0
_SILENT_S = 2.0
"""After this long without any answer of etcd, the silence itself is written down."""


@dataclass(frozen=True, slots=True)
class Targets:
    """Whom to ask: hosts by name with their addresses."""

    voters: Mapping[str, str]
    """Members of etcd outside the disaster area."""
    nodes: Mapping[str, str]
    """Database hosts outside the disaster area."""
    clusters: Mapping[str, Sequence[str]]
    """The members of each cluster."""
    etcd_port: int = _ETCD_PORT
    patroni_port: int = patroni.PORT


class Observer:
    """Asks until it is stopped; what it has seen is read at any time."""

    def __init__(self, targets: Targets, *, connect: Connect = connect_http) -> None:
        self._targets, self._connect = targets, connect
        self._lock = threading.Lock()
        self._over = threading.Event()
        self._threads: list[threading.Thread] = []
        self._names: dict[int, str] = {}
        self._best: MemberView | None = None
        self._leaders: dict[str, tuple[float, int, int]] = {}
        self._nodes: dict[str, tuple[float, NodeState]] = {}
        self._answered_at = 0.0
        self._observations: list[EtcdObservation] = []
        self._noted_at = 0.0

    def start(self) -> None:
        """Begin to ask, from the network of the calling thread."""
        loops = [
            (self._ask_voter, name, address, self._targets.etcd_port, _STEP_S)
            for name, address in self._targets.voters.items()
        ] + [
            (self._ask_node, name, address, self._targets.patroni_port, _NODE_STEP_S)
            for name, address in self._targets.nodes.items()
        ]
        for ask, name, address, port, step in loops:
            fetch = self._connect(address, port, _TIMEOUT_S)
            thread = threading.Thread(
                target=self._repeat, args=(ask, name, fetch, step), daemon=True, name=f"ask {name}"
            )
            self._threads.append(thread)
            thread.start()

    def stop(self) -> None:
        """End every thread; what was seen stays."""
        self._over.set()
        for thread in self._threads:
            thread.join(3 * _TIMEOUT_S)
        self._threads.clear()

    def observations(self) -> tuple[EtcdObservation, ...]:
        """Give everything that was seen, in order."""
        with self._lock:
            return tuple(self._observations)

    def standing(self, cluster: str) -> Standing | None:
        """Give how a cluster stands now; None where etcd has not answered of late."""
        with self._lock:
            keys = self._keys(cluster)
            if keys is None or time.time() - self._answered_at > _SILENT_S:
                return None
            return Standing(keys.leader, keys.sync_members, self._unlocked(cluster))

    def optime(self, cluster: str) -> int | None:
        """Give the leader's last WAL byte as `/status` last had it."""
        with self._lock:
            keys = self._keys(cluster)
            return None if keys is None else keys.optime

    def etcd_leader(self) -> str | None:
        """Give the host that leads etcd now, None where nobody is known to."""
        with self._lock:
            return self._etcd_leader()

    def etcd_leader_id(self) -> int | None:
        """Give etcd's own number of the member that leads."""
        with self._lock:
            return self._etcd_leader_id()

    def member_id(self, host: str) -> int | None:
        """Give etcd's own number of the member on a host."""
        with self._lock:
            return next((number for number, name in self._names.items() if name == host), None)

    def node(self, host: str) -> NodeState | None:
        """Give what a database host last said of itself."""
        with self._lock:
            seen = self._nodes.get(host)
            return None if seen is None else seen[1]

    def _repeat(
        self, ask: Callable[[str, Fetch], None], name: str, fetch: Fetch, step_s: float
    ) -> None:
        due = time.monotonic()
        while not self._over.is_set():
            try:
                ask(name, fetch)
            except NoAnswer:
                self._note_silence()
            due = max(due + step_s, time.monotonic())
            self._over.wait(due - time.monotonic())
        fetch.close()

    def _ask_voter(self, name: str, fetch: Fetch) -> None:
        if not self._names:
            names = member_names(fetch)
            with self._lock:
                self._names = names
        view = read_member(fetch, self._targets.clusters)
        now = time.time()
        with self._lock:
            self._answered_at = now
            self._leaders[name] = (now, view.term, view.leader)
            is_newer = self._best is None or view.revision > self._best.revision
            if self._best is None or view.revision >= self._best.revision:
                self._best = view
                self._note(now, is_change=is_newer)

    def _ask_node(self, name: str, fetch: Fetch) -> None:
        try:
            state = read_node(fetch)
        except NoAnswer:
            with self._lock:
                self._nodes.pop(name, None)
            raise
        with self._lock:
            self._nodes[name] = (time.time(), state)

    def _note_silence(self) -> None:
        now = time.time()
        with self._lock:
            if self._answered_at and now - self._answered_at > _SILENT_S:
                self._note(now, is_change=False, answered=False)

    def _note(self, at: float, *, is_change: bool, answered: bool = True) -> None:
        """Write one observation for each cluster: in every step, and at every change."""
        if not is_change and at - self._noted_at < _STEP_S * 0.9:
            return
        self._noted_at = at
        leader = self._etcd_leader()
        for cluster in self._targets.clusters:
            keys = self._keys(cluster) or ClusterKeys(None)
            self._observations.append(
                EtcdObservation(
                    at=at,
                    cluster=cluster,
                    leader=keys.leader if answered else None,
                    sync_members=keys.sync_members if answered else (),
                    etcd_leader=leader,
                    answered=answered,
                    unlocked=self._unlocked(cluster),
                )
            )

    def _keys(self, cluster: str) -> ClusterKeys | None:
        return None if self._best is None else self._best.clusters.get(cluster)

    def _unlocked(self, cluster: str) -> tuple[str, ...]:
        members = self._targets.clusters[cluster]
        return tuple(m for m in members if m in self._nodes and self._nodes[m][1].is_unlocked)

    def _etcd_leader(self) -> str | None:
        return self._names.get(self._etcd_leader_id() or 0)

    def _etcd_leader_id(self) -> int | None:
        """Believe the highest term that was heard of late; members disagree during an election."""
        now = time.time()
        heard = [(t, leader) for at, t, leader in self._leaders.values() if now - at < _SILENT_S]
        return (max(heard)[1] or None) if heard else None
