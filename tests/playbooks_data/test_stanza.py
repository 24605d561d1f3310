"""A cluster's place in the backups is made once, by its leader; a replica waits and makes nothing."""

from __future__ import annotations

import json
from collections.abc import Sequence
from types import ModuleType

import pytest

from tests.playbooks_data.conftest import _program

GONE = json.dumps([{"name": "records", "status": {"code": 1, "message": "missing stanza path"}}])
THERE = json.dumps([{"name": "records", "status": {"code": 2, "message": "no valid backups"}}])


@pytest.fixture(scope="module")
def stanza(_no_bytecode: None) -> ModuleType:
    return _program("postgres", "stanza")


class Host:
    """Answers as pgBackRest and psql do, each answer in its turn; the last one stays."""

    def __init__(self, leads: bool, *said: str) -> None:
        self.leads, self.said, self.asked = leads, list(said), list[list[str]]()

    def __call__(self, argv: Sequence[str]) -> str:
        self.asked.append(list(argv))
        if argv[0] == "psql":
            return "t\n" if self.leads else "f\n"
        if argv[-1] == "stanza-create":
            return ""
        found = self.said.pop(0) if len(self.said) > 1 else self.said[0]
        if found.startswith("!"):
            raise RuntimeError(found)
        return found


def test_the_leader_makes_it_once(stanza: ModuleType) -> None:
    host = Host(True, GONE)
    assert stanza.ensure("records", host, lambda _: None)
    assert host.asked[-1] == ["pgbackrest", "--stanza=records", "stanza-create"]


def test_a_second_run_makes_nothing(stanza: ModuleType) -> None:
    host = Host(True, THERE)
    assert not stanza.ensure("records", host, lambda _: None)
    assert len(host.asked) == 1


def test_a_replica_waits_until_it_is_there(stanza: ModuleType) -> None:
    host = Host(False, GONE, "!the store does not answer", THERE)
    assert not stanza.ensure("records", host, lambda _: None)
    assert not [argv for argv in host.asked if "stanza-create" in argv]


def test_a_wait_in_vain_says_why(stanza: ModuleType) -> None:
    with pytest.raises(RuntimeError, match=r"no stanza records after 90 s: !the store"):
        stanza.ensure("records", Host(True, "!the store does not answer"), lambda _: None)
