"""The reduction by symmetry against the whole: a random share of pairs is tried without it, and must give the same."""

from __future__ import annotations

import random

import pytest

from inventory import Estate
from netconfig.model.device import Device
from netconfig.model.examiner import Examiner
from netconfig.model.failures import core_failures
from netconfig.model.findings import Report
from netconfig.model.reader import read_device
from netconfig.model.reduction import classes, reduce_estate
from netconfig.model.surroundings import Surroundings, surround
from netconfig.model.verify import core_of, examine, rendered
from tests.estates import estate_of

_SHARE = 0.01


@pytest.fixture(scope="module")
def shipped() -> Estate:
    """The shipped estate."""
    return estate_of()


@pytest.fixture(scope="module")
def texts(shipped: Estate) -> dict[str, str]:
    """What every device would run."""
    return rendered(shipped)


def _read(estate: Estate, texts: dict[str, str]) -> tuple[list[Device], Surroundings]:
    return [read_device(name, text) for name, text in texts.items()], surround(estate)


def test_sites_fall_into_few_classes(shipped: Estate, texts: dict[str, str]) -> None:
    devices, around = _read(shipped, texts)
    found = classes(devices, around, shipped)
    alone = sorted(sites[0] for sites in found.values() if len(sites) == 1)
    # The centres, and the witnesses, whose blocks the others' texts name.
    assert {"mitaka", "takaido", "kansai", "sendai", "fukuoka"} <= set(alone)
    assert len(found) < 20
    assert sum(len(sites) for sites in found.values()) == len(set(around.sites.values()))


@pytest.mark.parametrize(
    ("host", "old", "new"),
    [
        ("kushiro-r1", "local-preference 150", "local-preference 140"),
        ("kushiro-r1", "maximum-prefix 200", "maximum-prefix 199"),
        ("kushiro-r1", "ge 32\n", "ge 31\n"),
        ("kushiro-r1", " bgp bestpath compare-routerid\n", ""),
        ("carrier-pe1", "neighbor 10.128.3.89 maximum-prefix 50", "neighbor 10.128.3.89 maximum-prefix 51"),
        ("hakata-r1", "ip prefix-list OWN", "ip prefix-list OWN seq 2 permit 10.65.172.0/22\nip prefix-list OWN"),
    ],
)  # fmt: skip
def test_an_office_that_differs_in_anything_stands_alone(
    shipped: Estate, texts: dict[str, str], host: str, old: str, new: str
) -> None:
    assert old in texts[host]
    changed = texts | {host: texts[host].replace(old, new, 1)}
    found = classes(*_read(shipped, changed), shipped)
    assert ["kushiro"] in found.values()
    assert ["kushiro"] not in classes(*_read(shipped, texts), shipped).values()


def _broken(texts: dict[str, str]) -> dict[str, str]:
    """Texts with something to find: a network that lost its fence, a centre without floating routes."""
    changed = dict(texts)
    changed["mitaka-r1"] = "".join(
        line for line in texts["mitaka-r1"].splitlines(keepends=True) if " lan 250" not in line
    )
    return changed


def test_a_random_share_without_the_reduction_agrees(
    shipped: Estate, texts: dict[str, str]
) -> None:
    devices, around = _read(shipped, _broken(texts))
    core = core_of(shipped, devices)
    kept, near = reduce_estate(devices, around, shipped, core)
    assert len(kept) < 0.2 * len(devices)
    small = examine(shipped, kept, near)
    whole = examine(shipped, devices, around)
    names = {device.name for device in kept}
    names |= {wire.name.removesuffix(":lan") for wire in near.wires if wire.is_lan}
    tried = core_failures(small.network.plan, core)
    pairs = [(one, two) for at, one in enumerate(tried) for two in tried[at + 1 :]]
    drawn = random.Random(5).sample(pairs, round(_SHARE * len(pairs)))
    drawn += [p for p in pairs if {f.name for f in p} == {"mitaka-r1:lan", "mitaka-r1:mitaka-r2"}]
    found = 0
    for one, two in drawn:
        few = _pair(small, str(one), str(two), core)
        all_of_it = _pair(whole, str(one), str(two), core)
        for kind in ("violations", "losses"):
            ours = {(v.source, v.destination, v.sentence) for v in getattr(few, kind)}
            theirs = {
                (v.source, v.destination, v.sentence)
                for v in getattr(all_of_it, kind)
                if _is_about(shipped, v.source, names) and _is_about(shipped, v.destination, names)
            }
            assert ours == theirs, f"{one} and {two}"
            found += len(ours)
    assert found, "nothing was lost in any pair: the comparison shows nothing"


def _is_about(estate: Estate, name: str, names: set[str]) -> bool:
    return name in names or name in estate.services


def _pair(examiner: Examiner, one: str, two: str, core: frozenset[str]) -> Report:
    by_name = {str(f): f for f in core_failures(examiner.network.plan, core)}
    examiner.report = Report()
    examiner.pairs(by_name[one], [by_name[two]])
    return examiner.report
