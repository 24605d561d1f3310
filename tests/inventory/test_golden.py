"""Wires and addresses of the core slices, as golden files; `--regenerate` rewrites them."""

from __future__ import annotations

from pathlib import Path

import pytest

from inventory import Estate

GOLDEN = Path(__file__).parent / "data" / "golden"


def spell_wires(estate: Estate, within: tuple[str, ...]) -> str:
    lines = []
    for wire in estate.wires(within):
        kind = "wan" if wire.is_wan else wire.kind
        lines.append(f"{wire.name} {kind}")
        for end in wire.ends:
            address = estate.hosts[end.host].interface(end.interface).address
            lines.append(f"  {end.host} {end.interface} {address}")
    return "\n".join(lines) + "\n"


def spell_hosts(estate: Estate, within: tuple[str, ...]) -> str:
    lines = [
        f"{host.name} {host.role} {host.site or host.network} {host.address}"
        + (f" {host.cluster}" if host.cluster else "")
        for host in estate.select(within=within)
    ]
    return "\n".join(lines) + "\n"


@pytest.mark.parametrize("what", ["wires", "hosts"])
@pytest.mark.parametrize("slice_name", ["core", "mini"])
def test_slice_is_as_reviewed(
    estate: Estate, slice_name: str, what: str, is_regenerating: bool
) -> None:
    within = estate.slice_hosts(slice_name)
    found = (spell_wires if what == "wires" else spell_hosts)(estate, within)
    path = GOLDEN / f"{estate.name}-{slice_name}-{what}.txt"
    if is_regenerating:
        path.write_text(found, encoding="utf-8")
    assert found == path.read_text(encoding="utf-8")
