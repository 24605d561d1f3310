"""The drained variant of a router's configuration: two lines more and a way out less, and back by as many."""

from __future__ import annotations

import pytest

from inventory import Estate, Host
from netconfig.canonical import read_config
from netconfig.differ import delta
from netconfig.render import router_config


def way_out(estate: Estate, host: Host) -> str:
    return str(estate.sites[host.site].way_out) if host.site else ""


def leads_to_balancers(estate: Estate, host: Host) -> bool:
    return bool(estate.select(role="balancer", site=host.site))


@pytest.mark.parametrize("role", ["router", "balancer", "provider"])
def test_a_drained_device_differs_by_its_drain_alone(estate: Estate, role: str) -> None:
    for host in estate.select(role=role)[:6]:
        plain = read_config(router_config(estate, host.name))
        drained = read_config(router_config(estate, host.name, is_drained=True))
        leads_out = any(path[-1] == f"ip address {way_out(estate, host)}/32" for path in plain)
        assert leads_out == (role == "router" and leads_to_balancers(estate, host))
        gone = {path[-1] for path in plain - drained}
        assert gone == ({f"ip address {way_out(estate, host)}/32"} if leads_out else set())
        words = {path[-1] for path in drained - plain}
        assert words <= {"bgp graceful-shutdown", "max-metric router-lsa administrative"}
        assert words


def test_the_way_back_takes_the_same_lines_away(estate: Estate) -> None:
    host = estate.select(role="router")[0]
    plain = read_config(router_config(estate, host.name))
    drained = read_config(router_config(estate, host.name, is_drained=True))
    there, back = delta(plain, drained), delta(drained, plain)
    assert [line.strip() for line in there if "graceful" in line] == ["bgp graceful-shutdown"]
    assert [line.strip() for line in back if "graceful" in line] == ["no bgp graceful-shutdown"]
