"""What is booted for a rehearsal has every device and cable of every step."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from inventory import Estate
from netconfig.migration.planner import make_plan
from netconfig.migration.union import both
from tests.netconfig.migration.conftest import FIBRE, THREE_CENTRES


@pytest.mark.parametrize("text", [FIBRE, THREE_CENTRES])
def test_every_device_and_cable_of_both_is_there(
    text: str, small: Estate, laid: Callable[[str], Estate]
) -> None:
    other = laid(text)
    union = both(small, other)
    for estate in (small, other):
        for host in estate.hosts.values():
            assert union.hosts[host.name].address == host.address
            assert {(i.name, i.address) for i in host.interfaces} <= {
                (i.name, i.address) for i in union.hosts[host.name].interfaces
            }
        assert {wire.name for wire in estate.wires()} <= {wire.name for wire in union.wires()}
    named = {one.device for step in make_plan(small, other).steps for one in step.devices}
    assert named <= set(union.hosts)
