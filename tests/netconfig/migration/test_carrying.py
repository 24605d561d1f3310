"""A plan carried out on models of routers: it arrives, and the first deviation takes its step back and stops."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest

from inventory import Estate
from netconfig.canonical import read_config
from netconfig.guard import Guard
from netconfig.migration.carrying import Carried, Pushing, carry
from netconfig.migration.plan import Plan, Step, running_after
from netconfig.migration.planner import make_plan
from netconfig.model.verify import rendered
from netconfig.safeguard import Safeguard
from netconfig.sessions import Watch
from tests.netconfig.migration.conftest import FIBRE
from tests.netconfig.model_router import ModelRouter


@pytest.fixture(scope="module")
def plan(small: Estate, laid: Callable[[str], Estate]) -> Plan:
    """From `north` to `fibre`."""
    return make_plan(small, laid(FIBRE))


def routers(texts: dict[str, str], *more: str) -> dict[str, ModelRouter]:
    found = {name: ModelRouter(name) for name in (*texts, *more)}
    for name, text in texts.items():
        found[name].lines = set(read_config(text))
    return found


def run(
    steps: list[Step],
    known: dict[str, ModelRouter],
    has_held: Callable[[Step], str | None] = lambda _: None,
    may_begin: Callable[[Step], str | None] = lambda _: None,
) -> list[Carried]:
    @contextmanager
    def opener(host: str) -> Iterator[ModelRouter]:
        yield known[host]

    hands = Pushing(opener, with_networks=True)
    return list(carry(steps, hands, may_begin=may_begin, has_held=has_held))


def test_every_router_runs_the_target_in_the_end(
    small: Estate, laid: Callable[[str], Estate], plan: Plan
) -> None:
    known = routers(rendered(small), "fibre-pe1")
    done = run(plan.steps, known)
    assert [one.error for one in done] == [None] * len(plan.steps)
    for name, text in rendered(laid(FIBRE)).items():
        assert read_config(known[name].shown()) == read_config(text), name


def test_a_deviation_takes_its_step_back_and_stops(small: Estate, plan: Plan) -> None:
    known = routers(rendered(small), "fibre-pe1")
    bad = next(step.number for step in plan.steps if step.kind == "prefer-line")
    done = run(plan.steps, known, has_held=lambda step: "a gap" if step.number == bad else None)
    assert len(done) == bad
    assert done[-1].error == "a gap"
    assert done[-1].taken_back
    expected = running_after(rendered(small), plan.steps[: bad - 1])
    for name in rendered(small):
        assert read_config(known[name].shown()) == read_config(expected[name]), name


def test_a_step_that_may_not_begin_touches_nothing(small: Estate, plan: Plan) -> None:
    known = routers(rendered(small), "fibre-pe1")
    done = run(plan.steps, known, may_begin=lambda _: "miyako-r1 - coop-pe1 is down")
    (one,) = done
    assert (one.devices, one.taken_back) == ((), ())
    assert all(not router.typed for router in known.values())


def guarded(asked: list[tuple[str, str]], known: dict[str, ModelRouter]) -> Guard:
    """The devices' own guards: what each was asked, and that it does it."""
    before: dict[str, set[tuple[str, ...]]] = {}

    def ask(host: str, words: str) -> str:
        act = words.split()[0]
        asked.append((host, act))
        if act == "arm":
            before.setdefault(host, set(known[host].lines))
        elif act == "back":
            known[host].lines = before.pop(host)
        else:
            before.pop(host, None)
        return '{"pending": null}'

    return Guard(ask, "CHG-1", 60)


def hands(
    known: dict[str, ModelRouter], asked: list[tuple[str, str]], opened: list[str]
) -> Pushing:
    @contextmanager
    def opener(host: str) -> Iterator[ModelRouter]:
        opened.append(host)
        yield known[host]

    return Pushing(
        opener,
        guard_of=lambda _: guarded(asked, known),
        is_guarded=lambda device: not device.endswith("-pe1"),
        with_networks=True,
    )


@pytest.fixture
def coming(plan: Plan) -> Step:
    """A line comes: both ends are changed, the network's last."""
    return next(step for step in plan.steps if step.kind == "add-line")


def test_what_has_a_guard_is_armed_and_confirmed_and_the_network_changed_after_it(
    small: Estate, plan: Plan, coming: Step, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Watch, "look", lambda *_: {})
    before = running_after(rendered(small), plan.steps[: coming.number - 1])
    known = routers(before, *({one.device for one in coming.devices} - set(before)))
    asked: list[tuple[str, str]] = []
    opened: list[str] = []
    done = hands(known, asked, opened).change(coming)
    assert [one.error for one in done] == [None] * len(coming.devices)
    ours = [one.device for one in coming.devices if one.is_ours]
    theirs = [one.device for one in coming.devices if not one.is_ours]
    assert {host for host, _ in asked} == set(ours)
    assert [act for host, act in asked if host == ours[0]] == ["arm", "confirm"]
    assert opened[-len(theirs) :] == theirs


def test_a_line_that_comes_up_by_a_step_is_not_asked_for_before_it(
    small: Estate, coming: Step
) -> None:
    # Every session is down: a push by itself refuses such a device, a step has asked for what it requires.
    known = routers({})
    ours = [one.device for one in coming.devices if one.is_ours]
    (check,) = hands(known, [], [])._checks(coming, ours)
    assert [check.obstacle(device, {}) for device in ours] == [None] * len(ours)
    assert coming.requires


def test_where_a_guarded_device_fails_the_network_is_not_begun(
    small: Estate, plan: Plan, coming: Step, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Watch, "look", lambda *_: {})
    monkeypatch.setattr(Safeguard, "wait", lambda *_: "after 0 s a neighbour is down")
    before = running_after(rendered(small), plan.steps[: coming.number - 1])
    known = routers(before, *({one.device for one in coming.devices} - set(before)))
    asked: list[tuple[str, str]] = []
    opened: list[str] = []
    done = hands(known, asked, opened).change(coming)
    assert "a neighbour is down; it was taken back" in str(done[0].error)
    assert not [host for host in opened if host.endswith("-pe1")]
    ours = coming.devices[0].device
    assert read_config(known[ours].shown()) == read_config(before[ours])


def test_the_way_back_begins_with_the_network_and_asks_no_session(
    small: Estate, plan: Plan, coming: Step, monkeypatch: pytest.MonkeyPatch
) -> None:
    def look(*_: object) -> dict[str, str]:
        raise AssertionError("what the step brought up goes down again: nothing of it is held to")

    after = running_after(rendered(small), plan.steps[: coming.number])
    known = routers(after)
    asked: list[tuple[str, str]] = []
    opened: list[str] = []
    monkeypatch.setattr(Watch, "look", look)
    done = hands(known, asked, opened).change_back(coming)
    assert [one.error for one in done] == [None] * len(done)
    assert opened[0].endswith("-pe1")
    before = running_after(rendered(small), plan.steps[: coming.number - 1])
    for one in coming.devices:
        if one.before is not None:
            assert read_config(known[one.device].shown()) == read_config(before[one.device])


def test_a_device_that_went_is_not_pushed_back(plan: Plan) -> None:
    going = next(step for step in plan.steps if any(d.after is None for d in step.devices))
    gone = {one.device for one in going.devices if one.after is None}
    known = routers({d.device: d.after for d in going.devices if d.after is not None}, *gone)
    opened: list[str] = []
    hands(known, [], opened).change_back(going)
    assert not gone & set(opened)
