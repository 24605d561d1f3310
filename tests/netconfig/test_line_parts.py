"""A change taken apart by the networks whose lines it touches: what belongs to one does not change with another's."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from inventory import Estate
from netconfig.canonical import canonical_text, read_config
from netconfig.differ import delta
from netconfig.line_parts import line_ends, part_of, touched_networks
from netconfig.render import router_config
from tests.estates import estate_of
from tests.netconfig.model_router import ModelRouter

ESTATE = estate_of()
HOST = "kushiro-r1"
CORE = ESTATE.slice_hosts("core")
TEXT = router_config(ESTATE, HOST, CORE)
RUNNING = read_config(TEXT)
ENDS = line_ends(ESTATE, HOST)
CARRIER, MINISTRY = (end.neighbor for end in ENDS)


def test_the_ends_are_the_routers_lines(estate: Estate) -> None:
    for host in estate.select(role="router")[:8]:
        ends = line_ends(estate, host.name)
        assert len(ends) == sum(port.name.startswith("wan-") for port in host.interfaces)
        assert {end.port for end in ends} == {f"wan-{end.network}" for end in ends}
    assert line_ends(estate, estate.select(role="balancer")[0].name) == ()


@pytest.mark.parametrize(
    ("old", "new", "networks"),
    [
        (
            f"neighbor {CARRIER} timers connect 5",
            f"neighbor {CARRIER} timers connect 7",
            {"carrier"},
        ),
        ("interface wan-ministry\n", "interface wan-ministry\n shutdown\n", {"ministry"}),
        (" timers bgp 3 9", " timers bgp 1 3", set()),
        ("timers connect 5", "timers connect 7", {"carrier", "ministry"}),
        ("maximum-prefix 200", "maximum-prefix 100", {"carrier", "ministry"}),
        (" set local-preference 200\n", " set local-preference 300\n", {"carrier"}),
        ("bfd profile line", "bfd profile other", {"carrier", "ministry"}),
    ],
)
def test_a_line_belongs_to_the_network_that_it_names_or_serves(
    old: str, new: str, networks: set[str]
) -> None:
    assert old in TEXT
    wanted = read_config(TEXT.replace(old, new))
    assert wanted != RUNNING
    assert touched_networks(RUNNING, wanted, ENDS) == networks
    assert touched_networks(wanted, RUNNING, ENDS) == networks


def test_the_parts_end_in_what_is_wanted_and_the_first_leaves_the_other_line_alone() -> None:
    wanted = read_config(
        TEXT.replace("timers connect 5", "timers connect 7").replace(
            " timers bgp 3 9", " timers bgp 1 3"
        )
    )
    first = part_of(RUNNING, wanted, ENDS, ["carrier"])
    assert touched_networks(RUNNING, first, ENDS) == {"carrier"}
    assert touched_networks(first, wanted, ENDS) == {"ministry"}
    assert part_of(first, wanted, ENDS, ["carrier", "ministry"]) == wanted
    assert not any(path[-1] == "timers bgp 3 9" for path in first)
    assert len(delta(first, wanted)) < len(delta(RUNNING, wanted))


def test_what_the_other_line_still_refers_to_stays_until_its_turn() -> None:
    old = "ip prefix-list ACCEPTED"
    wanted = read_config(TEXT.replace("ACCEPTED", "TAKEN"))
    assert old in TEXT
    first = part_of(RUNNING, wanted, ENDS, ["carrier"])
    assert any(path[0].startswith(old) for path in first)
    assert any(path[0].startswith("ip prefix-list TAKEN") for path in first)
    assert not any(path[0].startswith(old) for path in wanted)


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_a_router_takes_any_change_in_parts(data: st.DataObject) -> None:
    """Lines away, other values, all at random: typed in two parts the model router ends where it should."""
    lines = sorted(RUNNING)
    gone = data.draw(
        st.sets(st.sampled_from([p for p in lines if p[-1].startswith(_LOOSE)]), max_size=6)
    )
    text = canonical_text(RUNNING - gone)
    for old, new in data.draw(st.sets(st.sampled_from(_TURNS))):
        text = text.replace(old, new)
    wanted = read_config(text)
    router, running = ModelRouter(HOST), RUNNING
    router.lines = set(RUNNING)
    for networks in (["carrier"], ["carrier", "ministry"]):
        part = part_of(running, wanted, ENDS, networks)
        assert touched_networks(running, part, ENDS) <= {networks[-1]}
        assert "%" not in router.type_lines(delta(running, part))
        assert read_config(router.shown()) == part
        running = part
    assert running == wanted


_LOOSE = ("ip prefix-list", "ip route", "description", "network")
_TURNS = [
    ("timers connect 5", "timers connect 7"),
    ("timers bgp 3 9", "timers bgp 1 3"),
    ("maximum-prefix 200", "maximum-prefix 100"),
    ("set local-preference 200", "set local-preference 300"),
    ("profile line", "profile silent"),
    ("ACCEPTED", "TAKEN"),
]
