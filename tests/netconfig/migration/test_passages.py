"""What stands before, during and after each step, and the tables that devices must then have."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise

import pytest

from inventory import Estate
from netconfig.migration.passages import Passage, passages_of, served_by, tables_of
from netconfig.migration.plan import Plan
from netconfig.migration.planner import make_plan
from netconfig.migration.union import both
from netconfig.model.tables import rows_of
from netconfig.model.verify import rendered, settled
from tests.netconfig.migration.conftest import FIBRE, THREE_CENTRES


def passages(source: Estate, plan: Plan) -> tuple[Passage, ...]:
    return tuple(passages_of(source, rendered(source), plan.steps))


@pytest.fixture(scope="module")
def to_fibre(small: Estate, laid: Callable[[str], Estate]) -> tuple[Passage, ...]:
    return passages(small, make_plan(small, laid(FIBRE)))


@pytest.fixture(scope="module")
def three(laid: Callable[[str], Estate]) -> Estate:
    return laid(THREE_CENTRES)


@pytest.fixture(scope="module")
def to_two(small: Estate, three: Estate) -> tuple[Passage, ...]:
    """A centre with a service of its own goes."""
    return passages(three, make_plan(three, small))


def test_each_goes_out_from_where_the_one_before_it_settled(
    small: Estate, to_fibre: tuple[Passage, ...]
) -> None:
    assert to_fibre[0].before is small
    for one, following in pairwise(to_fibre):
        assert following.before is (one.after if one.is_settled else one.before)
        assert one.is_settled == (one.step.move != following.step.move)
    assert to_fibre[-1].is_settled
    assert any(not one.is_settled for one in to_fibre)


def test_what_comes_and_what_goes_is_named(to_fibre: tuple[Passage, ...]) -> None:
    coming = {name for one in to_fibre for name in one.coming}
    going = {name for one in to_fibre for name in one.going}
    assert coming == {"fibre-pe1"}
    assert going == {"north-pe1"}
    assert "north-pe1" not in to_fibre[-1].running


def test_the_last_tables_are_the_targets_own(
    small: Estate, laid: Callable[[str], Estate], to_fibre: tuple[Passage, ...]
) -> None:
    target = laid(FIBRE)
    last, network = to_fibre[-1], settled(target)
    found = tables_of(both(small, target), last.running, last.standing)
    assert found == {name: rows_of(network, name) for name in rendered(target)}


def test_a_cable_that_nobody_uses_yet_changes_no_table(
    small: Estate, laid: Callable[[str], Estate]
) -> None:
    network = settled(small)
    found = tables_of(both(small, laid(FIBRE)), rendered(small), small.services)
    assert found == {name: rows_of(network, name) for name in rendered(small)}


def test_a_service_is_at_both_homes_while_it_moves(
    small: Estate, three: Estate, to_two: tuple[Passage, ...]
) -> None:
    union = both(three, small)
    address = str(three.services["auctions"].address)

    def homes(services: object) -> set[str]:
        said = served_by(union, services, union.hosts)  # type: ignore[arg-type]
        return {str(union.hosts[name].site) for name, found in said.items() if address in found}

    assert homes(three.services) == {"kuji", "hachinohe", "akita"}
    leaving = [one for one in to_two if one.step.kind == "home-leave"]
    assert all("kuji" in homes(one.offered) for one in leaving)
    assert "kuji" not in homes(leaving[-1].standing)
    retired = [one for one in to_two if one.step.kind == "home-retire"]
    assert homes(retired[-1].offered)
    assert not homes(retired[-1].standing)
