"""What devices are held to after a wave: by the model where it agreed before, by what they were where it did not."""

from __future__ import annotations

import json

import pytest

from inventory import Estate
from netconfig.expectations import Answers, Tables, asked_of
from netconfig.model.tables import Row
from tests.netconfig.model_router import ModelRouter

A, B, C = (Row(f"10.{n}.0.0/16", "bgp", 150, 0, (("wan", "10.0.0.1"),)) for n in (1, 2, 3))
OTHER = Row(A.prefix, "bgp", 150, 0, (("lan", "10.0.0.9"),))


def table(*rows: Row) -> dict[str, Row]:
    return {row.prefix: row for row in rows}


@pytest.mark.parametrize(
    ("model", "before", "after", "now", "lacking"),
    [
        ([A], [A], [A], [A], []),
        ([A], [A], [A], [], [A.prefix]),
        ([A], [A], [A, B], [A], [B.prefix]),
        ([A], [A], [A, B], [A, B], []),
        ([A, B], [A, B], [A], [A, B], [B.prefix]),
        ([A], [A], [A], [A, C], [C.prefix]),
        ([A], [A], [A], [OTHER], [A.prefix]),
        # The device differed before the change and is as it was: something else was amiss.
        ([A], [OTHER], [A], [OTHER], []),
        ([A, B], [A], [A, B], [A], []),
        ([A], [A, C], [A], [A, C], []),
        # It differed before and differs otherwise now: that is the change.
        ([A, B], [A], [A, B], [], [A.prefix]),
        ([A], [OTHER], [A], [], [A.prefix]),
        # What was amiss may be well by now.
        ([A, B], [A], [A, B], [A, B], []),
    ],
)
def test_a_table_is_held_to_the_model(
    model: list[Row], before: list[Row], after: list[Row], now: list[Row], lacking: list[str]
) -> None:
    check = Tables(lambda _: model, lambda _: after)
    found = check.lacking("a-r1", table(*now), table(*before))
    assert [sentence.split()[1].rstrip(":") for sentence in found] == lacking
    assert check.obstacle("a-r1", table(*now)) is None


def test_a_table_that_cannot_be_read_is_told_unless_it_never_could() -> None:
    check = Tables(lambda _: [A], lambda _: [A])
    assert check.lacking("a-r1", None, table(A)) == ("the table of a-r1 cannot be read",)
    assert check.lacking("a-r1", table(A), None) == ()


class Saying(ModelRouter):
    """A router that says one thing."""

    said = ""

    def read(self, command: str) -> str:
        return self.said


@pytest.mark.parametrize(
    ("said", "seen"),
    [
        ("{}", {}),
        ("% Unknown command", None),
        ("zebra is not running", None),
        (json.dumps({A.prefix: [{"selected": True}]}), None),
    ],
)
def test_what_is_no_table_is_none(said: str, seen: dict[str, Row] | None) -> None:
    router = Saying()
    router.said = said
    assert Tables(lambda _: [], lambda _: []).look("a-r1", router) == seen


def test_whoever_answered_must_answer() -> None:
    silent = {"x"}
    check = Answers({"a-r1": ["x", "y", "z"]}, lambda host: host not in silent)
    router = ModelRouter()
    before = check.look("a-r1", router)
    assert before == {"y", "z"}
    silent.add("y")
    assert check.lacking("a-r1", check.look("a-r1", router), before) == ("y does not answer",)
    silent.clear()
    assert check.lacking("a-r1", check.look("a-r1", router), before) == ()
    assert check.look("b-r1", router) == frozenset()


def test_who_is_asked_stands_behind_the_device_or_passes_through_its_site(shipped: Estate) -> None:
    core = shipped.slice_hosts("core")
    assert asked_of(shipped, "kushiro-r1", core) == ("kushiro-t1",)
    centre = asked_of(shipped, "mitaka-r1", core)
    assert "mitaka-r1" not in centre
    assert {"mitaka-r2", "mitaka-db1", "kushiro-t1", "sendai-etcd1"} <= set(centre)
    others = [name for name in centre if shipped.hosts[name].site != "mitaka"]
    sites = [shipped.hosts[name].site for name in others]
    assert len(sites) == len(set(sites))
    # A site that shares a building is behind the router of that building.
    guest = next(site for site in shipped.sites.values() if site.shares)
    behind = asked_of(shipped, f"{guest.shares}-r1", tuple(shipped.hosts))
    assert f"{guest.name}-t1" in behind
