"""What is asked of Patroni when a cluster woke up away from home."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence

import pytest

from inventory.transport import Completed
from twin.home import _go

MEMBERS = ("mitaka-db1", "mitaka-db2", "kansai-db1")
HOME = ("mitaka-db1", "mitaka-db2")


class Cluster:
    """Answers `list` from given roles (None: no answer), and keeps what else was asked."""

    def __init__(self, roles: dict[str, str], deaf: Sequence[str] = (), refusal: str = "") -> None:
        self.roles, self.deaf, self.refusal = roles, deaf, refusal
        self.asked: list[tuple[str, ...]] = []

    def run(
        self,
        host: str,
        argv: Sequence[str],
        *,
        deadline_s: float,
        stdin: str | None = None,
        sudo: bool = False,
    ) -> Completed:
        assert sudo
        if argv[1] != "list":
            self.asked.append((host, *argv[1:]))
            code = 1 if self.refusal else 0
            return Completed(host, tuple(argv), code, "", self.refusal, 0.1)
        rows = [{"Member": name, "Role": role} for name, role in self.roles.items()]
        code = 1 if host in self.deaf else 0
        return Completed(host, tuple(argv), code, json.dumps(rows) if code == 0 else "", "", 0.1)

    def put(self, host: str, path: str, data: bytes, *, mode: int = 0o644) -> None:
        raise AssertionError

    def get(self, host: str, path: str) -> bytes:
        raise AssertionError

    def run_all(
        self, hosts: Sequence[str], argv: Sequence[str], *, deadline_s: float, sudo: bool = False
    ) -> Mapping[str, Completed]:
        raise AssertionError


def roles(leader: str, *synchronous: str) -> dict[str, str]:
    found = dict.fromkeys(MEMBERS, "Replica") | dict.fromkeys(synchronous, "Sync Standby")
    return found | {leader: "Leader"}


def test_a_cluster_led_from_home_is_left_alone() -> None:
    cluster = Cluster(roles("mitaka-db2", "kansai-db1"))
    assert _go(cluster, "records", MEMBERS, HOME) is None
    assert cluster.asked == []


def test_the_lead_goes_to_a_synchronous_member_at_home_only() -> None:
    cluster = Cluster(roles("kansai-db1", "mitaka-db2"), deaf=["mitaka-db1"])
    assert _go(cluster, "records", MEMBERS, HOME) == "kansai-db1 hands over to mitaka-db2"
    words = "switchover records --leader kansai-db1 --candidate mitaka-db2 --force"
    assert cluster.asked == [("kansai-db1", *words.split())]


@pytest.mark.parametrize(
    ("given", "lack"),
    [
        ({}, "nobody leads it"),
        (
            roles("kansai-db1"),
            "kansai-db1 leads it and no member at home is synchronous yet",
        ),
    ],
)
def test_nothing_is_moved_while_it_could_lose(given: dict[str, str], lack: str) -> None:
    cluster = Cluster(given)
    assert _go(cluster, "records", MEMBERS, HOME) == lack
    assert cluster.asked == []


def test_a_refusal_is_told() -> None:
    cluster = Cluster(roles("kansai-db1", "mitaka-db1"), refusal="candidate is behind")
    lack = _go(cluster, "records", MEMBERS, HOME)
    assert lack == "kansai-db1 hands over to mitaka-db1: candidate is behind"
