"""Whom Patroni asks when voters fail: those of its configuration, in that order, without asking for a list."""

from __future__ import annotations

from types import ModuleType
from typing import Any

import pytest

NAMED = ["https://10.0.1.1:2379", "https://10.0.2.1:2379", "https://10.0.3.1:2379"]


def client_of(etcd_hosts: ModuleType, said: list[str]) -> Any:
    """A client whose first look at the voters answers as `said`; an empty answer is none at all."""

    class Client:
        def __init__(self) -> None:
            self._machines_cache: list[str] = []
            self._base_uri = "https://127.0.0.1:2379"
            self._machines_cache_updated = 0.0
            self.looks = 0

        def _get_machines_cache_from_config(self) -> list[str]:
            return list(NAMED)

        def _refresh_machines_cache(self, machines_cache: object = None) -> bool:
            self.looks += 1
            if not said:
                raise ConnectionError("no voter answers")
            self._machines_cache = list(said)
            self.set_base_uri(said[0])
            return True

        def set_base_uri(self, value: str) -> None:
            self._base_uri = value

    etcd_hosts.install(Client)
    return Client()


def test_the_own_sites_voter_is_asked_first_whatever_the_list_says(etcd_hosts: ModuleType) -> None:
    client = client_of(etcd_hosts, [NAMED[2], NAMED[1]])
    client._refresh_machines_cache(NAMED)
    assert client._machines_cache == NAMED
    assert client._base_uri == NAMED[0]


def test_a_failure_later_asks_nobody_for_a_list_and_keeps_who_answers(
    etcd_hosts: ModuleType,
) -> None:
    client = client_of(etcd_hosts, NAMED)
    client._refresh_machines_cache(NAMED)
    client.set_base_uri(NAMED[1])
    for _ in range(3):
        assert client._refresh_machines_cache() is False
    assert client.looks == 1
    assert client._base_uri == NAMED[1]
    assert client._machines_cache_updated > 0


def test_at_the_start_no_answer_is_an_error_every_time(etcd_hosts: ModuleType) -> None:
    client = client_of(etcd_hosts, [])
    for _ in range(2):
        with pytest.raises(ConnectionError):
            client._refresh_machines_cache(NAMED)
    assert client.looks == 2
