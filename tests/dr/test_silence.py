"""The longest silence of a step: what an act costs the offices."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from dr.evidence import ChangedBatch, Evidence, Moments, Office, PeopleStep, Service
from dr.history import Outcome, Transaction
from dr.silence import batch_silences_of, longest_silence, silences_of


def transaction(ended: float, outcome: Outcome = "acked", office: str = "sendai") -> Transaction:
    return Transaction(
        id=f"{office}-{ended}",
        office=office,
        service="records",
        kind="write",
        started=ended - 0.05,
        ended=ended,
        outcome=outcome,
        status=201,
        content="x",
    )


def test_the_longest_gap_counts_from_and_to_the_edges() -> None:
    answered = [transaction(at) for at in (10.0, 11.0, 14.5, 15.0)]
    assert longest_silence(answered, since=9.0, until=16.0) == 3.5
    assert longest_silence(answered, since=9.0, until=30.0) == 15.0
    assert longest_silence([], since=9.0, until=16.0) == 7.0


def test_what_was_not_acknowledged_breaks_no_silence() -> None:
    assert longest_silence([transaction(12.0, "refused")], since=10.0, until=14.0) == 4.0


@given(st.lists(st.floats(0, 100), max_size=30))
def test_a_silence_is_never_longer_than_its_step(moments: list[float]) -> None:
    found = longest_silence([transaction(at) for at in moments], since=10.0, until=60.0)
    assert 50.0 / (len(moments) + 1) <= found + 1e-9
    assert found <= 50.0


def test_each_step_has_the_office_that_waited_longest() -> None:
    evidence = Evidence(
        scenario="s",
        moments=Moments(clients_stopped=40.0),
        offices=(Office("sendai", "", ""), Office("hakata", "", "")),
        transactions=(
            *(transaction(float(at)) for at in range(10, 41)),
            *(transaction(float(at), office="hakata") for at in range(10, 41) if not 20 < at < 27),
        ),
        people=(
            PeopleStep(name="switch", started=15.0, ended=30.0),
            PeopleStep(name="after", started=30.0, ended=60.0),
            PeopleStep(name="never taken"),
        ),
    )
    switch, after = silences_of(evidence)
    assert (switch.step, switch.office, switch.seconds) == ("switch", "hakata", 7.0)
    assert (after.step, after.seconds) == ("after", 1.0)


def write(ended: float, office: str) -> Transaction:
    return transaction(ended, office=office)


def test_silences_of_batches_are_apart_for_offices_that_are_cut_off() -> None:
    beats = [write(float(at), office) for office in ("sendai", "kobe") for at in range(100)]
    # Kobe's own router: it hears nothing from 12 to 20, Sendai nothing from 14 to 16.
    silent = [
        t
        for t in beats
        if not (t.office == "kobe" and 12 < t.ended < 20)
        and not (t.office == "sendai" and 14 < t.ended < 16)
    ]
    evidence = Evidence(
        "patch",
        offices=(Office("sendai"), Office("kobe")),
        services=(Service("records"),),
        transactions=tuple(silent),
        batches=(
            ChangedBatch("restart frr", "branch router", ("kobe-r1",), 10.0, 30.0, True, ("kobe",)),
            ChangedBatch("restart frr", "paired router", ("a-r1",), 40.0, 50.0),
            ChangedBatch("restart frr", "paired router", ("a-r2",), 50.0, 60.0),
        ),
    )
    branch, paired = batch_silences_of(evidence)
    assert (branch.seconds, branch.office) == (2.0, "sendai")
    assert (branch.cut_off_seconds, branch.cut_off_office) == (8.0, "kobe")
    assert (paired.batches, paired.seconds, paired.cut_off_seconds) == (2, 1.0, None)


def test_without_batches_there_are_no_silences_of_them() -> None:
    assert batch_silences_of(Evidence("plain", offices=(Office("sendai"),))) == ()
