"""What holds for every network: the order of updates, the way to a state and taking failures back decide nothing."""

from __future__ import annotations

from dataclasses import dataclass

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from netconfig.model.failures import every_failure
from netconfig.model.network import Network
from tests.netconfig.model.lab import around, build, router

_SETTINGS = settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow], derandomize=True
)


@dataclass(frozen=True)
class Drawn:
    """Cables between routers, each an AS with a block; each end of a cable makes a detour of what it hears."""

    cables: tuple[tuple[int, int], ...]
    detours: tuple[int, ...]
    shut: tuple[int, ...] = ()

    def network(self, seed: int | None = None, *, is_shut: bool = False) -> Network:
        """The settled network; `is_shut` = with the cables of `shut` shut down in the texts."""
        ports: dict[int, dict[str, str]] = {}
        neighbors: dict[int, dict[str, int]] = {}
        maps: dict[int, list[tuple[str, int]]] = {}
        wires = []
        for number, (one, two) in enumerate(self.cables):
            ends = (f"10.128.{number}.0", f"10.128.{number}.1")
            for near, far, own, other, side in (
                (one, two, *ends, 0),
                (two, one, *ends[::-1], 1),
            ):
                ports.setdefault(near, {})[f"p{number}"] = f"{own}/31"
                neighbors.setdefault(near, {})[other] = 65000 + far
                maps.setdefault(near, []).append((other, self.detours[2 * number + side]))
            wires.append((f"r{one}:p{number}", f"r{two}:p{number}"))
        texts = {}
        for near in sorted(ports):
            lines = "".join(
                f"route-map IN{i} permit 10\n"
                + (f" set as-path prepend {' '.join(['1'] * detour)}\n" if detour else "")
                + "exit\n"
                for i, (_, detour) in enumerate(maps[near])
            )
            text = router(
                65000 + near, near + 1, ports[near], neighbors[near], [f"10.{near}.0.0/16"], lines
            )
            for i, (other, _) in enumerate(maps[near]):
                text = text.replace(
                    f"neighbor {other} route-map ALL in", f"neighbor {other} route-map IN{i} in"
                )
            if is_shut:
                for number in self.shut:
                    text = text.replace(
                        f"interface p{number}\n", f"interface p{number}\n shutdown\n"
                    )
            texts[f"r{near}"] = text
        return build(texts, around(wires), seed)


@st.composite
def networks(draw: st.DrawFn) -> Drawn:
    """Two to six routers in a tree with some more cables."""
    count = draw(st.integers(2, 6))
    cables = [(draw(st.integers(0, new - 1)), new) for new in range(1, count)]
    pairs = [(a, b) for a in range(count) for b in range(a + 1, count) if (a, b) not in cables]
    if pairs:
        cables += draw(st.lists(st.sampled_from(pairs), unique=True, max_size=4))
    detours = draw(st.lists(st.integers(0, 2), min_size=2 * len(cables), max_size=2 * len(cables)))
    shut = draw(st.lists(st.integers(0, len(cables) - 1), unique=True, max_size=2))
    return Drawn(tuple(cables), tuple(detours), tuple(shut))


@_SETTINGS
@given(networks(), st.integers(0, 2**16))
def test_the_order_of_updates_decides_nothing(drawn: Drawn, seed: int) -> None:
    one, two = drawn.network(), drawn.network(seed)
    assert one.state.table == two.state.table
    assert one.best == two.best


@_SETTINGS
@given(networks())
def test_a_failed_network_is_the_one_that_never_had_the_cable(drawn: Drawn) -> None:
    failed, never = drawn.network(), drawn.network(is_shut=True)
    for number in drawn.shut:
        failed.turn(failed.plan.ports_on[number], (), 1)
    assert failed.state.table == never.state.table
    assert failed.best == never.best


@_SETTINGS
@given(networks())
def test_failures_are_taken_back_whole(drawn: Drawn) -> None:
    network = drawn.network()
    tables = [dict(table) for table in network.state.table]
    best = [dict(routes) for routes in network.best]
    for failure in every_failure(network.plan):
        mark = network.journal.mark()
        network.turn(failure.ports, failure.halves, 1)
        network.turn(failure.ports, failure.halves, -1)
        assert network.state.table == tables  # it comes back by itself
        network.journal.back_to(mark)
        mark = network.journal.mark()
        network.turn(failure.ports, failure.halves, 1)
        network.journal.back_to(mark)
        assert network.state.table == tables  # and by the journal
        assert network.best == best
