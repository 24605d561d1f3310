"""The configurations of the core slice as reviewed; `python -m pytest tests/netconfig --regenerate` rewrites them."""

from __future__ import annotations

from pathlib import Path

import pytest

from inventory import Estate
from netconfig.derivation import ROUTED_ROLES
from netconfig.render import daemons, router_config, staging_config
from tests.estates import estate_of

GOLDEN = Path(__file__).parent / "data" / "golden"
SHIPPED = estate_of()
CORE = SHIPPED.slice_hosts("core")
ROUTED = [host.name for host in SHIPPED.select(within=CORE) if host.role in ROUTED_ROLES]
# One of each kind is enough for day 0.
STAGED = ["mitaka-r1", "mitaka-r2", "sendai-r1"]


def compare(name: str, found: str, is_regenerating: bool) -> None:
    path = GOLDEN / name
    if is_regenerating:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(found, encoding="utf-8")
    assert found == path.read_text(encoding="utf-8")


@pytest.mark.parametrize("host", ROUTED)
def test_the_configuration_is_as_reviewed(
    shipped: Estate, host: str, is_regenerating: bool
) -> None:
    compare(f"{host}.conf", router_config(shipped, host, CORE), is_regenerating)


@pytest.mark.parametrize("host", STAGED)
def test_day_0_is_as_reviewed(shipped: Estate, host: str, is_regenerating: bool) -> None:
    compare(f"{host}.staging.conf", staging_config(shipped, host, CORE), is_regenerating)


@pytest.mark.parametrize("host", ["mitaka-r1", "mitaka-lb1", "sendai-r1", "carrier-pe1"])
def test_the_daemons_are_as_reviewed(shipped: Estate, host: str, is_regenerating: bool) -> None:
    compare(f"{host}.daemons", daemons(shipped, host), is_regenerating)


def test_no_golden_file_is_an_orphan() -> None:
    kept = {path.name.partition(".")[0] for path in GOLDEN.iterdir()}
    assert kept == set(ROUTED)
