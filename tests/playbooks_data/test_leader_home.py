"""Who gets the lead of etcd: only a leader hands it over, and only to a witness that is up to date."""

from __future__ import annotations

import json
from types import ModuleType
from typing import Any

import pytest

NAMES = ("mitaka", "kansai", "sendai", "fukuoka")
PREFERRED = ("sendai", "fukuoka")


def _members(leader_home: ModuleType, learner: str = "") -> list[Any]:
    return [
        leader_home.Member(name, number, f"http://{name}:2379", name == learner)
        for number, name in enumerate(NAMES, start=1)
    ]


@pytest.mark.parametrize(
    ("own", "leader", "answers", "learner", "heir"),
    [
        (1, 1, {"sendai": (3, 1, 100), "fukuoka": (4, 1, 100)}, "", "sendai"),
        (1, 1, {"fukuoka": (4, 1, 100)}, "", "fukuoka"),  # Sendai is away
        (1, 1, {"sendai": (3, 1, 50), "fukuoka": (4, 1, 100)}, "", "sendai"),
        (1, 1, {"sendai": (3, 1, -1000), "fukuoka": (4, 1, 100)}, "", "fukuoka"),  # lags
        (1, 1, {"sendai": (3, 2, 100)}, "", None),  # follows somebody else
        (1, 1, {"sendai": (3, 1, 100)}, "sendai", None),  # a learner has no vote
        (1, 1, {}, "", None),  # both witnesses away
        (1, 2, {"sendai": (3, 2, 100)}, "", None),  # not the leader
        (3, 3, {"fukuoka": (4, 3, 100)}, "", None),  # leads at a witness already
    ],
)
def test_successor(
    leader_home: ModuleType,
    own: int,
    leader: int,
    answers: dict[str, tuple[int, int, int]],
    learner: str,
    heir: str | None,
) -> None:
    got = leader_home.successor(
        leader_home.Status(own, leader, 100),
        _members(leader_home, learner),
        {name: leader_home.Status(*status) for name, status in answers.items()},
        PREFERRED,
    )
    assert (got.name if got else None) == heir


def _fake_etcdctl(calls: list[tuple[str, ...]], leader: int) -> Any:
    def run(endpoints: str, *arguments: str, is_failure_fine: bool = False) -> str:
        calls.append((endpoints, *arguments))
        if arguments[0] == "move-leader":
            return ""
        if arguments[0] == "member":
            members = [
                {"ID": number, "name": name, "clientURLs": [f"http://{name}:2379"]}
                for number, name in enumerate(NAMES, start=1)
            ]
            return json.dumps({"members": members})
        return json.dumps(
            [
                {
                    "Endpoint": url,
                    "Status": {
                        "header": {"member_id": NAMES.index(url[7:-5]) + 1},
                        "leader": leader,
                        "raftIndex": 7,
                    },
                }
                for url in endpoints.split(",")
            ]
        )

    return run


@pytest.mark.parametrize(("leader", "moves"), [(1, 1), (2, 0)])
def test_asks_its_own_endpoint(
    leader_home: ModuleType, monkeypatch: pytest.MonkeyPatch, leader: int, moves: int
) -> None:
    calls: list[tuple[str, ...]] = []
    monkeypatch.setattr(leader_home, "_etcdctl", _fake_etcdctl(calls, leader))
    environment = {
        "ETCD_ADVERTISE_CLIENT_URLS": "http://mitaka:2379",
        "HIKAE_ETCD_PREFERRED": "sendai fukuoka",
    }
    assert leader_home.main(environment) == 0
    moved = [call for call in calls if call[1] == "move-leader"]
    assert moved == [("http://mitaka:2379", "move-leader", "3")] * moves


def test_a_silent_etcd_is_a_failed_run(
    leader_home: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(leader_home, "_etcdctl", lambda *_, **__: "[]")
    environment = {"ETCD_ADVERTISE_CLIENT_URLS": "http://x:2379", "HIKAE_ETCD_PREFERRED": "sendai"}
    assert leader_home.main(environment) == 1
    assert leader_home.main({**environment, "HIKAE_ETCD_PREFERRED": ""}) == 0
