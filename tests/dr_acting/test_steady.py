"""The steady state is proven by counts, and silence never counts as health."""

from __future__ import annotations

from dataclasses import replace

from dr.clients import ClientStatus, Second
from dr.steady import SteadySpan, find_steady

RATE = 10.0


def status(first: int, last: int, *, office: str = "hakata") -> ClientStatus:
    """A client that ran well from second `first` to second `last` (both in full)."""
    seconds = [
        Second(at, kind, count, count, count)
        for at in range(first, last + 1)
        for kind, count in (("write", 8), ("read", 2))
    ]
    return ClientStatus(office, "records", "running", None, tuple(seconds))


def find(*statuses: ClientStatus | None, since: float = 100.0) -> SteadySpan | str:
    return find_steady(statuses, since=since, seconds=10, share=0.99, rate=RATE)


def changed(one: ClientStatus, at: int, kind: str, **counts: int) -> ClientStatus:
    seconds = tuple(
        replace(s, **counts) if (s.at, s.kind) == (at, kind) else s  # type: ignore[arg-type]
        for s in one.seconds
    )
    return replace(one, seconds=seconds)


def test_ten_good_seconds_are_a_steady_state() -> None:
    # Second 110 is still being filled.
    assert find(status(95, 110), status(95, 112)) == SteadySpan(100, 110)


def test_the_latest_ten_seconds_count() -> None:
    assert find(changed(status(95, 130), 101, "write", acked=0)) == SteadySpan(120, 130)


def test_one_bad_office_is_enough() -> None:
    bad = changed(status(95, 112, office="kushiro"), 105, "write", acked=3)
    said = find(status(95, 112), bad)
    assert said == "kushiro: 75 of 80 records writes acknowledged"


def test_one_lost_read_among_many_good_writes_is_seen() -> None:
    bad = changed(status(95, 112), 105, "read", acked=1)
    assert find(bad) == "hakata: 19 of 20 records reads acknowledged"


def test_what_has_not_ended_is_waited_for() -> None:
    bad = changed(status(95, 112), 109, "write", ended=7, acked=7)
    assert find(bad) == "9 s of 10 s"
    assert find(bad, since=99.0) == SteadySpan(99, 109)


def test_silence_is_no_health() -> None:
    assert find() == "no client takes part"
    assert find(status(95, 112), None) == "a client has not answered yet"
    silent = status(95, 112)
    thin = [s for s in silent.seconds if s.at < 101 or s.at > 109]
    said = find(replace(silent, seconds=tuple(thin)))
    assert said == "the client of hakata started only 20 transactions"
    no_reads = tuple(s for s in silent.seconds if s.kind == "write")
    said = find(replace(silent, seconds=no_reads))
    assert said == "hakata: 0 of 0 records reads acknowledged"


def test_a_failed_client_says_why() -> None:
    failed = replace(status(95, 112), state="failed", error="POST was answered 422")
    assert find(failed) == "the client of hakata has failed: POST was answered 422"
    preparing = replace(status(95, 112), state="preparing", seconds=())
    assert find(preparing) == "the client of hakata is preparing"
