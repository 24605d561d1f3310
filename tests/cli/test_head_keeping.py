"""After each act the record's new head goes to the store; a store that is away is told and stops nothing."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import EndpointConnectionError

from cli import head_keeping
from cli.acting import Acting
from cli.chain import last_head
from cli.exits import Exit
from cli.record import recorded
from tests.estates import estate_of
from twin.errors import TwinFailed
from twin.places import Places

ESTATE = estate_of()
NAMED = Acting("tanaka", "CHG-4711")


@pytest.fixture
def places(tmp_path: Path) -> Places:
    return Places(tmp_path / "home", tmp_path / "run")


class Reached:
    """A fleet with a store, or without; the bastion is only stood at."""

    def __init__(self, places: Places, hosts: tuple[str, ...]) -> None:
        self.fleet = self
        self.conductor = self
        self.estate, self.places, self.names = ESTATE, places, hosts

    def role(self, name: str) -> str:
        return ESTATE.hosts[name].role

    @contextmanager
    def at_bastion(self) -> Iterator[None]:
        yield


def keeper(places: Places, *hosts: str) -> Any:
    reached: Any = Reached(places, hosts)
    return head_keeping.head_keeper(reached)


def act(places: Places, elsewhere: Any) -> None:
    with recorded(ESTATE, NAMED, "net push", "twin", places, elsewhere=elsewhere) as recording:
        recording.end(Exit.FINE)


def test_the_new_head_is_sent_after_each_act(
    places: Places, monkeypatch: pytest.MonkeyPatch
) -> None:
    sent: list[tuple[str, str, bytes]] = []
    monkeypatch.setattr(head_keeping, "store_client", lambda *_, **__: "client")
    monkeypatch.setattr(
        head_keeping,
        "keep_head",
        lambda client, bucket, estate, head: sent.append((bucket, estate, head)),
    )
    for number in (1, 2):
        act(places, keeper(places, "kansai-store1"))
        assert len(sent) == number
        assert sent[-1] == (ESTATE.backups.bucket, "shaho", last_head("shaho", places))
    assert sent[0][2] != sent[1][2]


def test_an_act_that_failed_is_kept_too(places: Places) -> None:
    heads: list[bytes] = []
    with (
        pytest.raises(TwinFailed),
        recorded(ESTATE, NAMED, "net push", "twin", places, elsewhere=heads.append),
    ):
        raise TwinFailed("It did not come up.")
    assert heads == [last_head("shaho", places)]


@pytest.mark.parametrize(
    "error",
    [EndpointConnectionError(endpoint_url="https://x"), OSError("no route"), TwinFailed("x")],
)
def test_a_store_that_is_away_is_told_and_stops_nothing(
    places: Places,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    error: Exception,
) -> None:
    def away(*_: object, **__: object) -> None:
        raise error

    monkeypatch.setattr(head_keeping, "store_client", away)
    act(places, keeper(places, "kansai-store1"))
    assert "The record's head was not kept in the store" in capsys.readouterr().err


def test_where_there_is_no_store_nothing_is_asked(
    places: Places, capsys: pytest.CaptureFixture[str]
) -> None:
    act(places, keeper(places, "kushiro-r1"))
    assert capsys.readouterr().err == ""
    assert last_head("another", places) is None
