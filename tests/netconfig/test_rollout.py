"""A change that goes in waves through a living network of models: in order, watched, and back where it deviates."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from inventory import Estate
from netconfig.canonical import canonical_text, read_config
from netconfig.kit import Pushed
from netconfig.line_parts import line_ends
from netconfig.reach import expected_sessions
from netconfig.render import router_config
from netconfig.rollout import roll_out
from tests.estates import estate_of
from tests.netconfig.conftest import SMALL
from tests.netconfig.living import Living

ESTATE = estate_of(SMALL)
CORE = ESTATE.slice_hosts("core")
CANARY, OFFICE, VOTE = "sakata-r1", "miyako-r1", "otaru-r1"


def faster(_: str, text: str) -> str:
    """A change of every router with BGP that touches no line."""
    return text.replace(" timers bgp 3 9", " timers bgp 1 3")


def quicker(_: str, text: str) -> str:
    """A change at both lines of every router."""
    return text.replace("timers connect 5", "timers connect 7")


@pytest.fixture
def world() -> Living:
    return Living(ESTATE, CORE, change=faster)


def push(world: Living, **kit: object) -> Pushed:
    return roll_out(world.kit(**kit), world.routers)


def sizes(world: Living, sizes: tuple[int, ...], canaries: tuple[str, ...]) -> None:
    """Other rules of waves than the estate's."""
    rules = replace(ESTATE.devices.waves, sizes=sizes, canaries=canaries)
    world.estate = replace(ESTATE, devices=replace(ESTATE.devices, waves=rules))


def canonical(text: str) -> str:
    return canonical_text(read_config(text))


def states(pushed: Pushed) -> list[str]:
    return [wave.state for wave in pushed.waves]


def test_every_wave_is_pushed_watched_and_kept(world: Living) -> None:
    pushed = push(world)
    assert pushed.failed == ()
    assert set(states(pushed)) == {"done"}
    in_order = [device for wave in pushed.waves for device in wave.devices]
    assert world.order == in_order
    assert in_order[:3] == [CANARY, OFFICE, VOTE]
    assert world.slept == [ESTATE.devices.waves.soak_s] * len(pushed.waves)
    for host, router in world.routers.items():
        assert router.lines == router.saved == set(read_config(faster(host, world.text(host))))
    written = [(each.device, each.how) for each in world.kept if each.how]
    assert [device for device, _ in written] == in_order
    assert written[0] == (CANARY, "wave 1 (canary): 1 device")
    assert [each.device for each in world.kept if not each.how] == list(world.routers)
    # Again: nothing is left to be done.
    world.order.clear()
    again = push(world)
    assert (again.failed, again.waves, world.order) == ((), (), [])


def test_a_plan_shows_the_waves_and_changes_nothing(world: Living) -> None:
    planned = roll_out(world.kit(), world.routers, is_applied=False)
    assert set(states(planned)) == {"planned"}
    assert [wave.devices for wave in planned.waves][:2] == [(CANARY,), (OFFICE,)]
    assert (world.order, world.kept, world.slept) == ([], [], [])
    assert all(guard.calls == [] for guard in world.guards.values())


def test_the_first_deviation_stops_it_and_its_wave_goes_back(world: Living) -> None:
    """Two offices in one wave: one loses a neighbour, the other had confirmed."""
    sizes(world, (1, 1, 9), canaries=())
    offices = [CANARY, OFFICE]
    peer = line_ends(ESTATE, VOTE)[0].neighbor

    def lose(host: str) -> None:
        if host == VOTE:
            world.down.add((VOTE, peer))

    world.when_typed = lose
    pushed = push(world)
    assert states(pushed)[:3] == ["done", "done", "rolled back"]
    assert set(states(pushed)[3:]) == {"not begun"}
    assert world.runs(VOTE) == canonical(world.text(VOTE))
    assert all("timers bgp 1 3" in world.runs(host) for host in offices)
    errors = {result.device: result.error for result in pushed.devices}
    assert errors[VOTE] == f"after 0 s bgp {peer} is down; it was taken back"
    assert errors[CANARY] is None
    assert str(errors["akita-r1"]).startswith(f"not pushed: stopped before it: {VOTE}: after 0 s")
    assert "the waves before it stay" in pushed.waves[2].sentences[-1]


