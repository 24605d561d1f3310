"""Principals: an account at a role or at one host, and no more than an act needs."""

from __future__ import annotations

from inventory.principals import accepted_principals, principals_for
from tests.estates import estate_of


def test_a_router_has_two_accounts_and_a_database_one() -> None:
    hosts = estate_of().hosts
    assert accepted_principals(hosts["mitaka-r1"]) == {
        "ops": ("ops@router", "ops@mitaka-r1"),
        "netops": ("netops@router", "netops@mitaka-r1"),
        "netguard": ("netguard@router", "netguard@mitaka-r1"),
    }
    assert [*accepted_principals(hosts["mitaka-db1"])] == ["ops"]


def test_a_certificate_names_the_roles_or_one_host() -> None:
    estate = estate_of()
    hosts = [estate.hosts[name] for name in ("mitaka-r1", "mitaka-db1", "mitaka-db2")]
    assert principals_for("ops", hosts) == ("ops@database", "ops@router")
    assert principals_for("netops", hosts) == ("netops@router",)
    assert principals_for("ops", hosts, "mitaka-db1") == ("ops@mitaka-db1",)
    assert principals_for("netops", hosts, "mitaka-db1") == ()


def test_no_host_is_called_like_a_role() -> None:
    """Else a certificate for that host would open a whole role."""
    estate = estate_of()
    assert not set(estate.hosts) & {host.role for host in estate.hosts.values()}
