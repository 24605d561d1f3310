"""Drift of models of routers: every line that nobody intended is named with its section, and no secret is."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import date, timedelta

import pytest

from inventory import Estate, ForeignLine
from netconfig.canonical import read_config
from netconfig.dialects import DIALECTS, InvalidConfiguration
from netconfig.drift import TOP, DeviceDrift, Intended, compare, drift_text, find_drift
from netconfig.equipment import configuration
from tests.netconfig.model_router import ModelRouter
from tests.netconfig.openers import opener
from twin.drift import excepted_lines

HOST = "mitaka-r1"
BGP = "router bgp 4200000001"
CANARY = "canary-4711"


@pytest.fixture
def intended(shipped: Estate) -> Intended:
    core = shipped.slice_hosts("core")
    return Intended(DIALECTS["frr"], configuration(shipped, HOST, DIALECTS["frr"], core))


@pytest.fixture
def router(intended: Intended) -> ModelRouter:
    found = ModelRouter(HOST)
    found.lines = set(read_config(intended.text))
    return found


def find(router: ModelRouter, intended: Intended) -> DeviceDrift:
    (found,) = find_drift({HOST: intended}, opener(router))
    return found


def drifted(found: DeviceDrift) -> dict[str, tuple[tuple[str, ...], tuple[str, ...]]]:
    return {
        each.section: (each.add, each.remove) for each in found.sections if not each.is_intended
    }


def test_a_device_that_runs_what_is_intended_has_none(
    router: ModelRouter, intended: Intended
) -> None:
    found = find(router, intended)
    assert (found.verdict, drifted(found)) == ("intended", {})
    assert drift_text(found) == f"{HOST}: as intended\n"
    assert router.typed == []
    names = [each.section for each in found.sections]
    assert len(names) == len(set(names))
    assert {TOP, BGP, "interface wan-carrier", "ip prefix-list ACCEPTED-SITES"} <= set(names)


def test_foreign_and_missing_lines_stand_with_their_sections(
    router: ModelRouter, intended: Intended
) -> None:
    router.lines |= {
        ("ip route 192.0.2.0/24 10.128.0.8",),
        (BGP, "neighbor 10.128.0.8 allowas-in 3"),
        (BGP, "address-family ipv4 unicast", "redistribute connected"),
        ("route-map LEAK permit 10",),
        ("route-map LEAK permit 10", "set metric 5"),
    }
    router.lines.discard(("interface core", "ip ospf cost 10"))
    found = find(router, intended)
    assert found.verdict == "drifted"
    assert drifted(found) == {
        "interface core": (("ip ospf cost 10",), ()),
        BGP: ((), ("neighbor 10.128.0.8 allowas-in 3",)),
        f"{BGP} / address-family ipv4 unicast": ((), ("redistribute connected",)),
        TOP: ((), ("ip route 192.0.2.0/24 10.128.0.8",)),
        "route-map LEAK permit 10": ((), ("route-map LEAK permit 10", "set metric 5")),
    }
    text = drift_text(found)
    assert text.startswith(f"{HOST}: 5 of {len(found.sections)} sections drifted\n")
    assert f"  {BGP}\n    - neighbor 10.128.0.8 allowas-in 3\n" in text
    assert "  interface core\n    + ip ospf cost 10\n" in text


def test_no_line_that_counts_is_passed_over(router: ModelRouter, intended: Intended) -> None:
    """Each single line that a device lacks or has too much is drift."""
    whole = frozenset(router.lines)
    parents = {path[:-1] for path in whole}
    for path in sorted(whole - parents):
        router.lines = set(whole - {path})
        lacking = find(router, intended)
        assert any(path[-1] in each.add for each in lacking.sections)
        router.lines = {*whole, (*path[:-1], f"{path[-1]}x")}
        assert find(router, intended).verdict == "drifted"


def test_a_canary_is_in_no_result(router: ModelRouter, intended: Intended) -> None:
    router.lines |= {
        (BGP, f"neighbor 10.128.0.8 password {CANARY}"),
        ("interface core", f"ip ospf message-digest-key 1 md5 {CANARY}"),
        (f"password {CANARY}",),
    }
    words = f"no route to {{host}}; tried with password {CANARY}"
    results = find_drift({HOST: intended, "kansai-r1": intended}, opener(router, words=words))
    assert [each.verdict for each in results] == ["drifted", "unread"]
    assert "neighbor 10.128.0.8 password ********" in drifted(results[0])[BGP][1]
    assert CANARY not in repr(results)
    assert CANARY not in "".join(drift_text(each) for each in results)


def test_another_device_at_the_address_is_an_error(intended: Intended) -> None:
    @contextmanager
    def wrong(host: str) -> Iterator[ModelRouter]:
        yield ModelRouter("kansai-r1")

    (found,) = find_drift({HOST: intended}, wrong)
    assert found.verdict == "unread"
    assert found.error == "another device answers at its address: it says it is kansai-r1"


@pytest.mark.parametrize("dialect", ["ios-xe", "junos"])
def test_a_secret_by_name_equals_the_one_that_the_device_shows(
    shipped: Estate, dialect: str
) -> None:
    spoken = DIALECTS[dialect]
    text = configuration(shipped, "kushiro-r1", spoken)
    shown = {"ios-xe": "7 0822455D0A16", "junos": "$9$Hm5FCA0BIc"}[dialect]
    running = text.replace("$secret(carrier-sessions)", shown)
    running = running.replace("$secret(ministry-sessions)", shown)
    assert running != text
    found = compare(running, Intended(spoken, text))
    assert all(section.is_intended for section in found)
    lines = [line for line in text.splitlines() if "$secret(carrier-sessions)" not in line]
    (section,) = [x for x in compare("\n".join(lines), Intended(spoken, text)) if x.add]
    assert "********" in section.add[0]


def test_terms_in_another_order_are_drift(shipped: Estate) -> None:
    """Junos reads terms in the order in which they stand; the same lines otherwise ordered mean something else."""
    junos = DIALECTS["junos"]
    text = configuration(shipped, "mitaka-r1", junos)
    first = [line for line in text.splitlines() if " TO-CARRIER term 10 " in line]
    rest = [line for line in text.splitlines() if line not in first]
    (section,) = [
        each
        for each in compare("\n".join([*rest, *first]), Intended(junos, text))
        if not each.is_intended
    ]
    assert section.section == "policy-options policy-statement TO-CARRIER term 10"
    assert "out of order: then accept" in section.remove


FORGOTTEN = {
    "ios-xe": (
        f"snmp-server community {CANARY} RO",
        f"username x secret 9 {CANARY}",
        "router bgp 4200000107",
        f" neighbor 10.9.9.9 password {CANARY}",
    ),
    "junos": (
        f"set snmp community {CANARY} authorization read-only",
        f"set snmp community {CANARY}",
        f'set system root-authentication encrypted-password "{CANARY}"',
        f'set protocols bgp group LINES neighbor 10.9.9.9 authentication-key "{CANARY}"',
    ),
}


@pytest.mark.parametrize("dialect", FORGOTTEN)
def test_a_canary_is_masked_in_every_dialect(shipped: Estate, dialect: str) -> None:
    spoken, lines = DIALECTS[dialect], "\n".join(FORGOTTEN[dialect])
    text = configuration(shipped, "kushiro-r1", spoken)
    found = compare(text + lines, Intended(spoken, text))
    assert sum(len(section.remove) for section in found) >= 3
    assert CANARY not in repr(found)
    with pytest.raises(InvalidConfiguration) as caught:
        spoken.parse(text + lines)
    assert CANARY not in str(caught.value)


def test_an_excepted_line_is_no_drift_until_its_day_is_past(
    shipped: Estate, router: ModelRouter, intended: Intended
) -> None:
    router.lines.add((BGP, "neighbor 10.128.0.8 allowas-in 3"))
    day = date(2027, 3, 31)
    kept = ForeignLine(HOST, BGP, "neighbor 10.128.0.8 allowas-in 3", "network-chief", day)
    estate = replace(shipped, foreign_lines=(kept,))

    def on(today: date) -> DeviceDrift:
        return find(router, replace(intended, excepted=excepted_lines(estate, HOST, today)))

    assert on(day).verdict == "intended"
    assert drift_text(on(day)) == f"{HOST}: as intended, 1 lines excepted\n"
    assert [x.excepted for x in on(day).sections if x.excepted] == [(kept.line,)]
    assert on(day + timedelta(1)).verdict == "drifted"
    assert excepted_lines(estate, "kansai-r1", day) == frozenset()


def test_a_device_without_a_terminal_of_its_kind_is_not_read(shipped: Estate) -> None:
    junos = DIALECTS["junos"]
    wants = Intended(junos, configuration(shipped, "kushiro-r1", junos))
    (found,) = find_drift({"kushiro-r1": wants}, opener())
    assert found.error == "there is no terminal for junos yet; compare its text by hand"
