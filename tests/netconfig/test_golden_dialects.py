"""One device of each kind in each dialect that is never booted here; `make golden REGENERATE=--regenerate` rewrites."""

from __future__ import annotations

from pathlib import Path

import pytest

from inventory import Estate
from netconfig.dialects import DIALECTS
from netconfig.equipment import configuration
from tests.estates import estate_of

GOLDEN = Path(__file__).parent / "data" / "dialects"
CORE = estate_of().slice_hosts("core")
# A centre's router, a bureau's with a guest in its building, an office's, a partner counter's, a balancer, a network.
DEVICES = ["mitaka-r1", "aomori-r1", "kushiro-r1", "hall-nagoya-r1", "kansai-lb1", "carrier-pe1"]
DRAINED = ["mitaka-r2", "kushiro-r1", "kansai-lb1"]
STAGED = ["mitaka-r1"]
CASES = [
    *((host, "", {}) for host in DEVICES),
    *((host, ".drained", {"is_drained": True}) for host in DRAINED),
    *((host, ".staged", {"is_staged": True}) for host in STAGED),
]
SPOKEN = [name for name in DIALECTS if name != "frr"]


@pytest.mark.parametrize("dialect", SPOKEN)
@pytest.mark.parametrize(("host", "state", "how"), CASES, ids=[f"{h}{s}" for h, s, _ in CASES])
def test_the_configuration_is_as_reviewed(
    shipped: Estate,
    dialect: str,
    host: str,
    state: str,
    how: dict[str, bool],
    is_regenerating: bool,
) -> None:
    within = {*CORE, host} if host == "carrier-pe1" else None
    found = configuration(shipped, host, DIALECTS[dialect], within, **how)
    path = GOLDEN / dialect / f"{host}{state}.conf"
    if is_regenerating:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(found, encoding="utf-8")
    assert found == path.read_text(encoding="utf-8")


def test_no_golden_file_is_an_orphan() -> None:
    kept = {path.relative_to(GOLDEN).as_posix() for path in GOLDEN.rglob("*.conf")}
    assert kept == {f"{d}/{host}{state}.conf" for d in SPOKEN for host, state, _ in CASES}
