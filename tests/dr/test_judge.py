"""Invariants of the verdict, and that no missing evidence ever helps a drill to pass."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dr.evidence import Evidence, LedgerEntry
from dr.fates import BAD_FATES
from dr.judge import judge
from tests.dr.cases import evidence_of, without
from tests.dr.synthetic import one_copy, tokyo_loss

QUIET = evidence_of({})

outcomes = st.sampled_from(["acked", "refused", "unknown", "unreached"])
entries = st.one_of(
    st.none(), st.builds(LedgerEntry, st.sampled_from(["right", "wrong"]), st.integers(1, 3))
)


def test_quiet_drill_and_failover_pass() -> None:
    assert judge(QUIET).decision == "passed"
    assert judge(tokyo_loss()).decision == "passed"


def test_one_copy_fails_for_the_stated_reason() -> None:
    verdict = judge(one_copy())
    assert verdict.decision == "failed"
    assert verdict.reasons[0] == (
        "no replica in Kansai is known to hold every acknowledged commit "
        "(/sync names none); promotion refused"
    )
    assert verdict.reasons.count(verdict.reasons[0]) == 1
    assert verdict.fates["acked_at_risk"] == len(verdict.violations) > 0


@given(st.lists(st.tuples(outcomes, entries), max_size=20), st.booleans())
def test_counts_add_up_and_a_pass_has_no_bad_fate(
    writes: list[tuple[str, LedgerEntry | None]], has_leader: bool
) -> None:
    lines = [
        {
            "id": f"x{number}",
            "office": "nagano",
            "service": "records",
            "kind": "write",
            "started": -0.4,
            "ended": -0.2,
            "outcome": outcome,
            "content": "right",
        }
        for number, (outcome, _) in enumerate(writes)
    ]
    evidence = evidence_of({"history": lines, "leader": "db2" if has_leader else None})
    ledger = dict(evidence.ledgers["records"] or {})
    ledger |= {f"x{n}": entry for n, (_, entry) in enumerate(writes) if entry is not None}
    verdict = judge(dataclasses.replace(evidence, ledgers={"records": ledger}))
    number = sum(t.kind == "write" for t in evidence.transactions)
    assert sum(verdict.fates.values()) + verdict.unjudged == number
    bad = verdict.fates["acked_at_risk"] + sum(verdict.fates[fate] for fate in BAD_FATES)
    assert len(verdict.violations) == bad
    assert (verdict.decision == "passed") == (has_leader and bad == 0)


@settings(deadline=None, max_examples=30)
@given(st.data())
def test_one_entry_less_fails_the_drill(data: st.DataObject) -> None:
    acked = [t for t in QUIET.transactions if t.kind == "write"]
    lost = data.draw(st.sampled_from(acked))
    verdict = judge(without(QUIET, lost))
    assert verdict.decision == "failed"
    assert [v.id for v in verdict.violations] == [lost.id]


def _ledger_change(entry: Callable[[LedgerEntry], LedgerEntry]) -> Callable[[Evidence], Evidence]:
    def change(evidence: Evidence) -> Evidence:
        ledger = dict(evidence.ledgers["records"] or {})
        first = next(iter(ledger))
        ledger[first] = entry(ledger[first])
        return dataclasses.replace(evidence, ledgers={"records": ledger})

    return change


def _replaced(**changes: Any) -> Callable[[Evidence], Evidence]:
    return lambda evidence: dataclasses.replace(evidence, **changes)


def _moment(name: str, at: float | None) -> Callable[[Evidence], Evidence]:
    return lambda e: dataclasses.replace(e, moments=dataclasses.replace(e.moments, **{name: at}))


MUTATIONS: dict[str, Callable[[Evidence], Evidence]] = {
    "entry doubled": _ledger_change(lambda e: dataclasses.replace(e, entries=2)),
    "entry altered": _ledger_change(lambda e: dataclasses.replace(e, content="other")),
    "entry emptied": _ledger_change(lambda e: dataclasses.replace(e, entries=0)),
    "ledger empty": _replaced(ledgers={"records": {}}),
    "ledger not read": _replaced(ledgers={"records": None}),
    "ledger forgotten": _replaced(ledgers={}),
    "leader gone": _replaced(leaders={"records": None}),
    "leaders not asked": _replaced(leaders={}),
    "no samples": _replaced(writer_samples=()),
    "nobody known dead": _replaced(dead=()),
    "no transactions": _replaced(transactions=()),
    "no offices": _replaced(offices=()),
    "no services": _replaced(services=()),
    "target of nothing": lambda e: dataclasses.replace(
        e, services=(dataclasses.replace(e.services[0], rto_s=1.0),)
    ),
    "clients stopped at once": lambda e: _moment("clients_stopped", e.moments.fault)(e),
    "fault forgotten": _moment("fault", None),
    "steady state forgotten": _moment("steady_from", None),
    "steady state denied": _replaced(steady_state_held=False),
    "given up": _replaced(aborted="given up: no verdict"),
    "impatient": _replaced(deadline_s=0.001),
}


@pytest.mark.parametrize("name", MUTATIONS)
def test_no_mutation_of_a_good_drill_passes(name: str) -> None:
    """Whatever is taken from or done to good evidence, the drill no longer passes."""
    good = tokyo_loss(rate=5)
    assert judge(good).decision == "passed"
    verdict = judge(MUTATIONS[name](good))
    assert verdict.decision != "passed"
    assert verdict.reasons


def test_judge_gives_the_same_verdict_twice() -> None:
    evidence = one_copy(rate=5)
    assert judge(evidence) == judge(evidence)


def test_order_of_the_evidence_does_not_matter() -> None:
    evidence = tokyo_loss(rate=5)
    turned = dataclasses.replace(
        evidence,
        transactions=evidence.transactions[::-1],
        writer_samples=evidence.writer_samples[::-1],
        etcd=evidence.etcd[::-1],
    )
    one, other = judge(evidence), judge(turned)
    assert (one.decision, one.fates, one.outages) == (other.decision, other.fates, other.outages)
    assert (one.writers, one.terms) == (other.writers, other.terms)
