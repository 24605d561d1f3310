"""OSPF inside an area, against tables worked out by hand."""

from __future__ import annotations

import pytest

from netconfig.model.network import Network
from tests.netconfig.model.lab import around, build, fail, routes, walk

# A square: a - b - d and a - c - d; the upper way costs 20, the lower one what `cost` says.
_CABLES = [("a:b", "b:a"), ("b:d", "d:b"), ("a:c", "c:a"), ("c:d", "d:c")]
_SUBNETS = {"ab": "10.1.0", "bd": "10.2.0", "ac": "10.3.0", "cd": "10.4.0"}


def _router(name: str, number: int, far: dict[str, int], extra: str = "") -> str:
    text = (
        f"interface lo\n ip address 10.0.0.{number}/32\n ip ospf area 0\n ip ospf passive\nexit\n"
    )
    for other, cost in far.items():
        subnet = _SUBNETS["".join(sorted((name, other)))]
        end = 0 if name < other else 1
        text += f"interface {other}\n ip address {subnet}.{end}/31\n ip ospf area 0\n"
        text += f" ip ospf network point-to-point\n ip ospf cost {cost}\n"
        text += " ip ospf hello-interval 1\n ip ospf dead-interval 4\nexit\n"
    return f"{text}router ospf\n ospf router-id 10.0.0.{number}\n{extra}exit\n"


def _square(cost: int, *, b: str = "", tweak: tuple[str, str, str] | None = None) -> Network:
    texts = {
        "a": _router("a", 1, {"b": 10, "c": cost}),
        "b": _router("b", 2, {"a": 10, "d": 10}, b),
        "c": _router("c", 3, {"a": cost, "d": 10}),
        "d": _router("d", 4, {"b": 10, "c": 10}),
    }
    if tweak is not None:
        name, old, new = tweak
        assert old in texts[name]
        texts[name] = texts[name].replace(old, new, 1)
    return build(texts, around(_CABLES))


def _to_d(network: Network) -> tuple[int, list[str]]:
    plan = network.plan
    found = network.state.lookup(plan.index["a"], (10 << 24) + 4)
    assert found is not None
    return found[1].metric, [plan.ports[port].name for port, _ in found[1].ways]


@pytest.mark.parametrize(
    ("cost", "metric", "ways"), [(30, 20, ["b"]), (5, 15, ["c"]), (10, 20, ["b", "c"])]
)
def test_the_cheaper_way_and_both_when_equal(cost: int, metric: int, ways: list[str]) -> None:
    assert _to_d(_square(cost)) == (metric, ways)


def test_a_cut_cable_moves_the_way() -> None:
    network = _square(30)
    fail(network, "link a:b=b:a")
    assert _to_d(network) == (40, ["c"])
    # The far half of the cut cable is gone, the near subnet too.
    assert "10.1.0.0/31" not in routes(network, "a")


def test_a_cut_of_both_ways_leaves_nothing() -> None:
    network = _square(30)
    fail(network, "link a:b=b:a")
    fail(network, "link a:c=c:a")
    assert "10.0.0.4/32" not in routes(network, "a")
    assert walk(network, "a", "10.0.0.4").end == "finds no way on"


def test_a_drained_router_is_a_last_resort_and_still_reached() -> None:
    network = _square(30, b=" max-metric router-lsa administrative\n")
    assert _to_d(network) == (40, ["c"])
    assert routes(network, "a")["10.0.0.2/32"] == ("ospf", "10.1.0.1")
    fail(network, "link a:c=c:a")
    assert _to_d(network) == (10 + 65535, ["b"])


@pytest.mark.parametrize(
    "tweak",
    [
        ("b", " ip ospf hello-interval 1\n", " ip ospf hello-interval 2\n"),
        ("b", " ip ospf dead-interval 4\n", " ip ospf dead-interval 5\n"),
        ("b", " ip ospf area 0\n ip ospf network", " ip ospf area 1\n ip ospf network"),
        ("b", " ip ospf network", " mtu 1400\n ip ospf network"),
        ("b", " ip ospf cost 10\n", " ip ospf cost 10\n ip ospf passive\n"),
        ("b", "10.1.0.1/31", "10.1.0.3/31"),
        ("b", "ospf router-id 10.0.0.2", "ospf router-id 10.0.0.1"),
    ],
)
def test_ends_that_do_not_agree_are_no_neighbours(tweak: tuple[str, str, str]) -> None:
    network = _square(30, tweak=tweak)
    assert _to_d(network) == (40, ["c"])


def test_a_passive_port_is_announced() -> None:
    assert routes(_square(30), "d")["10.0.0.1/32"] == ("ospf", "10.2.0.0")
