"""The journal of a rolling change: where a run stands, also when it was cut off at any byte."""

from __future__ import annotations

from pathlib import Path

from dr.rolling.batches import Batch
from dr.rolling.change import Change
from dr.rolling.journal import Journal, read_journal
from dr.rolling.ways import Way

BATCHES = (
    Batch(1, "standby", ("b",), ("b",)),
    Batch(2, "leader", ("a",), ("a",)),
    Batch(3, "paired router", ("r",), ("r",)),
)
CHANGE = Change("restart", "postgres")
WAY = Way("database", "a", "records")


def begun(path: Path) -> Journal:
    journal = Journal(path)
    journal.begin(CHANGE, "bastion", BATCHES)
    return journal


def drain(journal: Journal, way: Way) -> None:
    journal.write("drain", way={"kind": way.kind, "host": way.host, "of": way.of})


def undrained(journal: Journal, way: Way) -> None:
    journal.write("undrained", way={"kind": way.kind, "host": way.host, "of": way.of})


def test_nothing_was_ever_done(tmp_path: Path) -> None:
    assert read_journal(tmp_path / "none.jsonl") is None
    (tmp_path / "other.jsonl").write_text('{"event": "begun", "format": "another"}\n')
    assert read_journal(tmp_path / "other.jsonl") is None


def test_a_run_that_ended_leaves_nothing(tmp_path: Path) -> None:
    journal = begun(tmp_path / "j.jsonl")
    for batch in BATCHES:
        journal.write("batch", number=batch.number)
        drain(journal, WAY)
        journal.write("change")
        journal.write("changed")
        undrained(journal, WAY)
        journal.write("healthy", number=batch.number)
    journal.write("ended", how="done")
    standing = read_journal(tmp_path / "j.jsonl")
    assert standing is not None
    assert (standing.is_open, standing.left, standing.drained) == (False, (), ())
    assert standing.change == CHANGE
    assert standing.batches == BATCHES


def test_a_run_that_was_killed_says_what_is_open_and_what_is_drained(tmp_path: Path) -> None:
    journal = begun(tmp_path / "j.jsonl")
    journal.write("batch", number=1)
    journal.write("healthy", number=1)
    journal.write("batch", number=2)
    drain(journal, WAY)
    journal.write("change")
    standing = read_journal(tmp_path / "j.jsonl")
    assert standing is not None
    assert standing.is_open
    assert standing.open_batch == 2
    assert not standing.is_changed
    assert standing.drained == (WAY,)
    assert [batch.number for batch in standing.left] == [2, 3]
    journal.write("changed")
    later = read_journal(tmp_path / "j.jsonl")
    assert later is not None
    assert later.is_changed
    assert any("a" in sentence and "2" in sentence for sentence in later.sentences())


def test_a_way_taken_twice_is_led_back_once(tmp_path: Path) -> None:
    journal = begun(tmp_path / "j.jsonl")
    drain(journal, WAY)
    drain(journal, WAY)
    undrained(journal, WAY)
    standing = read_journal(tmp_path / "j.jsonl")
    assert standing is not None
    assert standing.drained == ()


def test_cut_at_any_byte_it_never_forgets_what_was_whole(tmp_path: Path) -> None:
    path = tmp_path / "j.jsonl"
    journal = begun(path)
    journal.write("batch", number=1)
    drain(journal, WAY)
    journal.write("change")
    whole = path.read_bytes()
    first = whole.index(b"\n", 1)
    for cut in range(first, len(whole)):
        path.write_bytes(whole[:cut])
        standing = read_journal(path)
        assert standing is not None
        is_drain_whole = cut >= whole.index(b'"of": "records"}}') + len(b'"of": "records"}}')
        assert standing.drained == ((WAY,) if is_drain_whole else ())
        assert standing.ended is None
        # What is written after a cut line is not swallowed by it.
        Journal(path).write("ended", how="undone")
        after = read_journal(path)
        assert after is not None
        assert after.ended == "undone"


def test_a_new_run_replaces_the_journal_whole(tmp_path: Path) -> None:
    journal = begun(tmp_path / "j.jsonl")
    drain(journal, WAY)
    begun(tmp_path / "j.jsonl")
    standing = read_journal(tmp_path / "j.jsonl")
    assert standing is not None
    assert standing.drained == ()
    assert [path.name for path in tmp_path.iterdir()] == ["j.jsonl"]
