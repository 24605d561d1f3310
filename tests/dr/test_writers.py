"""Who was a writer: from samples, their gaps and known deaths to overlaps."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from dr.evidence import Cluster, Dead, WriterSample
from dr.writers import WriterLog, writer_log, writer_spans

STEP = 0.2
CLUSTER = Cluster("records", ("db1", "db2"), ("db1", "db2"))


def samples(host: str, letters: str, since: float = 0.0) -> list[WriterSample]:
    """One letter a step: w writer, s standby, r out of recovery but read-only, ? no answer."""
    return [
        WriterSample(
            host,
            since + number * STEP,
            recovery=letter == "s",
            read_only=letter in "sr",
            answered=letter != "?",
        )
        for number, letter in enumerate(letters)
        if letter != " "
    ]


def log(one: str, two: str, dead: tuple[Dead, ...] = (), clock_error_s: float = 0.0) -> WriterLog:
    until = max(len(one), len(two)) * STEP
    return writer_log(
        CLUSTER,
        samples("db1", one) + samples("db2", two),
        since=0.0,
        until=until,
        step_s=STEP,
        clock_error_s=clock_error_s,
        dead=dead,
    )


def rounded(spans: object) -> list[tuple[float, float, float]]:
    return [
        (round(s.since, 3), round(s.until, 3), round(s.assumed_s, 3))
        for s in spans  # type: ignore[attr-defined]
    ]


def test_out_of_recovery_but_read_only_is_no_writer() -> None:
    assert writer_spans(samples("db1", "rrr"), step_s=STEP, until=1.0) == ()


def test_no_answer_keeps_the_last_known_state_and_is_marked() -> None:
    spans = writer_spans(samples("db1", "ww???s"), step_s=STEP, until=1.2)
    assert rounded(spans) == [(0.0, 1.0, 0.6)]
    assert writer_spans(samples("db1", "s???"), step_s=STEP, until=1.0) == ()


def test_missing_samples_are_no_answer() -> None:
    spans = writer_spans(samples("db1", "w         s"), step_s=STEP, until=2.2)
    assert rounded(spans) == [(0.0, 2.0, 1.4)]


def test_samples_that_end_are_carried_to_the_end() -> None:
    assert rounded(writer_spans(samples("db1", "w"), step_s=STEP, until=3.0)) == [(0.0, 3.0, 2.4)]


def test_a_death_ends_a_writer_and_a_new_start_is_none_until_it_says_so() -> None:
    dead = [Dead("db1", 0.5, 1.1)]
    spans = writer_spans(samples("db1", "www   ??ww"), step_s=STEP, until=2.0, dead=dead)
    assert rounded(spans) == [(0.0, 0.5, 0.0), (1.6, 2.0, 0.0)]


def test_two_writers_need_more_than_a_step_and_the_clock_error() -> None:
    assert log("wwwss", "sswww").overlaps == ()
    assert round(log("wwwss", "sswww").longest_overlap_s, 3) == 0.2
    found = log("wwwws", "sswww")
    assert [round(o.seconds, 3) for o in found.overlaps] == [0.4]
    assert round(found.two_s, 3) == 0.4
    assert log("wwwws", "sswww", clock_error_s=0.3).two_s == 0


def test_none_and_two_are_counted() -> None:
    found = log("wwwsssss", "ssssssww")
    assert round(found.none_s, 3) == 0.6
    assert found.two_s == 0
    assert found.writer_at(0.3) == "db1"
    assert found.writer_at(0.9) is None
    assert found.writer_at(1.5) == "db2"


def test_host_without_an_answer_is_named() -> None:
    assert log("wwww", "????").unsampled == ("db2",)


@given(st.text("wsr?", min_size=1, max_size=25), st.text("wsr?", min_size=1, max_size=25))
def test_the_order_of_samples_and_hosts_does_not_matter(one: str, two: str) -> None:
    forward = samples("db1", one) + samples("db2", two)
    until = 26 * STEP
    logs = [
        writer_log(CLUSTER, order, since=0.0, until=until, step_s=STEP, clock_error_s=0.0)
        for order in (forward, forward[::-1])
    ]
    assert logs[0] == logs[1]
    assert 0 <= logs[0].none_s <= until
    assert 0 <= logs[0].two_s <= until
    assert logs[0].none_s + logs[0].two_s <= until + 1e-6


@given(
    st.text("wsr?", min_size=1, max_size=25), st.text("wsr?", min_size=1, max_size=25), st.data()
)
def test_silence_never_hides_two_writers(one: str, two: str, data: st.DataObject) -> None:
    """A writer that falls silent where it had said so before stays one."""
    place = data.draw(st.integers(0, len(one) - 1))
    if one[place] != "w" or place == 0 or one[place - 1] != "w":
        return
    silent = one[:place] + "?" + one[place + 1 :]
    assert log(silent, two).two_s >= log(one, two).two_s - 1e-6
