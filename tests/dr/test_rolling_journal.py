"""The journal of a rolling change: where a run stands, also when it was cut off at any byte."""

from __future__ import annotations

from pathlib import Path

from dr.rolling.batches import Batch
from dr.rolling.change import Change
from dr.rolling.journal import Log, Standing, read_standing
from dr.rolling.ways import Way
from proof import Heading, Journal, find_broken

BATCHES = (
    Batch(1, "standby", ("b",), ("b",)),
    Batch(2, "leader", ("a",), ("a",)),
    Batch(3, "paired router", ("r",), ("r",)),
)
CHANGE = Change("restart", "postgres")
WAY = Way("database", "a", "records")
HEADING = Heading("patch", "patch", "shaho", "twin", "tanaka", "operator", "CHG-1", 1000.0)


def journal_in(folder: Path) -> Journal:
    return Journal.begin(folder, HEADING)


def begun(journal: Journal) -> Log:
    log = Log(journal)
    log.begin(CHANGE, "bastion", BATCHES)
    return log


def standing(folder: Path) -> Standing | None:
    found = [read_standing(broken) for broken in find_broken(folder)]
    return found[0] if found else None


def test_nothing_was_ever_done(tmp_path: Path) -> None:
    assert standing(tmp_path) is None
    journal = journal_in(tmp_path)
    journal.begun("something else")
    journal.let_go()
    assert standing(tmp_path) is None


def test_a_run_that_ended_leaves_nothing(tmp_path: Path) -> None:
    journal = journal_in(tmp_path)
    log = begun(journal)
    for batch in BATCHES:
        log.batch(batch.number)
        log.drain(WAY)
        log.changed(batch.number)
        log.led_back(WAY)
        log.whole(batch.number)
    log.end()
    assert not journal.is_in_force
    journal.close()
    assert list(tmp_path.iterdir()) == []


def test_a_run_that_was_killed_says_what_is_open_and_what_is_drained(tmp_path: Path) -> None:
    journal = journal_in(tmp_path)
    log = begun(journal)
    log.batch(1)
    log.whole(1)
    log.batch(2)
    log.drain(WAY)
    path = journal.path
    journal.let_go()
    found = standing(tmp_path)
    assert found is not None
    assert (found.change, found.batches, found.conductor) == (CHANGE, BATCHES, "bastion")
    assert (found.open_batch, found.is_changed, found.drained) == (2, False, (WAY,))
    assert [batch.number for batch in found.left] == [2, 3]
    (broken,) = find_broken(tmp_path)
    assert broken.path == path
    journal = Journal.take_up(broken)
    journal.learn(rolling={"done": [1], "open": 2, "is_changed": True})
    journal.let_go()
    later = standing(tmp_path)
    assert later is not None
    assert later.is_changed
    assert any("a" in sentence and "2" in sentence for sentence in later.sentences())


def test_a_way_taken_twice_is_led_back_once(tmp_path: Path) -> None:
    journal = journal_in(tmp_path)
    log = begun(journal)
    log.drain(WAY)
    log.drain(WAY)
    log.led_back(WAY)
    assert log.drained == ()
    journal.let_go()
    found = standing(tmp_path)
    assert found is not None
    assert found.drained == ()


def test_a_run_that_goes_on_stands_where_the_other_stood(tmp_path: Path) -> None:
    first = journal_in(tmp_path / "first")
    log = begun(first)
    log.batch(1)
    log.whole(1)
    log.batch(2)
    log.drain(WAY)
    log.changed(2)
    first.let_go()
    stood = standing(tmp_path / "first")
    second = journal_in(tmp_path / "second")
    Log(second).begin(CHANGE, "bastion", BATCHES, stood)
    second.let_go()
    assert standing(tmp_path / "second") == stood


def test_what_is_still_drained_keeps_the_run_open(tmp_path: Path) -> None:
    journal = journal_in(tmp_path)
    log = begun(journal)
    log.drain(WAY)
    log.end()
    journal.close()
    found = standing(tmp_path)
    assert found is not None
    assert found.drained == (WAY,)


def test_cut_at_any_byte_it_never_forgets_what_was_whole(tmp_path: Path) -> None:
    journal = journal_in(tmp_path)
    log = begun(journal)
    log.batch(1)
    before = journal.path.stat().st_size
    log.drain(WAY)
    journal.let_go()
    whole = journal.path.read_bytes()
    for cut in range(before, len(whole) + 1):
        journal.path.write_bytes(whole[:cut])
        found = standing(tmp_path)
        assert found is not None
        assert found.drained == ((WAY,) if cut == len(whole) else ())
        assert found.open_batch == 1
