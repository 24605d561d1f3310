"""BGP and tables together, against cases worked out by hand or measured on FRR (each says which)."""

from __future__ import annotations

import pytest

from netconfig.model.network import Network, Restless
from netconfig.model.numbers import prefix
from tests.netconfig.model.lab import around, build, fail, heal, path, router, routes, walk

SERVICE = "10.9.0.1/32"
_OSPF = "router ospf\n ospf router-id 10.255.0"


def _two_carriers(
    *, compares: bool = True, accept: tuple[str, str] = ("", ""), extra: str = ""
) -> Network:
    """An office with a line to each of two carriers, a centre behind both: 65101 - (64501, 64502) - 65001."""
    maps = "".join(
        f"route-map IN{n} permit 10\n{what}exit\n" for n, what in enumerate(accept, start=1)
    )
    office = router(65101, 1, {"w1": "10.128.0.1/31", "w2": "10.129.0.1/31"},
                    {"10.128.0.0": 64501, "10.129.0.0": 64502}, lines=maps, family=extra)  # fmt: skip
    office = office.replace(
        "neighbor 10.128.0.0 route-map ALL in", "neighbor 10.128.0.0 route-map IN1 in"
    )
    office = office.replace(
        "neighbor 10.129.0.0 route-map ALL in", "neighbor 10.129.0.0 route-map IN2 in"
    )
    if not compares:
        office = office.replace(" bgp bestpath compare-routerid\n", "")
    texts = {
        "office": office,
        "one": router(64501, 8, {"o": "10.128.0.0/31", "c": "10.128.0.2/31"},
                      {"10.128.0.1": 65101, "10.128.0.3": 65001}),
        "two": router(64502, 9, {"o": "10.129.0.0/31", "c": "10.129.0.2/31"},
                      {"10.129.0.1": 65101, "10.129.0.3": 65001}),
        "centre": router(65001, 2, {"w1": "10.128.0.3/31", "w2": "10.129.0.3/31", "lo": SERVICE},
                         {"10.128.0.2": 64501, "10.129.0.2": 64502}, [SERVICE]),
    }  # fmt: skip
    return build(
        texts,
        around(
            [("office:w1", "one:o"), ("office:w2", "two:o"), ("one:c", "centre:w1"), ("two:c", "centre:w2")]
        ),
    )  # fmt: skip


def test_equal_paths_are_decided_by_the_router_id() -> None:
    network = _two_carriers()
    assert path(network, "office", SERVICE) == (64501, 65001)
    assert walk(network, "office", "10.9.0.1").routers == tuple(
        network.plan.index[name] for name in ("office", "one", "centre")
    )


@pytest.mark.parametrize(
    ("accept", "expected"),
    [
        (("", " set local-preference 150\n"), (64502, 65001)),
        ((" set local-preference 50\n", ""), (64502, 65001)),
        ((" set as-path prepend 64501\n", ""), (64502, 65001)),
        ((" set as-path prepend 64501\n", " set local-preference 50\n"), (64501, 64501, 65001)),
    ],
)
def test_preference_comes_before_length(accept: tuple[str, str], expected: tuple[int, ...]) -> None:
    assert path(_two_carriers(accept=accept), "office", SERVICE) == expected


def test_failure_and_return() -> None:
    network = _two_carriers()
    fail(network, "link office:w1=one:o")
    assert path(network, "office", SERVICE) == (64502, 65001)
    heal(network, "link office:w1=one:o")
    assert path(network, "office", SERVICE) == (64501, 65001)


def test_without_compare_routerid_the_route_that_came_first_stays() -> None:
    # Measured (network facts, pitfall 6): after the return traffic stays on the other carrier.
    network = _two_carriers(compares=False)
    before = path(network, "office", SERVICE)
    assert before is not None
    line = "link office:w1=one:o" if before[0] == 64501 else "link office:w2=two:o"
    fail(network, line)
    heal(network, line)
    after = path(network, "office", SERVICE)
    assert after is not None
    assert after[0] != before[0]


def test_an_office_without_filter_becomes_a_way_between_the_networks() -> None:
    # Measured (pitfall 5): "65101 64502 65001" was seen at the carrier.
    network = _two_carriers()
    fail(network, "link one:c=centre:w1")
    assert path(network, "one", SERVICE) == (65101, 64502, 65001)


def test_a_network_never_hears_its_own_number_again() -> None:
    network = _two_carriers()
    fail(network, "router centre")
    for host in ("office", "one", "two"):
        assert path(network, host, SERVICE) is None


