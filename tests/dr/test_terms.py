"""The terms of an outage add up to what the clients saw."""

from __future__ import annotations

import dataclasses
from dataclasses import replace

import pytest

from dr.evidence import EtcdObservation, Evidence
from dr.judge import judge
from dr.terms import Terms, variant_of
from tests.dr.synthetic import CLIENT_S, FAULT, GONE_S, NEW_S, WRITES_S, one_copy, tokyo_loss


def terms(evidence: Evidence, cluster: str = "records") -> Terms:
    return judge(evidence).terms[cluster]


def led_by(evidence: Evidence, etcd_leader: str | None) -> Evidence:
    etcd = tuple(dataclasses.replace(o, etcd_leader=etcd_leader) for o in evidence.etcd)
    return dataclasses.replace(evidence, etcd=etcd)


def test_terms_are_what_the_drill_was_made_of() -> None:
    found = terms(tokyo_loss())
    seconds = [term.seconds for term in found.terms]
    made_of = [GONE_S, NEW_S - GONE_S, WRITES_S - NEW_S, CLIENT_S - WRITES_S]
    assert seconds == pytest.approx(made_of, abs=0.25)
    assert found.total_s == pytest.approx(sum(s for s in seconds if s is not None))
    assert (found.old_leader, found.new_leader) == ("mitaka-db1", "kansai-db1")
    assert found.old_acked_until_s == pytest.approx(0.0, abs=0.1)
    assert found.margin_s == pytest.approx(WRITES_S, abs=0.25)


@pytest.mark.parametrize(
    ("leader", "changes", "variant"),
    [
        ("sendai-etcd1", {}, "A"),
        ("sendai-etcd1", {"lines_fell": False}, "A-rst"),
        ("mitaka-etcd1", {}, "B"),
        ("mitaka-etcd1", {"lines_fell": False}, None),
        ("sendai-etcd1", {"hosts_died": False}, "cut"),
        (None, {}, None),
    ],
)
def test_variant(leader: str | None, changes: dict[str, bool], variant: str | None) -> None:
    evidence = led_by(dataclasses.replace(tokyo_loss(rate=5), **changes), leader)  # type: ignore[arg-type]
    found = terms(evidence)
    assert found.variant == variant
    assert (found.baseline is None) == (variant is None)


def test_no_term_is_negative_when_observers_are_slow() -> None:
    evidence = tokyo_loss()
    seldom = tuple(o for o in evidence.etcd if round((o.at - FAULT) * 10) % 30 == 0)
    found = terms(dataclasses.replace(evidence, etcd=seldom))
    seconds = [term.seconds for term in found.terms]
    assert all(s is not None and s >= 0 for s in seconds)
    assert sum(s for s in seconds if s is not None) == pytest.approx(found.total_s)
    assert found.resolution_s == pytest.approx(3.0)


def test_without_a_new_leader_only_the_lease_is_known() -> None:
    found = terms(one_copy())
    assert [term.seconds is None for term in found.terms] == [False, True, True, True]
    assert found.total_s is None
    assert found.margin_s is None


def test_etcd_without_an_answer_says_nothing() -> None:
    evidence = tokyo_loss()
    mute = EtcdObservation(FAULT + 1.0, "records", None, answered=False)
    assert terms(dataclasses.replace(evidence, etcd=(*evidence.etcd, mute))) == terms(evidence)


def test_nobody_lost_the_key() -> None:
    evidence = tokyo_loss()
    calm = tuple(
        dataclasses.replace(o, leader="mitaka-db1") if o.cluster == "records" else o
        for o in evidence.etcd
    )
    found = terms(dataclasses.replace(evidence, etcd=calm))
    assert found.new_leader is None
    assert all(term.seconds is None for term in found.terms)


def test_where_no_area_was_struck_nothing_like_it_was_measured() -> None:
    evidence = replace(tokyo_loss(), struck_area="", struck=("mitaka-db1",))
    assert variant_of(evidence, "sendai-etcd1") is None
    assert variant_of(replace(evidence, hosts_died=False, struck=()), "sendai-etcd1") is None