def test_a_wave_of_several_goes_back_together(world: Living) -> None:
    sizes(world, (9,), canaries=())
    peer = line_ends(ESTATE, OFFICE)[1].neighbor

    def lose(host: str) -> None:
        if host == OFFICE:
            world.down.add((OFFICE, peer))

    world.when_typed = lose
    pushed = push(world)
    assert pushed.waves[0].devices == (OFFICE, CANARY)
    assert pushed.waves[0].state == "rolled back"
    for host in (OFFICE, CANARY):
        assert world.runs(host) == canonical(world.text(host))
        assert world.routers[host].saved == world.routers[host].lines
    results = {result.device: result for result in pushed.devices}
    assert not results[CANARY].changed
    assert str(results[CANARY].error).startswith(f"rolled back with its wave: {OFFICE}: after 0 s")
    assert [each.how.split(":")[0] for each in world.kept if each.device == CANARY] == [
        *("", "wave 1 (canary)", "rolled back")
    ]


FAULTS: dict[str, Callable[[Living], object]] = {
    "does not answer": lambda world: world.mute.add("sakata-t1"),
    "is down": lambda world: world.down.add((CANARY, line_ends(ESTATE, CANARY)[0].neighbor)),
    "model": lambda world: world.routers[CANARY].lines.add(("ip route 192.0.2.0/24 Null0",)),
    "not reached": lambda world: world.mute.add(CANARY),
}


@pytest.mark.parametrize("words", FAULTS)
def test_what_goes_wrong_while_it_is_watched_takes_the_wave_back(words: str, world: Living) -> None:
    world.when_slept = lambda number: FAULTS[words](world) if number == 1 else None
    pushed = push(world)
    assert states(pushed)[0] == "rolled back"
    assert set(states(pushed)[1:]) == {"not begun"}
    assert words in pushed.waves[0].sentences[0]
    if words == "not reached":
        assert f"{CANARY} was not rolled back" in pushed.waves[0].sentences[1]
    else:
        assert world.runs(CANARY) == canonical(world.text(CANARY))


def test_what_was_amiss_before_is_not_laid_to_the_change(world: Living) -> None:
    world.mute.add("sakata-t1")
    sessions = expected_sessions(ESTATE, "hachinohe-r1", CORE)["bgp"]
    lines = {end.neighbor for end in line_ends(ESTATE, "hachinohe-r1")}
    (inner,) = set(sessions) - lines
    world.down.add(("hachinohe-r1", inner))
    assert push(world).failed == ()
    assert "timers bgp 1 3" in world.runs("hachinohe-r1")


def test_an_office_whose_other_line_is_down_is_left_out(world: Living) -> None:
    end = line_ends(ESTATE, OFFICE)[0]
    world.down.add((OFFICE, end.neighbor))
    pushed = push(world)
    sentence = f"{OFFICE}'s line to {end.network} ({end.neighbor}) is down"
    assert pushed.failed == (f"{OFFICE}: left out: {sentence}",)
    assert set(states(pushed)) == {"done"}
    assert OFFICE not in world.order
    (wave,) = [wave for wave in pushed.waves if OFFICE in wave.devices]
    assert wave.sentences == (f"left out: {sentence}",)
    # Whoever mends the line says so.
    assert push(world, is_careful=False).failed == ()
    assert OFFICE in world.order


def test_a_border_router_waits_while_the_other_one_has_a_line_down(world: Living) -> None:
    end = line_ends(ESTATE, "hachinohe-r2")[0]
    world.down.add(("hachinohe-r2", end.neighbor))
    failed = push(world).failed
    assert [sentence.split(":")[0] for sentence in failed] == ["hachinohe-r1", "hachinohe-r2"]
    assert all("hachinohe-r2's line to" in sentence for sentence in failed)


def test_what_the_model_foresees_is_not_tried(world: Living) -> None:
    block = ESTATE.sites["miyako"].prefix

    def silent(host: str, text: str) -> str:
        return text.replace(f"  network {block}\n", "") if host == OFFICE else faster(host, text)

    world.change = silent
    pushed = push(world)
    assert states(pushed)[:2] == ["done", "refused"]
    assert pushed.waves[1].sentences[0].startswith("the model foresees: ")
    assert world.order == [CANARY]
    planned = roll_out(world.kit(), world.routers, is_applied=False)
    (wave,) = [wave for wave in planned.waves if OFFICE in wave.devices]
    assert "miyako" in wave.sentences[0]


