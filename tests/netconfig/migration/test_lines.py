"""The lines of one router: make before break, whatever the two estates say."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from inventory import Estate, Line
from netconfig.migration.lines import MOST_LINES, Action, actions_of, branch_moves

NETWORKS = [f"net{number}" for number in range(7)]


def lines(names: list[str]) -> list[Line]:
    return [
        Line(f"x-r1:{name}", "x", 1, name, place, 10, None, None)  # type: ignore[arg-type]
        for place, name in enumerate(names)
    ]


def words(actions: list[Action]) -> list[str]:
    return [f"{action.kind} {action.network}" for action in actions]


def test_both_new_lines_come_before_an_old_one_goes() -> None:
    found = actions_of(("x", 1), lines(["old", "isdn"]), lines(["new", "other"]))
    assert words(found) == [
        "add new",
        "add other",
        "prefer new",
        "remove isdn",  # the worse of the old ones first: the better one is there to the end
        "remove old",
    ]


def test_a_line_that_stays_is_not_touched() -> None:
    found = actions_of(("x", 1), lines(["old", "stays"]), lines(["new", "stays"]))
    assert words(found) == ["add new", "prefer new", "remove old"]


def test_another_order_is_only_preferred() -> None:
    assert words(actions_of(("x", 1), lines(["a", "b"]), lines(["b", "a"]))) == ["prefer b"]
    assert actions_of(("x", 1), lines(["a", "b"]), lines(["a", "b"])) == []


def test_a_router_with_no_port_left_gives_up_its_worst_line_first() -> None:
    found = actions_of(("x", 1), lines(["a", "b", "c", "d"]), lines(["new", "a"]))
    assert words(found)[:2] == ["remove d", "add new"]


@given(
    st.lists(st.sampled_from(NETWORKS), min_size=1, max_size=MOST_LINES, unique=True),
    st.lists(st.sampled_from(NETWORKS), min_size=1, max_size=MOST_LINES, unique=True),
)
def test_every_router_arrives_and_always_has_a_line_of_before(
    old: list[str], new: list[str]
) -> None:
    place = {line.network: line.place for line in lines(old)}
    for action in actions_of(("x", 1), lines(old), lines(new)):
        before = dict(place)
        for change in action.changes:
            if change.place is None:
                del place[change.network]
            else:
                place[change.network] = change.place
        assert len(place) <= MOST_LINES
        assert set(before) & set(place), "no line is left that stood before"
        changed = set(before) ^ set(place)
        assert len(changed) <= 1, "two lines come or go at once"
        if action.kind == "remove":
            (gone,) = changed
            assert before[gone] > min(before.values()), "the preferred line goes"
    assert place == {line.network: line.place for line in lines(new)}


def test_a_wave_holds_one_network_and_a_site_once(shipped: Estate) -> None:
    turned = tuple(
        replace(line, place=1 - line.place)
        if shipped.sites[line.site].kind in ("office", "call-centre")
        else line
        for line in shipped.lines
    )
    moves = branch_moves(shipped, replace(shipped, lines=turned))
    assert [len(move.sites) for move in moves][:4] == [1, 5, 25, 125]
    for move in moves:
        assert len(move.sites) == len(set(move.sites))
    of_call = [move.key for move in moves if "call-tokyo" in move.sites]
    assert len(of_call) == 2, "both routers of a site change in one wave"
    assert {move.colour for move in moves} == {"ministry"}
