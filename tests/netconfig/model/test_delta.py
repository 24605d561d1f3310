"""What is computed anew after a failure is all that changed: deltas against networks that never had the thing."""

from __future__ import annotations

import random

import pytest

from inventory import Estate
from netconfig.model.device import Device
from netconfig.model.failures import Failure, every_failure
from netconfig.model.legs import Legs
from netconfig.model.network import Network
from netconfig.model.questions import ask
from netconfig.model.reader import read_device
from netconfig.model.surroundings import Surroundings, surround
from netconfig.model.verify import rendered
from netconfig.model.walk import Walk
from tests.estates import estate_of


def _read(estate: Estate, name: str) -> tuple[list[Device], Surroundings]:
    within = estate.slice_hosts(name)
    devices = [read_device(host, text) for host, text in rendered(estate, within).items()]
    return devices, surround(estate, within)


@pytest.fixture(scope="module")
def shipped() -> Estate:
    """The shipped estate."""
    return estate_of()


def _compare(network: Network, fresh: Network, failure: Failure) -> None:
    mark = network.journal.mark()
    network.turn(failure.ports, failure.halves, 1)
    assert network.state.table == fresh.state.table, str(failure)
    assert network.best == fresh.best, str(failure)
    network.journal.back_to(mark)


def test_every_failure_of_the_core_from_scratch(shipped: Estate) -> None:
    devices, around = _read(shipped, "core")
    network = Network(devices, around)
    for failure in every_failure(network.plan):
        _compare(network, Network(devices, around, None, (failure.ports, failure.halves)), failure)


def test_some_failures_of_the_whole_estate_from_scratch(shipped: Estate) -> None:
    devices, around = _read(shipped, "full")
    network = Network(devices, around)
    drawn = random.Random(7).sample(every_failure(network.plan), 4)
    drawn.append(next(f for f in every_failure(network.plan) if str(f) == "network carrier"))
    for failure in drawn:
        _compare(network, Network(devices, around, None, (failure.ports, failure.halves)), failure)


def test_every_way_that_changed_is_walked_again(shipped: Estate) -> None:
    devices, around = _read(shipped, "core")
    network = Network(devices, around)
    legs = Legs(network)
    for question in ask(shipped, shipped.slice_hosts("core")).asked:
        for target in (question.target, *question.homes):
            if target is not None:
                legs.add(question.source, question.address or target.address)
                legs.add(target, question.source.address)
    changed = 0
    for failure in every_failure(network.plan):
        mark = network.journal.mark()
        network.turn(failure.ports, failure.halves, 1)
        affected, walk = legs.affected(mark), Walk(network.plan, network.state)
        for number, before in enumerate(legs.traces):
            after = legs.trace(number, walk)
            assert after == before or number in affected, f"{failure}: {legs.names(before)}"
            changed += after != before
        network.journal.back_to(mark)
    assert changed > 1000