def test_bare_routers_go_at_once_and_what_they_refuse_stops_the_rest(world: Living) -> None:
    bare = ["miyako-r1", "akita-r1", "otaru-r1"]
    for host in bare:
        world.routers[host].lines = set(read_config(world.staged(host)))
    pushed = push(world)
    assert pushed.failed == ()
    assert (pushed.waves[0].stage, set(pushed.waves[0].devices)) == ("day 0", set(bare))
    assert set(world.order[:3]) == set(bare)
    assert {x.how for x in world.kept if x.device in bare} == {"day 0"}
    for host in bare:
        world.routers[host].lines = set(read_config(world.staged(host)))
    world.change = quicker
    world.guards["akita-r1"].is_deaf_to = "arm"
    pushed = push(world)
    assert pushed.waves[0].state == "refused"
    assert set(states(pushed)[1:]) == {"not begun"}


def test_only_bare_routers_need_no_model_and_no_soak(world: Living) -> None:
    for host, router in world.routers.items():
        router.lines = set(read_config(world.staged(host)))
    pushed = push(world)
    assert pushed.failed == ()
    assert states(pushed) == ["done"]
    assert world.slept == []
    calls = {name: guard.calls for name, guard in world.guards.items()}
    # A balancer's text of day 0 is the whole one.
    assert calls == {
        name: ["arm", "confirm"] if name.split("-")[1].startswith("r") else ["status"]
        for name in world.routers
    }


def test_a_drained_router_stays_drained(world: Living) -> None:
    host = "hachinohe-r1"
    drained = router_config(ESTATE, host, CORE, is_drained=True)
    world.routers[host].lines = set(read_config(drained))
    assert push(world).failed == ()
    assert world.runs(host) == canonical(faster(host, drained))
    assert "bgp graceful-shutdown" in world.runs(host)


def test_both_lines_have_their_turn_and_who_drops_out_of_one_is_in_none_after_it(
    world: Living,
) -> None:
    world.change = quicker
    first, second = (end.neighbor for end in line_ends(ESTATE, OFFICE))
    world.down.add((OFFICE, second))
    pushed = push(world)
    office = [wave for wave in pushed.waves if OFFICE in wave.devices]
    assert [wave.network for wave in office] == sorted(
        ESTATE.networks, key=lambda name: ESTATE.networks[name].number
    )
    assert OFFICE not in world.order
    assert world.order.count(CANARY) == 2
    assert f"neighbor {first} timers connect 5" in world.runs(OFFICE)
    (result,) = [result for result in pushed.devices if result.device == CANARY]
    assert len([line for line in result.commands if "timers connect 7" in line]) == 2


def test_between_its_two_waves_an_office_has_one_line_changed(world: Living) -> None:
    world.change = quicker
    seen: list[str] = []
    world.when_slept = lambda number: seen.append(world.runs(CANARY))
    push(world)
    assert [text.count("timers connect 7") for text in seen[:2]] == [1, 2]


def test_a_device_that_is_not_reached_is_a_result_and_stops_nobody(world: Living) -> None:
    world.mute.add(OFFICE)
    pushed = push(world)
    assert [s.split(":")[0] for s in pushed.failed] == [OFFICE]
    assert set(states(pushed)) == {"done"}
    assert "timers bgp 1 3" in world.runs("hachinohe-r1")


@pytest.mark.parametrize("seconds", [0.0, 7.5])
def test_the_soak_is_what_the_caller_says(seconds: float, world: Living) -> None:
    pushed = push(world, soak_s=seconds)
    assert set(world.slept) == ({seconds} if seconds else set())
    assert {wave.soak_s for wave in pushed.waves} == {seconds}


def test_the_estate_of_the_tests_has_two_lines_for_each_office(shipped: Estate) -> None:
    for estate in (ESTATE, shipped):
        offices = [
            site for site in estate.sites.values() if site.kind == "office" and not site.shares
        ]
        assert all(len(line_ends(estate, f"{site.name}-r1")) == 2 for site in offices)
