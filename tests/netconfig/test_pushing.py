"""How commands bring configurations to a fleet: in waves, drained, led back to, kept in histories; over model routers."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from netconfig.history import FOUND, History, Writer
from netconfig.kit import Confirmed
from netconfig.sessions import Watch
from tests.cli.acting_world import Fleetlike
from tests.estates import estate_of
from tests.netconfig.conftest import SMALL
from tests.netconfig.living import Living
from twin import pushing
from twin.places import Places

ESTATE = estate_of(SMALL)
CORE = ESTATE.slice_hosts("core")
PAIRED, OTHER = "hachinohe-r1", "hachinohe-r2"


@pytest.fixture
def world(monkeypatch: pytest.MonkeyPatch) -> Living:
    found = Living(ESTATE, CORE)
    monkeypatch.setattr(pushing, "kit_of", lambda lab, conductor, why: found.kit())
    monkeypatch.setattr("netconfig.drain.time.sleep", lambda _: None)
    return found


@pytest.fixture
def fleet(tmp_path: Path) -> Any:
    return Fleetlike(ESTATE, CORE, Places(tmp_path / "home", tmp_path / "run"))


def test_only_what_is_asked_for_is_pushed(world: Living, fleet: Any) -> None:
    world.change = lambda _, text: text.replace(" timers bgp 3 9", " timers bgp 1 3")
    said: list[str] = []
    pushed = pushing.push_network(fleet, fleet, limit=["miyako-r1"], soak_s=0, says=said.append)
    assert [result.device for result in pushed.devices] == ["miyako-r1"]
    assert world.order == ["miyako-r1"]
    assert said == ["wave 1 (canary): 1 device: miyako-r1"]
    pushed = pushing.push_network(fleet, fleet, apply=False)
    assert [result.device for result in pushed.devices] == list(world.routers)
    assert world.order == ["miyako-r1"]


def test_a_drained_router_stays_so_over_a_push_until_it_is_led_back_to(
    world: Living, fleet: Any
) -> None:
    (result,) = pushing.push_drain(fleet, fleet, [PAIRED], is_drained=True, why="drain")
    assert result.error is None
    assert world.routers[PAIRED].saved == world.routers[PAIRED].lines
    assert "bgp graceful-shutdown" in world.runs(PAIRED)
    assert pushing.push_network(fleet, fleet).waves == ()
    assert "max-metric" in world.runs(PAIRED)
    (result,) = pushing.push_drain(fleet, fleet, [PAIRED], is_drained=False, why="undrain")
    assert (result.changed, result.error) == (True, None)
    assert "bgp graceful-shutdown" not in world.runs(PAIRED)
    (result,) = pushing.push_drain(fleet, fleet, [PAIRED], is_drained=False, why="undrain")
    assert not result.changed
    assert [each.how for each in world.kept if each.device == PAIRED] == [
        *("drained", "", "led back to", "")
    ]


def test_a_router_that_is_not_reached_is_a_result_beside_the_other(
    world: Living, fleet: Any
) -> None:
    world.mute.add(PAIRED)
    first, second = pushing.push_drain(fleet, fleet, [PAIRED, OTHER], is_drained=True, why="x")
    assert str(first.error).startswith("not reached")
    assert second.error is None


def test_a_router_with_one_line_left_can_be_led_back_to(world: Living, fleet: Any) -> None:
    pushing.push_drain(fleet, fleet, [PAIRED], is_drained=True, why="drain")
    for neighbor in list(Watch.of(ESTATE, [OTHER], CORE).lines[OTHER]):
        world.down.add((OTHER, neighbor))
    (result,) = pushing.push_drain(fleet, fleet, [PAIRED], is_drained=False, why="undrain")
    assert result.error is None


def test_histories_of_the_twin_are_not_those_of_production(tmp_path: Path) -> None:
    places = Places(tmp_path, tmp_path / "run")
    twin = pushing.history_in(places, "shaho", is_production=False)
    by = Writer("tanaka", "shaho", "CHG-1", "push")
    pushing._keep(twin, by, [Confirmed("a-r1", "frr\n", ""), Confirmed("a-r1", "bfd\n", "wave 1")])
    assert [moment.how for moment in twin.of("a-r1")] == ["wave 1", FOUND]
    assert list(pushing.history_in(places, "shaho", is_production=True).of("a-r1")) == []
    assert isinstance(twin, History)
    assert [path.name for path in (tmp_path / "histories" / "shaho").iterdir()] == ["twin.git"]
