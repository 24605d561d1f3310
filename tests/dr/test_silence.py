"""The longest silence of a step: what an act costs the offices."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from dr.evidence import Evidence, Moments, Office, PeopleStep
from dr.history import Outcome, Transaction
from dr.silence import longest_silence, silences_of


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
