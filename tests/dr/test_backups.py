"""Backups judged: the moment to restore to, rows against what clients saw, what is promised, what brings a bucket back."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dr.backups.comparison import Difference, compare, judge
from dr.backups.deletions import largest
from dr.backups.proof import Proof, findings_of, parse_proofs, spell_gauges, spell_proofs
from dr.backups.recovery import Version, plan_recovery, unlocked
from dr.backups.repository import Backup, Repository, parse_info
from dr.backups.window import Target, choose, spell
from dr.evidence import LedgerEntry
from dr.failure import DrillAborted
from dr.history import Outcome, Transaction

BACKUP = Backup("20261124-030000F", "full", 1000.0, 1010.0, 10, 5)
AT = Target((), 2000.0, 2000.0, 2000.0)
ONE = LedgerEntry("a|2005-04|13580", 1)


def write(key: str, started: float, ended: float, outcome: Outcome = "acked") -> Transaction:
    return Transaction(key, "hakata", "records", "write", started, ended, outcome, 201, ONE.content)


def findings(
    writes: tuple[Transaction, ...] = (),
    restored: dict[str, LedgerEntry] | None = None,
    difference: Difference | None = None,
    commits: dict[str, float | None] | None = None,
) -> tuple[str, ...]:
    found = judge("records", AT, difference or Difference(), commits or {}, writes, restored or {})
    return found.findings


def test_the_moment_lies_between_the_backup_and_the_last_commit() -> None:
    target = choose(BACKUP, 1500.0, seed=7)
    assert target == choose(BACKUP, 1500.0, seed=7)
    assert target != choose(BACKUP, 1500.0, seed=8)
    assert target.moment is not None
    assert target.arguments == ("--type=time", f"--target={spell(target.moment)}")


@given(st.floats(1011.1, 1e6), st.integers(0, 2**31))
def test_no_moment_is_out_of_reach(last: float, seed: int) -> None:
    target = choose(BACKUP, last, seed)
    assert target.moment is not None
    assert 1011.0 <= target.moment <= last + 1e-6
    assert target.included == target.excluded == target.moment


@pytest.mark.parametrize("last", [None, 900.0, 1010.9])
def test_without_later_commits_the_backup_itself_is_proven(last: float | None) -> None:
    target = choose(BACKUP, last, seed=1)
    assert (target.moment, target.arguments) == (None, ("--type=immediate",))
    assert (target.included, target.excluded) == (1000.0, 1011.0)


def test_what_was_acknowledged_by_the_moment_and_nothing_later_is_sound() -> None:
    writes = (write("k1", 1999.0, 1999.5), write("k2", 2000.5, 2001.0), write("k3", 1999.9, 2000.1))
    found = judge("records", AT, Difference(), {}, writes, {"k1": ONE})
    assert found.findings == ()
    assert (found.acknowledged, found.later, found.undecided) == (1, 1, 1)


@pytest.mark.parametrize("entry", [None, ONE])
@pytest.mark.parametrize("outcome", ["unknown", "unreached"])
def test_a_write_without_an_answer_may_be_there_or_not(
    entry: LedgerEntry | None, outcome: Outcome
) -> None:
    restored = {} if entry is None else {"k": entry}
    assert findings((write("k", 1990.0, 1992.0, outcome),), restored) == ()


@pytest.mark.parametrize(
    ("restored", "words"),
    [
        ({}, "were acknowledged by the moment and are missing"),
        ({"k": replace(ONE, entries=2)}, "are there more than once"),
        ({"k": replace(ONE, content="other")}, "have another content than was acknowledged"),
    ],
)
def test_each_way_of_losing_an_acknowledged_write_is_found(
    restored: dict[str, LedgerEntry], words: str
) -> None:
    assert findings((write("k", 1990.0, 1991.0),), restored) == (f"records: 1 rows {words}: k",)


def test_a_write_that_began_later_must_not_be_there() -> None:
    (said,) = findings((write("k", 2000.1, 2000.2),), {"k": ONE})
    assert "began after the moment and are there" in said


def test_a_refused_write_must_not_be_there() -> None:
    (said,) = findings((write("k", 1990.0, 1991.0, "refused"),), {"k": ONE})
    assert "were refused and are there" in said


@pytest.mark.parametrize(("at", "is_wrong"), [(1999.0, True), (None, True), (2000.5, False)])
def test_a_row_of_nobodys_history_is_judged_by_its_commit(at: float | None, is_wrong: bool) -> None:
    said = findings(difference=Difference(only_living={"x": ONE}), commits={"x": at})
    assert bool(said) is is_wrong


def test_what_the_living_service_lost_is_said() -> None:
    said = findings(difference=Difference(only_restored={"x": ONE}, unlike=("y",)))
    assert said == (
        "records: 1 rows are in the backup and gone from the living service: x",
        "records: 1 rows differ from the living service: y",
    )


def test_clocks_that_differ_leave_what_is_near_undecided() -> None:
    writes = (write("k1", 1999.0, 1999.9), write("k2", 2000.1, 2000.2))
    found = judge("records", AT, Difference(), {}, writes, {}, clock_error_s=0.2)
    assert (found.findings, found.undecided) == ((), 2)


def test_rows_are_compared_by_key_content_and_count() -> None:
    twice = replace(ONE, entries=2)
    found = compare({"a": ONE, "b": ONE, "c": ONE}, {"b": ONE, "c": twice, "d": ONE})
    assert (set(found.only_restored), set(found.only_living)) == ({"a"}, {"d"})
    assert found.unlike == ("c",)


def proof(at: float, findings: tuple[str, ...] = ()) -> Proof:
    return Proof(
        cluster="records",
        backup=BACKUP.label,
        host="kansai-restore1",
        seed=1,
        moment=2000.0,
        at=at,
        copy_s=2.0,
        start_s=1.0,
        compare_s=1.0,
        total_s=5.0,
        bytes=300_000_000,
        rows={"records": 10, "numbers": 0},
        acknowledged=7,
        later=1,
        undecided=2,
        findings=findings,
    )


@pytest.mark.parametrize(("hours", "is_old"), [(0.0, False), (25.9, False), (26.1, True)])
def test_a_proof_older_than_promised_is_a_finding(hours: float, is_old: bool) -> None:
    repositories = [Repository("records", (BACKUP,))]
    said = findings_of(repositories, {"records": proof(0.0)}, hours * 3600, 26)
    assert bool(said) is is_old


def test_no_backup_no_proof_and_a_broken_proof_are_findings() -> None:
    assert len(findings_of([Repository("records")], {}, 0.0, 26)) == 2
    broken = {"records": proof(0.0, ("records: 1 rows are missing: k",))}
    (said,) = findings_of([Repository("records", (BACKUP,))], broken, 0.0, 26)
    assert "did not hold" in said
    (said,) = findings_of(
        [Repository("records", (BACKUP,), problem="missing stanza path")],
        {"records": proof(0.0)},
        0.0,
        26,
    )
    assert "missing stanza path" in said


def test_proofs_come_back_as_they_were_written() -> None:
    kept = {"records": proof(5.0, ("x",)), "payments": proof(6.0)}
    assert parse_proofs(spell_proofs(kept)) == kept
    with pytest.raises(ValueError, match="no list of proofs"):
        parse_proofs('{"records": {}}')


def test_gauges_are_for_the_textfile_collector() -> None:
    said = spell_gauges({"records": proof(5.0), "payments": proof(6.0, ("x",))})
    assert 'hikae_backup_proof_timestamp_seconds{cluster="records"} 5.0\n' in said
    assert 'hikae_backup_proof_ok{cluster="payments"} 0\n' in said
    assert said.count("# TYPE") == len(
        {line.split("{")[0] for line in said.splitlines() if "{" in line}
    )


INFO = {
    "archive": [
        {"id": "15-1", "min": "000000010000000000000001", "max": "000000020000000000000009"}
    ],
    "backup": [
        {
            "label": "20261124-030000F",
            "type": "full",
            "timestamp": {"start": 1000, "stop": 1010},
            "info": {"size": 10, "delta": 10, "repository": {"size": 5, "delta": 5}},
        }
    ],
    "name": "records",
    "status": {"code": 0, "message": "ok"},
}


def test_the_list_of_backups_is_read() -> None:
    found = parse_info("records", json.dumps([INFO]))
    assert found.backups == (BACKUP,)
    assert (found.newest, found.wal_to, found.problem) == (BACKUP, "000000020000000000000009", None)
    empty = {
        **INFO,
        "backup": [],
        "archive": [],
        "status": {"code": 2, "message": "no valid backups"},
    }
    assert parse_info("records", json.dumps([empty])) == Repository("records")
    gone = {**empty, "status": {"code": 1, "message": "missing stanza path"}}
    assert parse_info("records", json.dumps([gone])).problem == "missing stanza path"
    assert parse_info("records", "[]").problem is not None
    with pytest.raises(DrillAborted, match="cannot be read"):
        parse_info("records", "no JSON")


T0 = datetime(2026, 11, 24, 3, 0, tzinfo=UTC)


def version(
    number: str, seconds: int, *, latest: bool = False, marker: bool = False, etag: str = ""
) -> Version:
    at = T0 + timedelta(seconds=seconds)
    return Version("backup.info", number, at, latest, marker, etag or number)


def test_a_marker_above_the_wanted_version_goes() -> None:
    marker = version("v2", 20, latest=True, marker=True)
    plan = plan_recovery([version("v1", 0), marker], T0 + timedelta(seconds=10))
    assert (plan.markers, plan.copies) == ((marker,), ())


@pytest.mark.parametrize("is_deleted", [False, True])
def test_an_overwritten_object_comes_back_on_top(is_deleted: bool) -> None:
    good, garbage = version("v1", 0), version("v2", 20, latest=not is_deleted)
    above = [version("v3", 21, latest=True, marker=True)] if is_deleted else []
    plan = plan_recovery([good, garbage, *above], T0 + timedelta(seconds=10))
    assert (plan.markers, plan.copies) == ((), (good,))


def test_a_recovery_is_needed_once_only() -> None:
    good, garbage = version("v1", 0), version("v2", 20)
    copy = version("v3", 30, latest=True, etag="v1")
    assert not plan_recovery([good, garbage, copy], T0 + timedelta(seconds=10)).is_needed


@pytest.mark.parametrize(
    "versions",
    [
        [version("v1", 0, latest=True)],
        [version("v1", 20, latest=True)],
        [version("v1", 0), version("v2", 5, latest=True, marker=True)],
        [version("v1", 20), version("v2", 25, latest=True)],
    ],
    ids=["untouched", "new since", "expired before", "new and written twice since"],
)
def test_the_rest_is_left_alone(versions: list[Version]) -> None:
    assert not plan_recovery(versions, T0 + timedelta(seconds=10)).is_needed


def test_what_came_since_and_was_deleted_comes_back_as_it_first_was() -> None:
    """Segments that were archived between the moment and the theft: without them nothing later can be restored."""
    moment = T0 + timedelta(seconds=10)
    segment, garbage = version("v1", 20), version("v2", 25)
    marker = version("v3", 26, latest=True, marker=True)
    assert plan_recovery([segment, marker], moment).markers == (marker,)
    assert plan_recovery([segment, garbage, marker], moment).copies == (segment,)


def test_the_moments_own_second_counts_as_after_it() -> None:
    """The store cuts times to the second: a version of 10.0 may have come at 10.9."""
    good, doubtful = version("v1", 0), version("v2", 10, latest=True)
    moment = T0 + timedelta(seconds=10, milliseconds=500)
    assert plan_recovery([good, doubtful], moment).copies == (good,)


@pytest.mark.parametrize(
    ("mode", "days", "is_fine"),
    [
        ("COMPLIANCE", 35, True),
        ("COMPLIANCE", 34, False),
        ("GOVERNANCE", 35, False),
        ("", 0, False),
    ],
)
def test_a_lock_is_held_against_the_promise(mode: str, days: int, is_fine: bool) -> None:
    until = T0 + timedelta(days=days) if days else None
    locked = replace(version("v1", 0), mode=mode, until=until)
    assert bool(unlocked([locked], 35)) is not is_fine
    assert unlocked([version("v2", 0, marker=True)], 35) == ()


def wal(manager: str, xid: int, desc: str) -> str:
    where = f"tx:        {xid}, lsn: 0/0301, prev 0/02"
    return f"rmgr: {manager:11} len (rec/tot):     54/    54, {where}, desc: {desc}"


def deletion(xid: int, relation: str) -> str:
    blocks = f"blkref #0: rel {relation} blk 0"
    return wal("Heap", xid, f"DELETE off 1 flags 0x00 KEYS_UPDATED , {blocks}")


WAL = (
    deletion(740, "1663/5/16390"),
    deletion(741, "1663/5/16390"),
    deletion(741, "1663/5/16390"),
    *[deletion(742, "1663/5/163901")] * 3,
    wal("Transaction", 740, "COMMIT 2026-11-24 17:16:19.000000 UTC"),
    wal("Transaction", 741, "COMMIT 2026-11-24 17:16:20.343268 UTC; inval msgs: catcache 50"),
    wal("Transaction", 742, "COMMIT 2026-11-24 17:16:21.000000 UTC"),
    "pg_waldump: error: error in WAL record at 0/0307: invalid record length",
)


def test_the_transaction_with_most_deletions_in_the_table_is_found() -> None:
    found = largest(WAL, "1663/5/16390")
    assert found == {
        "transaction": 741,
        "deleted": 2,
        "committed_at": "2026-11-24 17:16:20.343268 UTC",
    }


def test_a_deletion_that_was_rolled_back_is_none() -> None:
    lines = [line for line in WAL if not ("tx:        741" in line and "COMMIT" in line)]
    found = largest(lines, "1663/5/16390")
    assert found is not None
    assert found["transaction"] == 740
    assert largest(lines, "1663/5/1") is None
