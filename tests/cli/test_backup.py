"""`hikae backup`: what it prints is a contract, and it refuses what it cannot do with a sentence."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from cli.backup import _moment, _read_history
from cli.backup_show import show_list, show_plan, show_proofs, show_runs
from cli.exits import Exit, RefusedCall
from cli.main import main
from cli.options import Call
from dr.backups.objects import BucketState, findings_of_bucket
from dr.backups.recovery import Plan, Version
from dr.backups.repository import Repository
from tests.cli.test_json import schema
from tests.dr.test_backups import BACKUP, proof

Captured = pytest.CaptureFixture[str]
AS_JSON = Call(as_json=True, estate_path=None, target="twin", confirmed=None)
AS_TEXT = Call(as_json=False, estate_path=None, target="twin", confirmed=None)
STATE = BucketState(True, "COMPLIANCE", 35, 70, 2, ())
MADE: dict[str, Any] = {
    "cluster": "records",
    "host": "mitaka-db1",
    "seconds": 3.5,
    "label": BACKUP.label,
    "kind": "full",
    "started": 1000.0,
    "stopped": 1010.0,
    "database_bytes": 10,
    "stored_bytes": 5,
}
MARKER = Version("backup.info", "v2", datetime(2026, 11, 24, tzinfo=UTC), True, True)


def printed(capsys: Captured) -> Any:
    return json.loads(capsys.readouterr().out)


def test_run_fits_its_schema(capsys: Captured) -> None:
    show_runs(AS_JSON, [MADE], 3)
    jsonschema.validate(printed(capsys), schema("backup-run"))


def test_prove_fits_its_schema_and_names_its_seed(capsys: Captured) -> None:
    broken = proof(5.0, ("records: 1 rows are missing: k",))
    show_proofs(AS_JSON, [proof(5.0), broken], Path("proofs.json"))
    found = printed(capsys)
    jsonschema.validate(found, schema("backup-prove"))
    assert [one["holds"] for one in found["proofs"]] == [True, False]
    assert found["proofs"][0]["rate_mb_s"] == 150.0
    show_proofs(AS_TEXT, [broken], Path("proofs.json"))
    said = capsys.readouterr().out
    assert "does not hold (seed 1)" in said
    assert "1 rows are missing" in said


def test_list_fits_its_schema(capsys: Captured) -> None:
    repositories = [Repository("records", (BACKUP,), "01", "02"), Repository("payments")]
    show_list(AS_JSON, repositories, {"records": proof(5.0)}, STATE, ["payments: no backup"])
    found = printed(capsys)
    jsonschema.validate(found, schema("backup-list"))
    assert [one["proof"] is None for one in found["clusters"]] == [False, True]


def test_recover_fits_its_schema(capsys: Captured) -> None:
    show_plan(AS_JSON, Plan((MARKER,), ()), applied=False, seconds=0.0)
    found = printed(capsys)
    jsonschema.validate(found, schema("backup-recover"))
    assert found["markers"] == ["backup.info"]
    show_plan(AS_TEXT, Plan((MARKER,) * 12, ()), applied=True, seconds=1.5)
    assert "12 deleted and 0 overwritten objects brought back in 1.5 s" in capsys.readouterr().out


def test_what_the_store_does_not_promise_is_found() -> None:
    assert list(findings_of_bucket(STATE, 35)) == []
    assert len(list(findings_of_bucket(STATE, 36))) == 1
    bare = BucketState(False, "", 0, 70, 2, ("a", "b"), 4)
    assert len(list(findings_of_bucket(bare, 35))) == 4


def test_a_moment_is_iso_and_utc_where_it_says_nothing() -> None:
    assert _moment("2026-11-24T03:00:00") == datetime(2026, 11, 24, 3, tzinfo=UTC)
    assert _moment("2026-11-24T12:00:00+09:00") == datetime(2026, 11, 24, 3, tzinfo=UTC)
    with pytest.raises(RefusedCall, match="is no moment"):
        _moment("yesterday")


def test_a_file_that_is_no_history_is_refused_line_by_line(
    tmp_path: Path, capsys: Captured
) -> None:
    path = tmp_path / "history.jsonl"
    path.write_text("{}\n")
    with pytest.raises(RefusedCall, match="is no history"):
        _read_history(path)
    assert "history.jsonl:1" in capsys.readouterr().err


@pytest.mark.parametrize(
    "verb", [("run",), ("prove",), ("list",), ("recover", "--before", "2026-11-24")]
)
def test_production_wants_its_name_before_anything_is_asked(
    verb: tuple[str, ...], capsys: Captured
) -> None:
    code = main(["backup", *verb, "--on", "production"])
    assert code == Exit.WRONG_CALL
    assert "--confirm shaho" in capsys.readouterr().err
