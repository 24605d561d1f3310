"""A small change of the estate is a small change of every text that it touches, in every dialect, and of no other."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from ipaddress import IPv4Address

import pytest

from inventory import Estate
from netconfig.dialects import DIALECTS, Dialect
from netconfig.equipment import configuration

Change = Callable[[Estate], Estate]


def another_service(estate: Estate) -> Estate:
    """A service more, at home in all three centres."""
    service = estate.services["records"]
    address = estate.addressing.service(9)
    new = replace(service, name="visits", address=address)
    return replace(estate, services={**estate.services, "visits": new})


def service_moves(estate: Estate) -> Estate:
    """A service whose first home changes."""
    service = estate.services["statistics"]
    moved = replace(service, home_order=tuple(reversed(service.home_order)))
    return replace(estate, services={**estate.services, "statistics": moved})


def another_mtu(estate: Estate) -> Estate:
    """A network that takes shorter packets."""
    network = replace(estate.networks["ministry"], mtu=1454)
    return replace(estate, networks={**estate.networks, "ministry": network})


def another_secret(estate: Estate) -> Estate:
    """A network whose sessions have another secret."""
    network = replace(estate.networks["ministry"], session_secret="ministry-2027")
    return replace(estate, networks={**estate.networks, "ministry": network})


def another_banner(estate: Estate) -> Estate:
    """Other words before a login."""
    return replace(estate, devices=replace(estate.devices, banner="Keep out."))


def lines_preferred_otherwise(estate: Estate) -> Estate:
    """One office that prefers its other line."""
    lines = tuple(
        replace(line, place=1 - line.place) if line.site == "kushiro" else line
        for line in estate.lines
    )
    return replace(estate, lines=lines)


def another_monitor_address(estate: Estate) -> Estate:
    """A monitoring host that moves to another address."""
    host = replace(estate.hosts["mitaka-mon1"], address=IPv4Address("10.64.4.17"))
    return replace(estate, hosts={**estate.hosts, host.name: host})


# How many lines of one device come and go at most, and how many of the measured devices are touched, by dialect.
CASES: list[tuple[Change, tuple[int, int, int], tuple[int, int, int]]] = [
    (another_service, (2, 2, 3), (6, 6, 6)),
    (service_moves, (10, 10, 13), (4, 4, 4)),
    (another_mtu, (0, 1, 1), (0, 11, 11)),
    (another_secret, (0, 2, 2), (0, 11, 11)),
    (another_banner, (0, 2, 2), (0, 14, 14)),
    (lines_preferred_otherwise, (10, 10, 10), (1, 1, 1)),
    (another_monitor_address, (0, 6, 6), (0, 14, 14)),
]


def differing(dialect: Dialect, before: str, after: str) -> int:
    """The lines that come or go; one that only stands elsewhere changes no device."""
    return len(dialect.lines(before).keys() ^ dialect.lines(after).keys())


@pytest.fixture(scope="module")
def texts(shipped: Estate) -> dict[str, dict[str, str]]:
    return {name: all_texts(shipped, name) for name in DIALECTS}


def all_texts(estate: Estate, dialect: str) -> dict[str, str]:
    core = estate.slice_hosts("core")
    return {
        host.name: configuration(estate, host.name, DIALECTS[dialect])
        for host in estate.select(within=core)
        if host.role in ("router", "balancer")
    }


@pytest.mark.parametrize(("place", "dialect"), list(enumerate(DIALECTS)), ids=list(DIALECTS))
@pytest.mark.parametrize(
    ("change", "most", "devices"), CASES, ids=[change.__name__ for change, _, _ in CASES]
)
def test_a_change_is_few_lines(
    shipped: Estate,
    texts: dict[str, dict[str, str]],
    change: Change,
    most: tuple[int, int, int],
    devices: tuple[int, int, int],
    place: int,
    dialect: str,
) -> None:
    spoken = DIALECTS[dialect]
    after = all_texts(change(shipped), dialect)
    counts = [differing(spoken, text, after[host]) for host, text in texts[dialect].items()]
    found = (max(counts), sum(count > 0 for count in counts))
    assert found == (most[place], devices[place])


def test_what_is_measured_can_be_large(shipped: Estate, texts: dict[str, dict[str, str]]) -> None:
    for name, spoken in DIALECTS.items():
        assert differing(spoken, texts[name]["kushiro-r1"], texts[name]["hakata-r1"]) > 20
