"""The drained variant of a router's configuration: two lines more, and back by as many."""

from __future__ import annotations

import pytest

from inventory import Estate
from netconfig.canonical import read_config
from netconfig.differ import delta
from netconfig.render import router_config


@pytest.mark.parametrize("role", ["router", "balancer", "provider"])
def test_a_drained_device_differs_by_its_drain_alone(estate: Estate, role: str) -> None:
    for host in estate.select(role=role)[:6]:
        plain = read_config(router_config(estate, host.name))
        drained = read_config(router_config(estate, host.name, is_drained=True))
        assert plain < drained
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
