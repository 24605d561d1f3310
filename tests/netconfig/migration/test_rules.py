"""What no step may do: each rule is given a step that breaks it, and one that does not."""

from __future__ import annotations

from collections.abc import Callable, Collection

import pytest

from inventory import Estate
from netconfig.migration.attempt import Stand, attempt
from netconfig.migration.judge import Checker, Cut
from netconfig.migration.moves import LineChange, Move, change_lines, provider_of
from netconfig.migration.rules import cut_of, judge_step
from netconfig.migration.spreading import softly, together
from netconfig.migration.state import Renderer, State
from netconfig.model.reader import read_device
from netconfig.model.verify import rendered

Change = Callable[[State], State]


def lines(*changes: LineChange) -> Change:
    return lambda state: change_lines(state, changes)


def gone(site: str, network: str, router: int = 1) -> LineChange:
    return LineChange(site, router, network, None)


def sentences(estate: Estate, change: Change, names: Collection[str]) -> list[str]:
    """What the rules say of a change that is made to these devices at once."""
    before = State(estate)
    after = change(before)
    texts, anew = rendered(estate), Renderer().texts(after, names)
    devices = [read_device(name, text) for name, text in texts.items()]
    changed = {n: read_device(n, anew[n]) if n in anew else None for n in names}
    cut = cut_of(estate, devices, changed)
    return [v.sentence for v in judge_step(estate, after.estate, list(names), cut)]


def test_one_line_of_a_site_at_a_time(small: Estate) -> None:
    ends = ("miyako-r1", "north-pe1")
    assert sentences(small, lines(gone("miyako", "north")), ends) == []
    both = lines(gone("miyako", "north"), gone("miyako", "coop"))
    found = sentences(small, both, (*ends, "coop-pe1"))
    assert "miyako's lines to coop and north change in one step" in found
    assert "miyako would be without any line that it had before" in found


def test_lines_of_one_network_at_many_sites_are_one_wave(small: Estate) -> None:
    change = lines(gone("miyako", "north"), gone("sakata", "north"))
    assert sentences(small, change, ("miyako-r1", "sakata-r1", "north-pe1")) == []
    apart = lines(gone("miyako", "north"), gone("sakata", "coop"))
    assert sentences(small, apart, ("miyako-r1", "sakata-r1", "north-pe1", "coop-pe1")) == []


def test_one_border_at_a_time(small: Estate) -> None:
    change = lines(gone("hachinohe", "north", 1), gone("akita", "north"))
    names = ("hachinohe-r1", "akita-r1", "north-pe1")
    assert sentences(small, change, names) == ["hachinohe-r1 and akita-r1 are changed in one step"]


def test_a_replaced_only_line_is_not_made_before_it_breaks(small: Estate) -> None:
    alone = change_lines(State(small), [gone("miyako", "north")]).estate
    swap = lines(gone("miyako", "coop"), LineChange("miyako", 1, "north", 0, 10))
    found = sentences(alone, swap, ("miyako-r1", "north-pe1", "coop-pe1"))
    assert "miyako would be without any line that it had before" in found


@pytest.mark.parametrize(
    ("old", "new", "cut"),
    [
        ("local-preference 150", "local-preference 140", Cut()),
        ("maximum-prefix 200", "maximum-prefix 150", Cut()),
        (
            "neighbor 172.24.80.248 remote-as 65102",
            "neighbor 172.24.80.248 remote-as 65199",
            Cut(sessions=frozenset({("miyako-r1", "coop-pe1")})),
        ),
    ],
)
def test_a_policy_changes_under_a_living_session_and_a_number_does_not(
    small: Estate, old: str, new: str, cut: Cut
) -> None:
    texts = rendered(small)
    assert old in texts["miyako-r1"]
    devices = [read_device(name, text) for name, text in texts.items()]
    changed = read_device("miyako-r1", texts["miyako-r1"].replace(old, new))
    assert cut_of(small, devices, {"miyako-r1": changed}) == cut


def _move(change: Change, names: Collection[str]) -> Move:
    return Move(
        key="hand-made",
        kind="hand-made",
        title="hand-made",
        rank=(0,),
        edit=change,
        touches=lambda _before, _after: frozenset(names),
        spread=together,
    )


def test_a_step_that_silences_a_site_says_who_is_silent(small: Estate) -> None:
    # Miyako has one line, to `coop`; the other one comes and goes in the same step as nothing else could carry it.
    alone = change_lines(State(small), [gone("miyako", "north")]).estate
    checker = Checker()
    texts = rendered(alone)
    silences = checker.silences(alone, texts, Cut(wires=frozenset({"miyako-r1:coop"})), alone)
    assert {v.source for v in silences} >= {"miyako"}
    assert any(v.destination == "policies" for v in silences)
    two = rendered(small)
    assert checker.silences(small, two, Cut(wires=frozenset({"miyako-r1:coop"})), small) == []


def test_an_attempt_stops_at_the_first_wrong_state(small: Estate) -> None:
    both = lines(gone("miyako", "north"), gone("miyako", "coop"))
    names = ("miyako-r1", provider_of(small, "north"), provider_of(small, "coop"))
    stand = Stand(State(small), rendered(small))
    made = attempt(_move(both, names), stand, Renderer(), Checker())
    assert made.steps == ()
    assert made.after is stand
    assert {v.failure for v in made.violations} == {"rule"}


def test_what_hears_stands_before_what_speaks_and_networks_before_borders(small: Estate) -> None:
    names = ["hachinohe-r1", "akita-r1", "north-pe1", "miyako-r1", "sakata-r1", "hachinohe-r2"]
    groups = softly(State(small), State(small), names)
    assert groups == [
        ("sakata-r1",),  # fewest seats first
        ("miyako-r1",),
        ("north-pe1",),
        ("hachinohe-r1",),
        ("hachinohe-r2",),
        ("akita-r1",),
    ]
