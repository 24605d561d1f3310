"""One line of a branch drained: the model sends everything over the other one, both ways, and loses nothing."""

from __future__ import annotations

import pytest

from netconfig.canonical import read_config
from netconfig.derivation import derive_intent
from netconfig.differ import delta
from netconfig.line_drain import drained_line
from netconfig.model.network import Network
from netconfig.model.questions import ask
from netconfig.model.reader import read_device
from netconfig.model.surroundings import surround
from netconfig.model.verify import rendered
from netconfig.model.walk import ARRIVED, Walk
from netconfig.render import render
from tests.estates import estate_of

ESTATE = estate_of()
CORE = ESTATE.slice_hosts("core")
ROUTER = "takaoka-r1"
TEXTS = rendered(ESTATE, CORE)


def drained(network: str) -> str:
    return render(drained_line(derive_intent(ESTATE, ROUTER, CORE), network))


def wires_used(text: str) -> set[str]:
    """Wires between an office and its services, there and back."""
    texts = {**TEXTS, ROUTER: text}
    devices = [read_device(name, each) for name, each in texts.items()]
    network = Network(devices, surround(ESTATE, CORE))
    plan, walk = network.plan, Walk(network.plan, network.state)
    used = set()
    for question in ask(ESTATE, CORE).asked:
        if question.source.site != "takaoka" or question.target is not None:
            continue
        there = walk.from_router(plan.index[ROUTER], question.address)
        back = walk.from_router(there.router, question.source.address)
        for trace in (there, back):
            assert trace.end == ARRIVED
            used |= {plan.wires[wire].name for wire in trace.wires if wire >= 0}
    return {name for name in used if name.startswith(ROUTER)}


@pytest.mark.parametrize(("network", "other"), [("carrier", "ministry"), ("ministry", "carrier")])
def test_everything_goes_over_the_other_line(network: str, other: str) -> None:
    assert wires_used(TEXTS[ROUTER]) == {f"{ROUTER}:carrier"}
    assert wires_used(drained(network)) == {f"{ROUTER}:{other}"}


@pytest.mark.parametrize("network", ["carrier", "ministry"])
def test_only_its_own_policies_change(network: str) -> None:
    plain, text = read_config(TEXTS[ROUTER]), read_config(drained(network))
    lines = " ".join(delta(plain, text))
    assert f"FROM-{network.upper()}" in lines
    assert f"TO-{network.upper()}" in lines
    other = {"carrier": "MINISTRY", "ministry": "CARRIER"}[network]
    assert other not in lines
    assert "neighbor" not in lines
    assert delta(text, plain)


def test_a_device_without_sessions_stays_as_it_is() -> None:
    intent = derive_intent(ESTATE, "mitaka-lb1", CORE)
    assert drained_line(intent, "carrier") == intent
