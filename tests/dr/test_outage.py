"""The outage of one series: ten good seconds on end, and nothing from silence."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from dr.history import Outcome, Transaction
from dr.outage import Outage, is_share_kept, outage_of

FAULT = 500.0


def series(pattern: str, rate: int = 1) -> list[Transaction]:
    """One letter a second: a acked, r refused, u unknown, `.` nothing started."""
    outcomes: dict[str, Outcome] = {"a": "acked", "r": "refused", "u": "unknown"}
    return [
        Transaction(
            id=f"{second}-{part}",
            office="nagano",
            service="records",
            kind="write",
            started=FAULT + second + (part + 0.5) / rate,
            ended=FAULT + second + (part + 0.5) / rate + 0.1,
            outcome=outcomes[letter],
            content="x",
        )
        for second, letter in enumerate(pattern)
        if letter != "."
        for part in range(rate)
    ]


def measure(transactions: list[Transaction], until: float, rate: float = 0.0) -> Outage:
    return outage_of(
        transactions,
        office="nagano",
        service="records",
        kind="write",
        fault=FAULT,
        shown_until=FAULT + until,
        deadline_s=4.0,
        rate_per_s=rate,
    )


def test_no_outage() -> None:
    assert measure(series("a" * 10), 10).seconds == 0


def test_ends_with_the_first_of_ten_good_seconds() -> None:
    found = measure(series("rrr" + "a" * 10), 13)
    assert found.seconds == 3
    assert found.wording == "3 s"


def test_nine_good_seconds_are_not_enough() -> None:
    found = measure(series("rrr" + "a" * 9), 12)
    assert found.seconds is None
    assert found.wording == "not restored"


def test_a_good_spell_that_breaks_does_not_count() -> None:
    assert measure(series("r" + "a" * 9 + "u" + "a" * 10), 21).seconds == 11


def test_one_in_a_hundred_may_fail_and_two_may_not() -> None:
    good = series("a" * 10, rate=10)
    one = [t if n != 50 else _failed(t) for n, t in enumerate(good)]
    two = [t if n not in (50, 51) else _failed(t) for n, t in enumerate(good)]
    assert measure(one, 10).seconds == 0
    assert measure(two, 10).seconds is None


def test_history_that_ends_early_shows_nothing() -> None:
    found = measure(series("a" * 9), 9.9)
    assert found.seconds is None
    assert found.wording == "not shown (history ends 9.9 s after the fault)"


def test_empty_seconds_are_no_service() -> None:
    assert measure([], 30).seconds is None
    assert measure(series("r" + "." * 20 + "a" * 10), 31).seconds == 21


def test_a_client_that_falls_silent_shows_nothing() -> None:
    found = measure(series("aaa" + "." * 20), 23, rate=1.0)
    assert found.seconds is None
    assert found.wording == "not shown (its client fell silent)"


def test_a_client_that_sends_far_less_shows_nothing() -> None:
    thin = [t for n, t in enumerate(series("a" * 30, rate=20)) if n % 20 == 0]
    assert measure(thin, 30).seconds == 0
    assert measure(thin, 30, rate=20.0).seconds is None


def test_a_low_rate_is_judged_by_a_longer_end() -> None:
    found = measure(series("r" * 5 + "a..a...a.a....a" * 3 + "." * 10), 60, rate=0.3)
    assert found.seconds == 5
    assert found.is_serving_at_end


def test_longest_silence_and_the_answer_that_ended_it() -> None:
    found = measure(series("a" * 5 + "r" * 4 + "a" * 10), 19)
    assert round(found.longest_silence_s, 3) == 5.0
    assert found.first_ack_s is not None
    assert round(found.first_ack_s, 3) == 9.6


def test_silence_until_the_end_has_no_first_answer() -> None:
    found = measure(series("r" * 20), 20)
    assert (found.longest_silence_s, found.first_ack_s) == (20.0, None)


@given(st.integers(0, 10_000), st.integers(0, 10_000))
def test_share_is_99_in_100(good: int, bad: int) -> None:
    total = good + bad
    assert is_share_kept(good, total) == (total > 0 and 100 * good >= 99 * total)


@given(st.text("aru.", min_size=10, max_size=40), st.data())
def test_an_acknowledgement_less_never_shortens_an_outage(
    pattern: str, data: st.DataObject
) -> None:
    place = data.draw(st.integers(0, len(pattern) - 1))
    letter = data.draw(st.sampled_from("ru"))
    if pattern[place] != "a":
        return
    worse = pattern[:place] + letter + pattern[place + 1 :]
    before, after = (measure(series(p), len(p)) for p in (pattern, worse))
    assert _length(after) >= _length(before)
    assert after.longest_silence_s >= before.longest_silence_s


@given(st.text("aru.", min_size=10, max_size=30), st.integers(0, 9))
def test_a_longer_history_never_shortens_an_outage(pattern: str, more: int) -> None:
    short, long = (
        measure(series(pattern), len(pattern)),
        measure(series(pattern + "a" * more), len(pattern) + more),
    )
    if short.seconds is not None:
        assert long.seconds == short.seconds


def _failed(transaction: Transaction) -> Transaction:
    return Transaction(
        transaction.id,
        transaction.office,
        transaction.service,
        "write",
        transaction.started,
        transaction.ended,
        "unknown",
        content="x",
    )


def _length(outage: Outage) -> float:
    return float("inf") if outage.seconds is None else outage.seconds
