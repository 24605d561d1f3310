"""The figures of the policy document that the shipped estate must reproduce."""

from __future__ import annotations

from collections import Counter

from inventory import Estate


def test_branches_of_the_policy(shipped: Estate) -> None:
    kinds = Counter(site.kind for site in shipped.sites.values())
    assert kinds["bureau"] == 47
    assert kinds["office"] == 312
    assert kinds["centre"] == 3
    assert kinds.keys() == {"centre", "bureau", "office", "call-centre", "visiting", "partner"}


def test_a_terminal_for_each_of_28000(shipped: Estate) -> None:
    counted = [s for s in shipped.sites.values() if s.kind not in ("visiting", "partner")]
    assert sum(site.seats for site in counted) == 28_000
    assert all(site.seats > 0 and site.printers > 0 for site in shipped.sites.values())


def test_one_bureau_in_each_of_47_prefectures(shipped: Estate) -> None:
    bureaus = [site for site in shipped.sites.values() if site.kind == "bureau"]
    assert len({site.prefecture for site in bureaus}) == 47
    assert {p for area in shipped.areas.values() for p in area.prefectures} == {
        site.prefecture for site in bureaus
    }


def test_an_office_in_a_bureau_uses_its_router(shipped: Estate) -> None:
    guests = [site for site in shipped.sites.values() if site.shares]
    assert guests
    for guest in guests:
        assert not shipped.select(role="router", site=guest.name)
        router = shipped.hosts[f"{guest.shares}-r1"]
        address = router.interface(f"lan-{guest.number}").address
        assert address is not None
        assert address.ip == guest.gateway
        (terminal,) = shipped.select(role="terminal", site=guest.name)
        assert terminal.address in guest.lan


def test_core_offices_stand_in_three_prefectures_outside_the_disaster(shipped: Estate) -> None:
    core = shipped.slice_hosts("core")
    offices = [shipped.sites[h.site or ""] for h in shipped.select(role="terminal", within=core)]
    assert len({site.prefecture for site in offices}) == 3
    assert "tokyo" not in {site.area for site in offices}


def test_both_tokyo_centres_lie_in_one_area(shipped: Estate) -> None:
    centres = {s.name: s.area for s in shipped.sites.values() if s.kind == "centre"}
    assert centres["mitaka"] == centres["takaido"] != centres["kansai"]


def test_homes_of_the_design(shipped: Estate) -> None:
    orders = {name: service.home_order for name, service in shipped.services.items()}
    assert orders["records"] == orders["numbers"] == ("mitaka", "kansai", "takaido")
    assert orders["payments"] == ("takaido", "kansai", "mitaka")
    assert [str(shipped.services[n].address) for n in ("records", "numbers", "payments")] == [
        "10.9.0.1",
        "10.9.0.2",
        "10.9.0.3",
    ]


def test_every_branch_with_two_lines_uses_both_networks(shipped: Estate) -> None:
    networks: dict[tuple[str, int], list[str]] = {}
    for line in shipped.lines:
        networks.setdefault((line.site, line.router), []).append(line.network)
    for (site, _), found in networks.items():
        wanted = 1 if shipped.sites[site].kind in ("visiting", "partner") else 2
        assert len(set(found)) == len(found) == wanted
