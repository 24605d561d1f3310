"""Plans between small estates: their order is forced by the network, and each rule that is dropped is seen."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from inventory import Estate
from inventory.editing import rebuilt
from netconfig.migration import planner
from netconfig.migration.attempt import Attempt, Stand
from netconfig.migration.moves import Move
from netconfig.migration.plan import Plan, Step, running_after
from netconfig.migration.planner import all_moves, arrange, make_plan
from netconfig.migration.scope import InvalidMigration
from netconfig.migration.state import Renderer, State, is_same
from netconfig.model.findings import Violation
from netconfig.model.verify import rendered
from tests.netconfig.migration.conftest import FIBRE, THREE_CENTRES, TWO_NEW

Laid = Callable[[str], Estate]


@pytest.fixture(scope="module")
def fibre(small: Estate, laid: Laid) -> Plan:
    """From `north` to `fibre`."""
    return make_plan(small, laid(FIBRE))


@pytest.fixture(scope="module")
def two_new(small: Estate, laid: Laid) -> Plan:
    """From two networks to two others."""
    return make_plan(small, laid(TWO_NEW))


@pytest.fixture(scope="module")
def merge(small: Estate, laid: Laid) -> Plan:
    """A centre that is taken away, its service moved before."""
    return make_plan(laid(THREE_CENTRES), small)


def first(plan: Plan, kind: str, word: str = "") -> int:
    return next(s.number for s in plan.steps if s.kind == kind and word in s.title)


def last(plan: Plan, kind: str, word: str = "") -> int:
    return [s.number for s in plan.steps if s.kind == kind and word in s.title][-1]


@pytest.mark.parametrize("name", ["fibre", "two_new", "merge"])
def test_it_arrives_and_nobody_is_silent(name: str, request: pytest.FixtureRequest) -> None:
    plan: Plan = request.getfixturevalue(name)
    assert plan.refusals == []
    assert plan.silences == 0
    assert plan.is_fine
    assert [step.number for step in plan.steps] == list(range(1, len(plan.steps) + 1))
    assert plan.states >= len(plan.steps)
    assert plan.failures_tried > 10 * plan.states


def test_the_steps_lead_from_one_texts_to_the_other(small: Estate, laid: Laid, fibre: Plan) -> None:
    running = running_after(rendered(small), fibre.steps)
    wanted = rendered(laid(FIBRE))
    assert running.keys() == wanted.keys()
    assert all(is_same(running[name], wanted[name]) for name in wanted)


def test_each_step_starts_where_the_last_one_ended_and_leads_back(
    small: Estate, fibre: Plan
) -> None:
    running = rendered(small)
    for step in fibre.steps:
        for one in step.devices:
            assert one.before == running.get(one.device)
            assert not is_same(one.before, one.after), f"{one.device} is named and does not change"
        back = step.texts_back()
        assert back == {n: running[n] for n in back}
        running = running_after(running, [step])


def test_what_a_wave_renders_is_what_the_whole_state_renders(small: Estate, laid: Laid) -> None:
    # Only what a change may touch is rendered anew: the rest must not have changed.
    for target in (laid(FIBRE), laid(TWO_NEW)):
        renderer, state = Renderer(), State(small)
        texts = renderer.texts(state)
        for move in all_moves(small, target):
            after = move.edit(state)
            whole = renderer.texts(after)
            touched = move.touches(state, after)
            for name in whole:
                if name not in touched:
                    assert is_same(whole[name], texts.get(name)), f"{move.key} changes {name}"
            state, texts = after, whole


def test_make_before_break(two_new: Plan) -> None:
    for site in ("miyako", "sakata", "otaru"):
        mine = [step for step in two_new.steps if site in step.sites]
        kinds = [step.kind for step in mine if step.kind.endswith("-line")]
        assert kinds == ["add-line", "add-line", "prefer-line", "remove-line", "remove-line"]


def test_a_network_is_known_before_its_first_line_and_forgotten_after_its_last(
    fibre: Plan,
) -> None:
    assert last(fibre, "open-network") < first(fibre, "add-line", "fibre")
    assert last(fibre, "remove-line", "north") < first(fibre, "close-network")


def test_centres_join_a_network_before_branches_prefer_it_and_leave_it_after_them(
    fibre: Plan,
) -> None:
    adds = [s for s in fibre.steps if s.kind == "add-line"]
    centres = [s.number for s in adds if {"hachinohe", "akita"} & set(s.sites)]
    assert max(centres) < first(fibre, "prefer-line")
    removes = [s for s in fibre.steps if s.kind == "remove-line"]
    branches = [s.number for s in removes if not {"hachinohe", "akita"} & set(s.sites)]
    assert max(branches) < min(s.number for s in removes if {"hachinohe", "akita"} & set(s.sites))


def test_one_border_at_a_time_drained_and_the_conductors_last(fibre: Plan) -> None:
    for step in fibre.steps:
        centres = [d.device for d in step.devices if d.device[:5] in ("hachi", "akita")]
        assert len(centres) <= 1
    drained: set[str] = set()
    for step in fibre.steps:
        names = {one.device for one in step.devices}
        if step.kind == "drain":
            drained |= names
        elif step.kind == "undrain":
            drained -= names
        elif step.kind == "remove-line" and "hachinohe" in step.sites:
            assert names & drained
        assert len(drained) <= 1
    assert drained == set()
    # The backup centre's bastion conducts; its only border has nobody to lead to, so it is not drained.
    removes = [s.devices[0].device for s in fibre.steps if s.kind == "remove-line"]
    assert removes[-3:] == ["hachinohe-r1", "hachinohe-r2", "akita-r1"]


def test_the_far_end_is_pushed_before_the_network_and_both_in_one_step(fibre: Plan) -> None:
    for step in fibre.steps:
        if step.kind in ("add-line", "remove-line"):
            assert [one.is_ours for one in step.devices] == [True] * len(step.sites) + [False]
            assert step.devices[-1].device not in step.texts()


def test_a_step_asks_for_the_other_lines_of_its_sites(fibre: Plan) -> None:
    step = next(s for s in fibre.steps if s.kind == "remove-line" and "miyako" in s.sites)
    assert set(step.requires) >= {"miyako-r1 - coop-pe1", "miyako-r1 - fibre-pe1"}
    assert not any(session.endswith("north-pe1") for session in step.requires)


def test_a_centre_is_left_by_its_service_then_gone_then_forgotten(
    merge: Plan,
) -> None:
    turn = first(merge, "home-turn", "from kuji to hachinohe")
    leave = first(merge, "home-leave", "kuji")
    retire = first(merge, "home-retire", "auctions")
    assert last(merge, "home-turn") < leave
    out = [step for step in merge.steps if step.kind == "site-out"]
    assert turn < leave < retire < out[0].number
    # Hachinohe takes the service upon itself before Kuji lets go.
    assert merge.steps[turn - 1].devices[0].device == "hachinohe-r1"
    # First it falls silent with the networks' ends, then one after the other stops listening.
    assert {one.device for one in out[0].devices} == {
        "kuji-r1",
        "kuji-r2",
        "kuji-lb1",
        "north-pe1",
        "coop-pe1",
    }
    heard = {one.device for step in out[1:] for one in step.devices}
    branches = {"miyako-r1", "sakata-r1", "otaru-r1"}
    assert heard == {*branches, "hachinohe-r1", "hachinohe-r2", "akita-r1"}


def test_a_centre_that_comes_is_listened_for_before_it_speaks(small: Estate, laid: Laid) -> None:
    plan = make_plan(small, laid(THREE_CENTRES))
    assert plan.is_fine, plan.refusals
    joins = [step for step in plan.steps if step.kind == "site-in"]
    assert "kuji-r1" in {one.device for one in joins[-1].devices}
    heard = {one.device for step in joins[:-1] for one in step.devices}
    assert {"miyako-r1", "sakata-r1", "otaru-r1"} <= heard
    assert joins[-1].number < first(plan, "home-serve", "auctions")


# --- the order is forced: whatever the ranks say, the network decides


def _without_needs(
    moves: list[Move], *keys: str, rank: tuple[int, ...] | None = None
) -> list[Move]:
    found = [
        replace(move, needs=frozenset(), rank=rank or move.rank)
        if any(key in move.key for key in keys)
        else move
        for move in moves
    ]
    return sorted(found, key=lambda move: move.rank)


def test_a_branch_that_shall_leave_first_has_to_wait(small: Estate, laid: Laid) -> None:
    target = laid(FIBRE)
    moves = _without_needs(all_moves(small, target), ":remove:north", rank=(0,))
    plan = arrange(small, target, moves)
    assert plan.is_fine, plan.refusals
    assert any("take down north" in word and "waits" in word for word in plan.reordered)
    for site in ("miyako", "sakata", "otaru"):
        kinds = [s.kind for s in plan.steps if site in s.sites and s.colour in ("north", "fibre")]
        assert kinds.index("add-line") < kinds.index("remove-line")


def test_a_centre_that_shall_leave_the_network_first_has_to_wait(small: Estate, laid: Laid) -> None:
    target = laid(FIBRE)
    key = "border:remove:akita:1:north"
    plan = arrange(small, target, _without_needs(all_moves(small, target), key, rank=(0,)))
    assert plan.is_fine, plan.refusals
    assert any("take down north at akita-r1 waits" in word for word in plan.reordered)


def _hasty(moves: list[Move], *kinds: str) -> list[Move]:
    """The same changes with some kinds first, where nothing but their needs holds them back."""
    found = [replace(move, rank=(0,)) if move.kind in kinds else move for move in moves]
    return sorted(found, key=lambda move: move.rank)


def test_what_a_change_needs_is_before_it_however_early_it_would_like_to_be(
    small: Estate, laid: Laid
) -> None:
    target = laid(FIBRE)
    kinds = ("add-line", "drain", "remove-line", "close-network")
    plan = arrange(small, target, _hasty(all_moves(small, target), *kinds))
    assert plan.is_fine, plan.refusals
    assert last(plan, "open-network") < first(plan, "add-line")
    branches = [s.number for s in plan.steps if s.kind == "remove-line" and "miyako" in s.sites]
    assert max(branches) < first(plan, "drain", "hachinohe-r1")
    assert max(branches) < first(plan, "remove-line", "akita-r1")
    assert last(plan, "remove-line") < first(plan, "close-network")


def test_a_centre_goes_after_its_services_however_early_it_would_like_to(
    small: Estate, laid: Laid
) -> None:
    source = laid(THREE_CENTRES)
    plan = arrange(source, small, _hasty(all_moves(source, small), "site-out"))
    assert plan.is_fine, plan.refusals
    assert plan.reordered == []
    assert last(plan, "home-leave") < first(plan, "site-out")


def test_what_would_cut_an_office_is_refused_with_its_path(small: Estate) -> None:
    lone = [line for line in small.lines if line.site != "miyako"]
    target = replace(rebuilt(small, lines=lone), name="kyosai-cut")
    plan = make_plan(small, target)
    assert not plan.is_fine
    assert [s for s in plan.steps if "miyako" in s.sites and s.kind == "remove-line"] == []
    violations = [v for refusal in plan.refusals for v in refusal.violations]
    assert violations
    assert any(v.source == "miyako" or v.destination == "miyako" for v in violations)


def test_an_office_that_would_be_left_with_one_line_is_refused(small: Estate) -> None:
    lines = [
        replace(line, place=0) if line.site == "miyako" else line
        for line in small.lines
        if (line.site, line.network) != ("miyako", "coop")
    ]
    plan = make_plan(small, replace(rebuilt(small, lines=lines), name="kyosai-one"))
    (refusal,) = plan.refusals
    assert refusal.title == "kyosai-one itself is wrong"
    assert plan.steps == []
    assert any(v.source == "miyako" and "cut off" in v.sentence for v in refusal.violations)
    assert all(v.failure and v.path is not None for v in refusal.violations)


# --- the search by itself, over changes that are only names


def _fake(key: str, rank: int, *needs: str) -> Move:
    return Move(
        key=key,
        kind="fake",
        title=key,
        rank=(rank,),
        edit=lambda state: State(state.estate, state.drained | {key}),
        touches=lambda _before, _after: frozenset(),
        spread=lambda _before, _after, _names: [],
        needs=frozenset(needs),
    )


def _search(
    small: Estate, monkeypatch: pytest.MonkeyPatch, moves: list[Move], wrong: Callable[[frozenset[str]], bool]
) -> tuple[list[str], Plan]:  # fmt: skip
    order: list[str] = []

    def judged(move: Move, stand: Stand, *_: object) -> Attempt:
        after = move.edit(stand.state)
        if wrong(after.drained):
            return Attempt((), stand, (Violation("none", move.key, "x", (), "is wrong"),))
        step = Step(0, move.key, "fake", move.key, (1, 1), "", (), (), (), ())
        return Attempt((step,), Stand(after, stand.texts))

    monkeypatch.setattr(planner, "attempt", judged)
    monkeypatch.setattr(planner, "_ensure_arrived", lambda *_: None)
    plan = arrange(small, small, moves)
    order += [step.move for step in plan.steps]
    return order, plan


def test_what_breaks_waits_for_the_next(small: Estate, monkeypatch: pytest.MonkeyPatch) -> None:
    def wrong(done: frozenset[str]) -> bool:
        return "a" in done and "c" not in done

    moves = [_fake("a", 1), _fake("b", 2), _fake("c", 3)]
    order, plan = _search(small, monkeypatch, moves, wrong)
    assert order == ["b", "c", "a"]
    assert plan.reordered


def test_what_cannot_wait_goes_before_the_smallest_suffix(
    small: Estate, monkeypatch: pytest.MonkeyPatch
) -> None:
    # The same three are wrong if b was there before c, and right if c was there before b.
    tried: list[frozenset[str]] = []

    def once(done: frozenset[str]) -> bool:
        tried.append(done)
        return done == {"a", "b", "c"} and tried[-2] != {"a", "c"}

    moves = [_fake("a", 1), _fake("b", 2), _fake("c", 3)]
    order, plan = _search(small, monkeypatch, moves, once)
    assert order == ["a", "c", "b"]
    assert any("c goes before: b" in word for word in plan.reordered)


def test_what_fits_nowhere_is_a_refusal(small: Estate, monkeypatch: pytest.MonkeyPatch) -> None:
    moves = [_fake("a", 1), _fake("b", 2)]
    order, plan = _search(small, monkeypatch, moves, lambda done: "b" in done)
    assert order == ["a"]
    assert [refusal.title for refusal in plan.refusals] == ["b"]
    assert not plan.is_fine


# --- what is no migration


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("addressing: {services: 172.26.1.0/26}", "address pools differ"),
        ("networks: {north: {asn: 65199}}", "network north has another asn"),
        ("sites: {sakata: {number: 33}}", "site sakata has another number"),
        ("hosts: {sites: {otaru: {router: 2}}}", "another number of routers"),
        ("services: {harbour-board: {number: 18}}", "service harbour-board has another number"),
    ],
)
def test_what_no_plan_can_change_is_refused(
    small: Estate, laid: Laid, text: str, fault: str
) -> None:
    with pytest.raises(InvalidMigration) as refused:
        make_plan(small, laid(f"estate: {{name: other}}\n{text}\n"))
    assert any(fault in sentence for sentence in refused.value.faults)


def test_the_same_estate_needs_no_step(small: Estate) -> None:
    plan = make_plan(small, small)
    assert plan.steps == []
    assert plan.is_fine