def _centre(distance: str) -> Network:
    """Two centres with one border each; a host in the first holds the service by OSPF; both announce it by `network`."""
    ospf = " ip ospf area 0\n ip ospf network point-to-point\n"
    here = router(65001, 1, {"w": "10.128.0.1/31"}, {"10.128.0.0": 64501}, [SERVICE], family=distance,
                  lines=f"interface h\n ip address 10.1.0.0/31\n{ospf}exit\n{_OSPF}.1\nexit\n")  # fmt: skip
    host = f"interface b\n ip address 10.1.0.1/31\n{ospf}exit\n"
    host += f"interface lo\n ip ospf area 0\n ip ospf passive\nexit\n{_OSPF}.7\nexit\n"
    there = router(65002, 2, {"w": "10.128.0.3/31", "lo": SERVICE}, {"10.128.0.2": 64501}, [SERVICE],
                   lines="route-map FAR permit 10\n set as-path prepend 65002\nexit\n")  # fmt: skip
    there = there.replace("10.128.0.2 route-map ALL out", "10.128.0.2 route-map FAR out")
    carrier = router(
        64501,
        3,
        {"a": "10.128.0.0/31", "b": "10.128.0.2/31"},
        {"10.128.0.1": 65001, "10.128.0.3": 65002},
    )
    return build(
        {"here": here, "host": host, "there": there, "carrier": carrier},
        around(
            [("here:h", "host:b"), ("here:w", "carrier:a"), ("there:w", "carrier:b")],
            held=[("host:lo", SERVICE)],
        ),
    )


def test_distance_trap_the_service_never_comes_home() -> None:
    # Measured (network facts 4f): the copy by eBGP (20) beats OSPF (110), and import check stays false.
    network = _centre("")
    assert routes(network, "here")[SERVICE][0] == "ospf"
    assert path(network, "carrier", SERVICE) == (65001,)
    fail(network, "router host")
    assert routes(network, "here")[SERVICE] == ("bgp", "10.128.0.0")
    heal(network, "router host")
    assert routes(network, "here")[SERVICE] == ("bgp", "10.128.0.0")
    assert path(network, "carrier", SERVICE) == (65002, 65002)


def test_with_distances_above_ospf_the_service_comes_home() -> None:
    network = _centre("  distance bgp 150 200 150\n")
    fail(network, "router host")
    assert path(network, "carrier", SERVICE) == (65002, 65002)
    heal(network, "router host")
    assert routes(network, "here")[SERVICE][0] == "ospf"
    assert path(network, "carrier", SERVICE) == (65001,)


def _pair(inner: str, *, first: str = "", floating: str = "") -> Network:
    """Two routers of AS 65001, each with a line to one carrier (10.50.0.0/16), a cable and a LAN between them."""
    ospf = " ip ospf area 0\n ip ospf network point-to-point\n"
    texts = {}
    for number, far in ((1, 2), (2, 1)):
        lines = f"interface core\n ip address 10.1.0.{number - 1}/31\n{ospf}exit\n"
        lines += f"interface lan\n ip address 10.2.0.{number}/24\nexit\n"
        lines += f"interface lo\n ip address 10.255.1.{number}/32\n ip ospf area 0\n ip ospf passive\nexit\n"
        lines += f"router ospf\n ospf router-id 10.255.0.{number}\nexit\n"
        lines += floating.format(peer=f"10.255.1.{far}", gateway=f"10.2.0.{far}")
        text = router(
            65001,
            number,
            {"w": f"10.128.0.{2 * number - 1}/31"},
            {f"10.128.0.{2 * number - 2}": 64501, f"10.255.1.{far}": 65001},
            ["10.2.0.0/23"],
            lines=lines,
            family=inner.format(peer=f"10.255.1.{far}"),
        )
        text = text.replace(
            " address-family",
            f" neighbor 10.255.1.{far} update-source 10.255.1.{number}\n address-family",
        )
        texts[f"r{number}"] = text
    texts["r1"] = texts["r1"].replace(" bgp bestpath", f"{first} bgp bestpath")
    texts["carrier"] = router(
        64501,
        9,
        {"a": "10.128.0.0/31", "b": "10.128.0.2/31"},
        {"10.128.0.1": 65001, "10.128.0.3": 65001},
        ["10.50.0.0/16"],
    )
    return build(
        texts,
        around(
            [("r1:core", "r2:core"), ("r1:w", "carrier:a"), ("r2:w", "carrier:b")],
            {"site:lan": ["r1:lan", "r2:lan"]},
        ),
    )


