"""In which waves a change goes: whatever changes, nothing that backs another up is in one wave with it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import cache

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from inventory import Estate
from inventory.parts import Waves
from netconfig.waves import BARE, BRANCHES, CANARY, CORE, Wave, branches_of, plan_waves
from tests.estates import estate_of
from tests.netconfig.conftest import SMALL

ESTATES = {"shipped": estate_of(), "small": estate_of(SMALL)}
SLICES = {"shipped": "routers:40", "small": "core"}
Touched = dict[str, frozenset[str]]


def devices(name: str) -> list[str]:
    estate = ESTATES[name]
    within = estate.slice_hosts(SLICES[name])
    return [
        host.name
        for host in estate.select(within=within)
        if host.role in ("router", "balancer", "provider")
    ]


def networks_of(estate: Estate, host: str) -> list[str]:
    wires = {port.wire for port in estate.hosts[host].interfaces}
    own = estate.hosts[host].network
    return [own] if own else [line.network for line in estate.lines if line.name in wires]


@cache
def branches(name: str) -> tuple[str, ...]:
    """The sites of an estate that may be canaries."""
    estate = ESTATES[name]
    return tuple(estate.hosts[router].site or "" for router in sorted(branches_of(estate)))


@st.composite
def changes(draw: st.DrawFn) -> tuple[str, Estate, Touched, frozenset[str]]:
    """An estate with some rules of waves, devices that change, whose lines they touch, and those that are bare."""
    name = draw(st.sampled_from(sorted(ESTATES)))
    estate, known = ESTATES[name], devices(name)
    chosen = draw(st.lists(st.sampled_from(known), unique=True))
    touched = {}
    for host in chosen:
        networks = [n for n in networks_of(estate, host) if estate.hosts[host].role == "router"]
        touched[host] = frozenset(draw(st.sets(st.sampled_from(networks))) if networks else ())
    bare = draw(st.sets(st.sampled_from(chosen))) if chosen else set()
    rules = Waves(
        tuple(draw(st.lists(st.sampled_from(branches(name)), unique=True, max_size=3))),
        tuple(draw(st.lists(st.integers(1, 9), min_size=1, max_size=4))),
        0,
    )
    changed = replace(estate, devices=replace(estate.devices, waves=rules))
    return name, changed, {h: t for h, t in touched.items() if h not in bare}, frozenset(bare)


@settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
@given(changes())
def test_the_invariants_hold(change: tuple[str, Estate, Touched, frozenset[str]]) -> None:
    name, estate, touched, bare = change
    within = estate.slice_hosts(SLICES[name])
    waves = plan_waves(estate, touched, within, bare=bare)
    assert faults(estate, within, touched, bare, waves) == []
    # From the same devices in another order come the same waves.
    turned = dict(reversed(touched.items()))
    assert plan_waves(estate, turned, within, bare=bare) == waves


def faults(
    estate: Estate,
    within: tuple[str, ...],
    touched: Mapping[str, frozenset[str]],
    bare: frozenset[str],
    waves: tuple[Wave, ...],
) -> list[str]:
    """Everything that waves must not be."""
    found = [f"numbers {w.number}" for n, w in enumerate(waves, 1) if w.number != n]
    if bare and (waves[0].stage != BARE or set(waves[0].devices) != bare):
        found.append("bare devices are not all first")
    rest = [wave for wave in waves if wave.stage != BARE]
    for host, networks in touched.items():
        own = estate.hosts[host].network
        due = {*networks, *([own] if own else [])}
        turns = [wave for wave in rest if host in wave.devices]
        if len(turns) != max(1, len(due)) or not due <= {wave.network for wave in turns}:
            found.append(f"{host} has the turns {turns}")
    stages = [[CANARY, BRANCHES, CORE].index(wave.stage) for wave in rest]
    if stages != sorted(stages):
        found.append("stages are out of order")
    leaves = branches_of(estate, within)
    for wave in rest:
        hosts = [estate.hosts[name] for name in wave.devices]
        sites = [host.site for host in hosts if host.site]
        if len(sites) != len(set(sites)):
            found.append(f"two devices of a site in {wave}")
        others = {n for h in wave.devices for n in touched[h] if n != wave.network}
        if wave.network is None and others:
            found.append(f"lines of {others} in {wave}")
        if not leaves.issuperset(wave.devices) and len(hosts) > 1:
            found.append(f"something that others hang on has company in {wave}")
        if not hosts:
            found.append(f"nobody is in {wave}")
    branches = [wave for wave in rest if wave.stage != CORE]
    sizes = estate.devices.waves.sizes
    # Every batch has somebody: a wave of more than any size allows comes after as many others as there are sizes.
    before: set[str] = set()
    for wave in branches:
        is_early = len(before - set(wave.devices)) < len(sizes)
        if len(wave.devices) > max(sizes) and is_early:
            found.append(f"{len(wave.devices)} at once")
        before |= set(wave.devices)
    canaries = estate.devices.waves.canaries
    first = [h for h in touched if estate.hosts[h].site in canaries and h in leaves]
    seen: set[str] = set()
    for wave in branches:
        if wave.stage == BRANCHES and not set(first) <= seen | set(wave.devices):
            found.append(f"{wave} comes before a canary")
        seen |= set(wave.devices)
    return found


def test_a_breach_is_found() -> None:
    estate = ESTATES["shipped"]
    within = estate.slice_hosts("core")
    touched = {"mitaka-r1": frozenset({"carrier"}), "mitaka-r2": frozenset({"ministry"})}
    both = (Wave(1, CORE, ("mitaka-r1", "mitaka-r2"), "carrier"),)
    said = " ".join(faults(estate, within, touched, frozenset(), both))
    assert "two devices of a site" in said
    assert "has company" in said
    assert "mitaka-r2 has the turns" in said


def test_the_shipped_estate_goes_canary_five_twenty_five_rest_then_one_by_one() -> None:
    estate = ESTATES["shipped"]
    names = [name for name in devices("shipped") if estate.hosts[name].role != "provider"]
    waves = plan_waves(estate, dict.fromkeys(names, frozenset()), estate.slice_hosts("routers:40"))
    branches = [wave for wave in waves if wave.stage != CORE]
    assert [len(wave.devices) for wave in branches] == [1, 5, 25, 9]
    assert branches[0].devices == ("takaoka-r1",)
    assert [wave.devices for wave in waves if wave.stage == CORE] == [
        (name,)
        for name in (
            *("sendai-r1", "fukuoka-r1"),
            *("kansai-r2", "kansai-r1", "kansai-lb1"),
            *("mitaka-r2", "mitaka-r1", "mitaka-lb1"),
            *("takaido-r2", "takaido-r1", "takaido-lb1"),
        )
    ]


@pytest.mark.parametrize("first", ["carrier", "ministry"])
def test_both_lines_of_an_office_have_a_wave_each(first: str) -> None:
    estate = ESTATES["shipped"]
    touched = {
        "kushiro-r1": frozenset({"carrier", "ministry"}),
        "hakata-r1": frozenset({first}),
        "takaoka-r1": frozenset[str](),
    }
    rules = replace(estate.devices, waves=Waves((), (9,), 0))
    waves = plan_waves(replace(estate, devices=rules), touched, estate.slice_hosts("core"))
    assert [wave.network for wave in waves] == ["carrier", "ministry"]
    assert all("kushiro-r1" in wave.devices for wave in waves)
    assert [("hakata-r1" in wave.devices) for wave in waves] == [w.network == first for w in waves]
    assert "takaoka-r1" in waves[0].devices
    assert "takaoka-r1" not in waves[1].devices


def test_the_edges_of_two_networks_never_change_together() -> None:
    estate = ESTATES["shipped"]
    waves = plan_waves(estate, {"carrier-pe1": (), "ministry-pe1": ()}, estate.slice_hosts("core"))
    assert [(wave.devices, wave.network) for wave in waves] == [
        (("carrier-pe1",), "carrier"),
        (("ministry-pe1",), "ministry"),
    ]


def test_nothing_changes_in_no_wave() -> None:
    assert plan_waves(ESTATES["small"], {}) == ()
