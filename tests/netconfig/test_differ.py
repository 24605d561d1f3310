"""The lines that a push types, on a model of FRR's command line."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from netconfig.canonical import Config, read_config
from netconfig.differ import delta, look
from tests.netconfig.model_router import ModelRouter

PEERS = [f"10.128.0.{n}" for n in (0, 2, 4)]
PREFIXES = [f"10.{n}.0.0/22" for n in range(64, 69)]
NAMES = ["ALPHA", "BETA"]

numbers = st.integers(1, 4)


@st.composite
def interfaces(draw: st.DrawFn) -> str:
    text = ""
    for name in draw(st.sets(st.sampled_from(["core", "lan", "lo"]))):
        text += f"interface {name}\n description {name}\n"
        for n in draw(st.sets(numbers, max_size=2)):
            text += f" ip address 10.0.{n}.1/24\n"
        if draw(st.booleans()):
            text += f" ip ospf area 0.0.0.{draw(numbers)}\n ip ospf cost {draw(numbers)}\n"
        if draw(st.booleans()):
            text += " ip ospf bfd\n ip ospf bfd profile line\n"
        text += "exit\n"
    return text


@st.composite
def definitions(draw: st.DrawFn) -> str:
    text = ""
    for name in NAMES:
        prefixes = draw(st.lists(st.sampled_from(PREFIXES), unique=True))
        sequences = draw(st.permutations(range(1, 6)))
        for sequence, prefix in zip(sequences, prefixes, strict=False):
            text += f"ip prefix-list {name} seq {sequence} permit {prefix}\n"
        for sequence in draw(st.sets(numbers, max_size=2)):
            action = draw(st.sampled_from(["permit", "deny"]))
            text += f"route-map {name} {action} {sequence}\n"
            if draw(st.booleans()):
                text += f" match ip address prefix-list {draw(st.sampled_from(NAMES))}\n"
            if draw(st.booleans()):
                text += " set as-path prepend " + " ".join(["64999"] * draw(numbers)) + "\n"
            if draw(st.booleans()):
                text += f" set local-preference {draw(numbers)}\n"
            text += "exit\n"
        for n in draw(st.sets(numbers, max_size=2)):
            text += f"ip route 10.{n}.0.0/16 Null0\n"
    for protocol in draw(st.sets(st.sampled_from(["bgp", "ospf"]))):
        text += f"ip protocol {protocol} route-map {draw(st.sampled_from(NAMES))}\n"
    return text


@st.composite
def protocols(draw: st.DrawFn) -> str:
    text = f"bfd\n profile line\n  detect-multiplier {draw(st.integers(3, 5))}\n exit\nexit\n"
    if draw(st.booleans()):
        text += (
            f"router ospf\n ospf router-id 10.0.0.{draw(numbers)}\n log-adjacency-changes\nexit\n"
        )
    if draw(st.booleans()):
        own = draw(st.integers(65001, 65002))
        peers = sorted(draw(st.sets(st.sampled_from(PEERS))))
        text += f"router bgp {own}\n"
        if draw(st.booleans()):
            text += " no bgp default ipv4-unicast\n"
        for peer in peers:
            text += f" neighbor {peer} remote-as {draw(st.integers(64501, 64502))}\n"
            if draw(st.booleans()):
                text += f" neighbor {peer} description to {draw(numbers)}\n"
        text += " address-family ipv4 unicast\n"
        for prefix in draw(st.sets(st.sampled_from(PREFIXES))):
            text += f"  network {prefix}\n"
        for peer in peers:
            text += f"  neighbor {peer} activate\n"
            for way in draw(st.sets(st.sampled_from(["in", "out"]))):
                text += f"  neighbor {peer} route-map {draw(st.sampled_from(NAMES))} {way}\n"
        text += f"  maximum-paths {draw(numbers)}\n"
        text += " exit-address-family\nexit\n"
    return text


configs = st.builds(
    lambda *parts: read_config("".join(parts)), interfaces(), definitions(), protocols()
)


def router_with(config: Config) -> ModelRouter:
    router = ModelRouter()
    assert router.type_lines(delta(frozenset(), config)) == ""
    return router


@settings(max_examples=150, deadline=None)
@given(configs, configs)
def test_what_is_typed_makes_one_configuration_the_other(a: Config, b: Config) -> None:
    router = router_with(a)
    assert read_config(router.shown()) == a
    said = router.type_lines(delta(a, b))
    assert said == ""
    assert read_config(router.shown()) == b


@settings(max_examples=50, deadline=None)
@given(configs, configs)
def test_a_difference_is_empty_only_between_equals(a: Config, b: Config) -> None:
    assert (delta(a, b) == ()) == (a == b) == (look(a, b) == "")


def between(before: str, after: str) -> tuple[str, ...]:
    return delta(read_config(before), read_config(after))


def test_a_replaced_value_is_typed_over_and_never_taken_away_first() -> None:
    before = "router bgp 65001\n neighbor 10.0.0.1 remote-as 64501\n"
    after = "router bgp 65001\n neighbor 10.0.0.1 remote-as 64502\n"
    assert between(before, after) == (
        "router bgp 65001",
        "neighbor 10.0.0.1 remote-as 64502",
        "exit",
    )


def test_a_policy_comes_before_the_session_and_goes_after_it() -> None:
    policy = "route-map OUT permit 10\nexit\nip prefix-list OWN seq 5 permit 10.64.0.0/22\n"
    session = (
        "router bgp 65001\n neighbor 10.0.0.1 remote-as 64501\n"
        " address-family ipv4 unicast\n  neighbor 10.0.0.1 route-map OUT out\n"
    )
    bare = "router bgp 65001\n address-family ipv4 unicast\n"
    coming, going = between(bare, policy + session), between(policy + session, bare)
    assert coming.index("route-map OUT permit 10") < coming.index("router bgp 65001")
    assert going == (
        "router bgp 65001",
        "no neighbor 10.0.0.1",
        "exit",
        "no route-map OUT permit 10",
        "no ip prefix-list OWN seq 5 permit 10.64.0.0/22",
    )


def test_a_new_line_is_there_before_the_old_one_goes() -> None:
    typed = between("ip route 10.1.0.0/16 Null0\n", "ip route 10.2.0.0/16 Null0\n")
    assert typed == ("ip route 10.2.0.0/16 Null0", "no ip route 10.1.0.0/16 Null0")


def test_a_rule_that_moves_leaves_its_old_place_first() -> None:
    typed = between(
        "ip prefix-list A seq 5 permit 10.1.0.0/16\n", "ip prefix-list A seq 6 permit 10.1.0.0/16\n"
    )
    assert typed[0] == "no ip prefix-list A seq 5 permit 10.1.0.0/16"


def test_a_value_that_returns_to_its_default_is_typed_because_frr_has_no_form_to_take_it_away() -> (
    None
):
    before = "bfd\n profile line\n  detect-multiplier 5\n"
    after = "bfd\n profile line\n  detect-multiplier 3\n"
    assert between(before, after) == ("bfd", "profile line", "detect-multiplier 3", "exit", "exit")


def test_the_look_shows_what_the_device_will_be() -> None:
    shown = look(read_config("log syslog errors\n"), read_config("log syslog informational\n"))
    assert "-log syslog errors" in shown
    assert "+log syslog informational" in shown