_SELF = "  neighbor {peer} next-hop-self\n"


def test_the_other_router_is_the_way_when_the_own_line_is_cut() -> None:
    network = _pair(_SELF)
    assert routes(network, "r1")["10.50.0.0/16"] == ("bgp", "10.128.0.0")
    fail(network, "link r1:w=carrier:a")
    # By iBGP, over what its next hop, the other loopback, resolves to.
    assert routes(network, "r1")["10.50.0.0/16"] == ("bgp", "10.1.0.1")
    entry = network.state.table[network.plan.index["r1"]][prefix("10.50.0.0/16")]
    assert entry.distance == 200


def test_without_next_hop_self_the_other_router_is_no_way() -> None:
    network = _pair("")
    assert network.unresolved()
    fail(network, "link r1:w=carrier:a")
    assert "10.50.0.0/16" not in routes(network, "r1")


def test_a_cut_cable_ends_the_session_unless_a_floating_route_carries_it() -> None:
    for floating, is_up in (("", False), ("ip route {peer}/32 {gateway} lan 250\n", True)):
        network = _pair(_SELF, floating=floating)
        inside = [half for half in network.plan.halves if half.is_internal]
        assert all(network.is_open[half.number] for half in inside)
        fail(network, "link r1:core=r2:core")
        assert [network.is_open[half.number] for half in inside] == [is_up, is_up]


def test_what_came_from_inside_is_not_passed_on_inside() -> None:
    # Three routers in a row: the middle one hears by iBGP and does not tell the third.
    texts = {
        "a": router(65001, 1, {"b": "10.1.0.0/31"}, {"10.1.0.1": 65001}, ["10.50.0.0/16"]),
        "b": router(65001, 2, {"a": "10.1.0.1/31", "c": "10.2.0.0/31"}, {"10.1.0.0": 65001, "10.2.0.1": 65001}),
        "c": router(65001, 3, {"b": "10.2.0.1/31"}, {"10.2.0.0": 65001}),
    }  # fmt: skip
    network = build(texts, around([("a:b", "b:a"), ("b:c", "c:b")]))
    assert path(network, "b", "10.50.0.0/16") == ()
    assert path(network, "c", "10.50.0.0/16") is None


def test_a_router_led_around_is_the_last_choice_of_everybody() -> None:
    # Measured (network facts 4c): the receiver shows "localpref 0 ... Community: graceful-shutdown".
    network = _pair(_SELF, first=" bgp graceful-shutdown\n")
    plan = network.plan
    best = network.best[plan.index["carrier"]][prefix("10.2.0.0/23")]
    assert plan.names[plan.halves[best.half].far] == "r2"
    assert best.preference == 100
    fail(network, "link r2:w=carrier:b")
    best = network.best[plan.index["carrier"]][prefix("10.2.0.0/23")]
    assert plan.names[plan.halves[best.half].far] == "r1"
    assert best.preference == 0
    assert best.is_shutting


def test_too_many_prefixes_close_the_session() -> None:
    blocks = [f"10.{n}.0.0/16" for n in range(50, 55)]
    texts = {
        "a": router(65001, 1, {"b": "10.1.0.0/31"}, {"10.1.0.1": 65002}, blocks),
        "b": router(65002, 2, {"a": "10.1.0.1/31"}, {"10.1.0.0": 65001}, family="  neighbor 10.1.0.0 maximum-prefix 4\n"),
    }  # fmt: skip
    network = build(texts, around([("a:b", "b:a")]))
    assert not any(network.is_open)
    assert path(network, "b", "10.50.0.0/16") is None
    texts["b"] = texts["b"].replace("maximum-prefix 4", "maximum-prefix 5")
    assert path(build(texts, around([("a:b", "b:a")])), "b", "10.50.0.0/16") == (65001,)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("remote-as 65001", "remote-as 65009"),
        (" neighbor 10.1.0.0 remote-as 65001\n", " neighbor 10.1.0.4 remote-as 65001\n"),
        (" address-family", " neighbor 10.1.0.0 password x\n address-family"),
        (" address-family", " neighbor 10.1.0.0 shutdown\n address-family"),
        ("  neighbor 10.1.0.0 activate\n", ""),
        ("bgp router-id 10.255.0.2", "bgp router-id 10.255.0.1"),
        ("10.1.0.1/31", "10.1.0.3/31"),
    ],
)
def test_a_session_needs_both_sides(old: str, new: str) -> None:
    texts = {
        "a": router(65001, 1, {"b": "10.1.0.0/31"}, {"10.1.0.1": 65002}, ["10.50.0.0/16"]),
        "b": router(65002, 2, {"a": "10.1.0.1/31"}, {"10.1.0.0": 65001}),
    }
    assert path(build(texts, around([("a:b", "b:a")])), "b", "10.50.0.0/16") == (65001,)
    assert old in texts["b"]
    texts["b"] = texts["b"].replace(old, new, 1)
    network = build(texts, around([("a:b", "b:a")]))
    assert path(network, "b", "10.50.0.0/16") is None
    assert any("does not come up" in sentence for _, sentence in network.plan.faults)


