"""What the backup centre could carry if it had to take everything: said by the model from small loads, then measured."""

from __future__ import annotations

import math
import os
import time
from collections.abc import Callable, Iterator

import pytest

from monitors.capacity.carry import could_carry, learn_stations
from monitors.capacity.stations import Sample
from monitors.capacity.trial import last_in_time
from tests.full.booted import booted
from tests.full.stepped_load import MACHINE, Load
from twin.lab import Lab

Say = Callable[[str], None]
LEARNED_AT = (6.0, 12.0, 24.0)
"""Half of, once and twice the load of the whole country, transactions a second."""
TARGET_S = 1.0
STEP = 1.08
WITHIN = 0.20
TAKEN_OVER_S = 300.0


@pytest.fixture(scope="module")
def kansai_alone() -> Iterator[Lab]:
    """`core` without its Tokyo centres, all services taken over by the backup centre."""
    with booted(os.environ.get("HIKAE_CARRY_SLICE", "core")) as lab:
        backup = lab.estate.backup_site()
        area = {
            site.area
            for site in lab.estate.sites.values()
            if site.kind == "centre" and site.name != backup.name
        }
        gone = [
            name
            for name in lab.names
            if (site := lab.estate.hosts[name].site) and lab.estate.sites[site].area in area
        ]
        lab.crash(gone)
        yield lab


def test_the_model_says_what_the_backup_centre_can_carry(kansai_alone: Lab, say: Say) -> None:
    lab = kansai_alone
    services = list(lab.estate.services_within(lab.names).values())
    load = Load(lab, services)
    load.install()
    _wait_until_served(load)
    samples = [load.hold(rate) for rate in LEARNED_AT]
    for sample in samples:
        say(_spell("learned from", sample))
    stations = learn_stations({MACHINE: float(os.cpu_count() or 1)}, samples)
    said = could_carry(stations, samples, TARGET_S)
    say(
        f"said: {said.rate} a second, {1000 * stations[0].demand_s:.1f} ms of a core each, "
        f"{100 * said.utilisation[MACHINE]:.0f} % busy then"
    )
    measured = _step_up(load, said.rate, say)
    say(f"measured: {measured:.1f} a second, said {said.rate / measured - 1:+.1%}")
    assert math.isfinite(measured), "p99 never passed the aim; let the load go further"
    assert abs(said.rate / measured - 1) <= WITHIN


def _step_up(load: Load, said: float, say: Say) -> float:
    """Step the load up from half of what was said until p99 passes the aim at two steps on end."""
    steps: list[tuple[float, float]] = []
    rate = said / 2
    while rate < 3 * said:
        sample = load.hold(rate)
        say(_spell("stepped to", sample))
        # What was asked for is the load: a client that comes too late sends less.
        steps.append((rate, sample.p99_s))
        if len(steps) > 1 and all(late > TARGET_S for _, late in steps[-2:]):
            break
        rate *= STEP if sample.p99_s > TARGET_S / 4 else STEP**2
    return last_in_time(steps, TARGET_S)


def _wait_until_served(load: Load) -> None:
    """Wait until a small load is answered whole; fails at the deadline."""
    end = time.monotonic() + TAKEN_OVER_S
    while (sample := load.hold(3.0)).p99_s > TARGET_S:
        assert time.monotonic() < end, f"not served by the backup centre: {sample}"


def _spell(words: str, sample: Sample) -> str:
    return f"{words} {sample.rate:.1f} a second: p99 {sample.p99_s:.3f} s, {sample.busy[MACHINE]:.2f} cores busy"
