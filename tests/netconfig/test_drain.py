"""A router is drained in two steps and led back in two, and nothing else of it changes."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from inventory import Estate
from netconfig.canonical import read_config
from netconfig.drain import PAUSE_S, Drain
from netconfig.guard import Guard
from netconfig.push import PushResult
from netconfig.render import router_config
from netconfig.safeguard import Safeguard
from tests.netconfig.guarded import Guarded
from tests.netconfig.model_router import ModelRouter, Refused

HOST = "mitaka-r1"
FOREIGN = ("ip route 192.0.2.0/24 Null0",)


@pytest.fixture
def router(shipped: Estate) -> ModelRouter:
    """A router as it should be, but for one line that somebody typed."""
    found = ModelRouter(HOST)
    found.lines = set(read_config(plain(shipped))) | {FOREIGN}
    return found


def plain(estate: Estate) -> str:
    return router_config(estate, HOST, estate.slice_hosts("core"))


def drain_of(estate: Estate) -> Drain:
    within = estate.slice_hosts("core")
    return Drain.of(plain(estate), router_config(estate, HOST, within, is_drained=True))


def push(
    drain: Drain, router: ModelRouter, guarded: Guarded, slept: list[float], *, is_drained: bool
) -> PushResult:
    guard = Guard(guarded.ask, "chg-1-0", 60)
    return drain.push(
        HOST, router, lambda: Safeguard(guard), is_drained=is_drained, sleep=slept.append
    )


def words(lines: Sequence[str]) -> list[str]:
    return [line for line in lines if "graceful" in line or "max-metric" in line]


def test_bgp_goes_before_ospf_both_ways(shipped: Estate, router: ModelRouter) -> None:
    drain, guarded, slept = drain_of(shipped), Guarded(router), list[float]()
    before = set(router.lines)
    result = push(drain, router, guarded, slept, is_drained=True)
    assert result.error is None
    assert words(router.typed) == ["bgp graceful-shutdown", "max-metric router-lsa administrative"]
    assert guarded.calls == ["arm", "confirm"] * 2
    assert slept == [PAUSE_S]
    assert drain.is_in(frozenset(router.lines))
    # It starts drained, and what else stood on it still does, save that it leads nobody out.
    way_out = f"ip address {shipped.sites[shipped.hosts[HOST].site or ''].way_out}/32"
    assert before - router.lines == {("interface lo", way_out)}
    assert router.saved == router.lines
    router.typed.clear()
    assert push(drain, router, guarded, slept, is_drained=False).error is None
    assert words(router.typed) == [
        "no bgp graceful-shutdown",
        "no max-metric router-lsa administrative",
    ]
    assert router.lines == router.saved == before
    assert not drain.is_in(frozenset(router.lines))


@pytest.mark.parametrize("is_drained", [True, False])
def test_twice_changes_nothing(is_drained: bool, shipped: Estate, router: ModelRouter) -> None:
    drain, guarded, slept = drain_of(shipped), Guarded(router), list[float]()
    push(drain, router, guarded, slept, is_drained=is_drained)
    router.typed.clear()
    slept.clear()
    result = push(drain, router, guarded, slept, is_drained=is_drained)
    assert (result.changed, result.error, router.typed, slept) == (False, None, [], [])


def test_half_drained_is_not_drained_and_is_finished(shipped: Estate, router: ModelRouter) -> None:
    drain = drain_of(shipped)
    router.lines |= drain.steps[0][0]
    assert not drain.is_in(frozenset(router.lines))
    assert push(drain, router, Guarded(router), [], is_drained=True).is_ok
    assert words(router.typed) == ["max-metric router-lsa administrative"]


class Stubborn(ModelRouter):
    """Refuses to be unattractive to its networks."""

    def take(self, line: str) -> None:
        if line == "bgp graceful-shutdown":
            raise Refused("Unknown command")
        super().take(line)


def test_a_step_that_fails_is_the_last(shipped: Estate) -> None:
    router = Stubborn(HOST)
    router.lines = set(read_config(plain(shipped)))
    before = set(router.lines)
    result = push(drain_of(shipped), router, Guarded(router), [], is_drained=True)
    assert "Unknown command" in str(result.error)
    assert router.lines == before
    assert words(router.typed) == ["bgp graceful-shutdown"] * 2


def test_what_has_nothing_to_be_drained_by_says_so(shipped: Estate, router: ModelRouter) -> None:
    drain = Drain.of(plain(shipped), plain(shipped))
    result = push(drain, router, Guarded(router), [], is_drained=True)
    assert result.error == f"{HOST} has nothing to be drained by"
    assert not drain.is_in(frozenset(router.lines))