def test_ways_that_lead_nowhere() -> None:
    texts = {
        "a": "interface b\n ip address 10.1.0.0/31\nexit\nip route 10.7.0.0/16 10.1.0.1 b\n"
        "ip route 10.8.0.0/16 Null0\nip route 10.6.0.0/16 10.1.0.1\n",
        "b": "interface a\n ip address 10.1.0.1/31\nexit\nip route 10.7.0.0/16 10.1.0.0 a\n",
    }
    network = build(texts, around([("a:b", "b:a")]))
    assert walk(network, "a", "10.7.0.1").end == "goes round in a circle"
    assert walk(network, "a", "10.8.0.1").end == "is discarded (Null0)"
    assert walk(network, "a", "10.6.0.1").end == "finds no way on"
    assert walk(network, "a", "10.9.0.1").end == "finds no way on"
    assert walk(network, "a", "10.1.0.1").end == "arrives"


def test_a_host_that_forwards_nothing_is_no_way() -> None:
    texts = {
        "a": "interface b\n ip address 10.1.0.0/31\nexit\nip route 10.7.0.0/16 10.1.0.1 b\n",
        "b": "interface a\n ip address 10.1.0.1/31\nexit\ninterface c\n ip address 10.7.0.0/31\nexit\n",
    }
    cables = [("a:b", "b:a")]
    network = build(texts, around(cables, ends_only=["b"]))
    assert walk(network, "a", "10.7.0.0").end == "arrives"
    assert walk(network, "a", "10.7.0.1").end == "is dropped by a host that forwards nothing"


def test_routes_that_never_settle_are_said_to_be_so() -> None:
    """Three round a fourth, each of whom prefers the way through the next (BAD GADGET, Griffin 2002)."""
    ring, texts = ("a", "b", "c"), {}
    for number, name in enumerate(ring, start=1):
        following, before = ring[number % 3], ring[number - 2]
        ports = {
            "d": f"10.0.{number}.1/31",
            following: f"10.1.{number}.0/31",
            before: f"10.1.{(number - 2) % 3 + 1}.1/31",
        }
        neighbors = {
            f"10.0.{number}.0": 65000,
            f"10.1.{number}.1": 65000 + number % 3 + 1,
            f"10.1.{(number - 2) % 3 + 1}.0": 65000 + (number - 2) % 3 + 1,
        }
        direct = f"^{65000 + number % 3 + 1} 65000$"
        lines = f"bgp as-path access-list VIA seq 5 permit {direct}\n"
        lines += "route-map NEXT permit 10\n match as-path VIA\n set local-preference 200\nexit\n"
        text = router(65000 + number, number, ports, neighbors, lines=lines)
        texts[name] = text.replace(
            f"neighbor 10.1.{number}.1 route-map ALL in",
            f"neighbor 10.1.{number}.1 route-map NEXT in",
        )
    texts["d"] = router(
        65000,
        9,
        {n: f"10.0.{i}.0/31" for i, n in enumerate(ring, 1)},
        {f"10.0.{i}.1": 65000 + i for i in (1, 2, 3)},
        ["10.50.0.0/16"],
    )
    cables = [(f"d:{name}", f"{name}:d") for name in ring]
    cables += [
        (f"{name}:{ring[(i + 1) % 3]}", f"{ring[(i + 1) % 3]}:{name}")
        for i, name in enumerate(ring)
    ]
    with pytest.raises(Restless) as caught:
        build(texts, around(cables))
    assert caught.value.prefix == prefix("10.50.0.0/16")
