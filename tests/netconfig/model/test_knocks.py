"""Questions for real packets: what a flow allows is all asked, what none allows is drawn, and no answer is lost."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from netconfig.model.knocks import ANSWERS, Knock, due, forbidden, surprises
from tests.estates import estate_of

ESTATE = estate_of()
CORE = ESTATE.slice_hosts("core")
DUE = due(ESTATE, CORE)


def test_what_flows_allow_is_asked_of_every_pair() -> None:
    found = {(knock.source, knock.target, knock.protocol, knock.port) for knock in DUE}
    assert ("kansai-bastion1", "takaoka-t1", "tcp", 22) in found
    assert ("takaoka-t1", "mitaka-lb1", "tcp", 8080) in found
    assert ("takaoka-t1", "records", "tcp", 8080) in found
    assert ("kushiro-r1", "mitaka-mon1", "udp", 123) in found
    assert ("mitaka-db1", "mitaka-db2", "tcp", 5432) in found
    assert ("mitaka-lb1", "mitaka-db1", "tcp", 5432) in found
    # The scope `cluster` is kept: another cluster's copies are none of ours.
    assert ("mitaka-db1", "takaido-db1", "tcp", 5432) not in found
    assert ("takaoka-t1", "mitaka-db1", "tcp", 5432) not in found
    assert len(DUE) == len(set(DUE)) > 300


def test_a_flow_is_asked_from_the_address_that_it_means() -> None:
    asked = {(knock.source, knock.target, knock.port): knock.sent_from for knock in DUE}
    router, terminal = ESTATE.hosts["hakata-r1"], ESTATE.hosts["hakata-t1"]
    # In its LAN a router is one of those whom a terminal stands for; with its own address it is not.
    assert asked["hakata-r1", "kansai-lb1", 8080] == "10.69.208.1" != str(router.address)
    assert asked["hakata-r1", "mitaka-mon1", 123] == str(router.address)
    assert asked[terminal.name, "kansai-lb1", 8080] == ""


def test_sessions_of_routing_are_left_to_the_routers() -> None:
    assert not {knock.port for knock in DUE} & {179, 3784, 4784}


@given(st.integers(0, 1000), st.integers(0, 300))
@settings(max_examples=5, deadline=None)
def test_what_is_drawn_no_flow_allows(seed: int, count: int) -> None:
    drawn = forbidden(ESTATE, CORE, count, seed)
    assert len(drawn) <= count
    assert not any(knock.is_due for knock in drawn)
    allowed = {(k.source, k.address, k.protocol, k.port) for k in DUE}
    assert not {(k.source, k.address, k.protocol, k.port) for k in drawn} & allowed
    assert not [k for k in drawn if ESTATE.hosts[k.target].role == "provider"]
    groups = [
        (ESTATE.hosts[k.source].role, ESTATE.hosts[k.target].role, k.protocol, k.port)
        for k in drawn
    ]
    assert len(groups) == len(set(groups))
    assert drawn == forbidden(ESTATE, CORE, count, seed)


def test_strangers_and_branches_are_among_them() -> None:
    drawn = forbidden(ESTATE, CORE, 10_000, 5)
    sources = {ESTATE.hosts[knock.source].role for knock in drawn}
    assert {"provider", "terminal", "router"} <= sources


@pytest.mark.parametrize("answer", ANSWERS)
def test_each_answer_is_as_due_or_a_surprise(answer: str) -> None:
    allowed = Knock("takaoka-t1", "mitaka-lb1", "10.64.4.1", "tcp", 8080, "services")
    refused = Knock("takaoka-t1", "mitaka-db1", "10.64.4.2", "tcp", 5432)
    found = surprises({allowed: answer, refused: answer})
    (one,) = found
    if ANSWERS[answer]:
        assert one.knock == refused
        assert one.sentence.endswith(f"is {answer}, and no flow allows it")
    else:
        assert one.knock == allowed
        assert one.sentence.endswith(f"is {answer}, and 'services' allows it")
