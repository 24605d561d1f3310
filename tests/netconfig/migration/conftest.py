"""Small estates that differ in what a migration changes, written as what is laid over the example."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from inventory import Estate, load_estate
from tests.estates import estate_of

SMALL = Path(__file__).parents[3] / "examples" / "estate-small"

# One new network in place of `north`.
FIBRE = """
estate: {name: kyosai-fibre}
networks:
  north: null
  fibre: {number: 7, asn: 65107, title: Fibre of the ports, title_ja: 港湾光回線, ours: true, mbps: 50}
lines:
  kinds:
    centre: [{network: fibre, mbps: 200}, {network: coop, mbps: 100}]
    bureau: [{network: fibre}, {network: coop}]
    office: [{network: fibre}, {network: coop}]
slices: {core: {hosts: {north: null, fibre: [pe1]}}, mini: {hosts: {north: null, fibre: [pe1]}}}
"""

# Both networks are new.
TWO_NEW = """
estate: {name: kyosai-two}
networks:
  north: null
  coop: null
  fibre: {number: 7, asn: 65107, title: Fibre of the ports, title_ja: 港湾光回線, ours: true, mbps: 50}
  radio: {number: 8, asn: 65108, title: Radio of the ports, title_ja: 港湾無線, ours: true, mbps: 50}
lines:
  kinds:
    centre: [{network: fibre, mbps: 200}, {network: radio, mbps: 200}]
    bureau: [{network: fibre}, {network: radio}]
    office: [{network: fibre}, {network: radio}]
slices: {core: null, mini: null}
"""

# A third centre that serves a service of its own; the target is the example itself.
THREE_CENTRES = """
estate: {name: kyosai-three}
sites:
  hachinohe: {seats: 30}
  kuji: {number: 7, kind: centre, title: Kuji, title_ja: 久慈センター, prefecture: Iwate, seats: 10, printers: 1}
hosts:
  sites:
    kuji: {router: 2, bastion: 0, monitoring: 0, etcd: 0, database: 0}
services:
  auctions:
    number: 19
    title: Auctions at Kuji
    title_ja: 競り
    port: 8080
    tier: 1
    rto_s: 3600
    rpo_s: 3600
    owner: it-lead
    home_order: [kuji, hachinohe, akita]
"""


@pytest.fixture(scope="session")
def small() -> Estate:
    """The example."""
    return estate_of(SMALL)


@pytest.fixture(scope="session")
def laid(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Estate]:
    """An estate that says only what is different from the example."""

    def load(text: str) -> Estate:
        folder = tmp_path_factory.mktemp("estate")
        (folder / "over.yml").write_text(f"based_on: {SMALL}\n{text}", encoding="utf-8")
        return load_estate(folder)

    return load
