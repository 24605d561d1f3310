"""The network as computed beside the network as booted: every table entry, undisturbed and with each cable cut, and
every flow with real packets, those that are allowed and a sample of those that are not."""

from __future__ import annotations

import os
import random
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import pytest

from netconfig.derivation import ROUTED_ROLES
from netconfig.model.failures import Failure, every_failure
from netconfig.model.knocks import due, forbidden, surprises
from netconfig.model.network import Network
from netconfig.model.tables import (
    ROUTE_COMMAND,
    Difference,
    compare,
    read_show_ip_route,
    rows_after,
)
from netconfig.model.verify import settled, verify
from tests.full.booted import booted
from twin.knocking import knock_all
from twin.lab import Lab

Say = Callable[[str], None]
SLICE = os.environ.get("HIKAE_MODEL_SLICE", "core")
FORBIDDEN = int(os.environ.get("HIKAE_MODEL_FORBIDDEN", "10000"))
CUTS = int(os.environ.get("HIKAE_MODEL_CUTS", "1000"))
SEED = int(os.environ.get("HIKAE_MODEL_SEED", "5"))
# Sessions of BGP are looked for every 5 s, and a service comes back after a hold-down of 10 s.
SETTLED_S = 45.0


@dataclass
class Both:
    """The same slice twice."""

    lab: Lab
    network: Network
    devices: tuple[str, ...]

    def differences(self, *failures: Failure, but: Sequence[str] = ()) -> list[Difference]:
        """Entries at which they disagree, on all devices but some."""
        asked = [name for name in self.devices if name not in but]
        with ThreadPoolExecutor(8) as pool:
            tables = list(pool.map(self._shown, asked))
        return [
            difference
            for name, shown in zip(asked, tables, strict=True)
            for difference in compare(
                name, rows_after(self.network, name, *failures), read_show_ip_route(shown)
            )
        ]

    def _shown(self, host: str) -> str:
        done = self.lab.hosts[host].exec(["vtysh", "-c", ROUTE_COMMAND], deadline_s=20)
        return done.stdout

    def agree(self, *failures: Failure) -> list[Difference]:
        """Wait until they agree; what is left of their differences at the deadline."""
        end = time.monotonic() + SETTLED_S
        while (left := self.differences(*failures)) and time.monotonic() < end:
            time.sleep(1)
        return left


@pytest.fixture(scope="module")
def both() -> Iterator[Both]:
    with booted(SLICE) as lab:
        devices = tuple(name for name in lab.names if lab.role(name) in ROUTED_ROLES)
        served = lab.estate.services_within(lab.names)
        yield Both(lab, settled(lab.estate, lab.names, served), devices)


def test_every_entry_of_every_table_agrees(both: Both, say: Say) -> None:
    left = both.agree()
    entries = sum(len(rows_after(both.network, name)) for name in both.devices)
    say(f"{len(both.devices)} devices, {entries} entries, {len(left)} differences")
    assert [str(difference) for difference in left] == []


def test_every_flow_is_answered_as_computed(both: Both, say: Say) -> None:
    estate, names = both.lab.estate, both.lab.names
    assert verify(estate, names).is_fine, "the model itself says that a flow is not answered"
    allowed, refused = due(estate, names), forbidden(estate, names, FORBIDDEN, SEED)
    found = surprises(knock_all([*allowed, *refused]))
    say(f"{len(allowed)} that flows allow, {len(refused)} that none does, {len(found)} surprises")
    assert [one.sentence for one in found] == []


def test_every_entry_agrees_after_each_cut(both: Both, say: Say) -> None:
    cables = {wire.name for wire in both.lab.estate.wires(both.lab.names)}
    failures = [
        failure
        for failure in every_failure(both.network.plan)
        if failure.kind == "link" and failure.name in cables and failure.thing != "lan"
    ]
    chosen = random.Random(SEED).sample(failures, min(CUTS, len(failures)))
    wrong: dict[str, list[str]] = {}
    entries = 0
    for failure in chosen:
        both.lab.network.set_wires([failure.name], up=False)
        left = both.agree(failure)
        both.lab.network.set_wires([failure.name], up=True)
        entries += sum(len(rows_after(both.network, name, failure)) for name in both.devices)
        if left:
            wrong[str(failure)] = [str(difference) for difference in left]
        back = both.agree()
        if back:
            wrong[f"after {failure}"] = [str(difference) for difference in back]
    for name, differences in wrong.items():
        say(f"{name}: {len(differences)} differences, such as {differences[0]}")
    say(f"{len(chosen)} cuts, {entries} entries compared, {len(wrong)} cuts with differences")
    assert wrong == {}
