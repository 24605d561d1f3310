"""A long measurement goes on where it was killed, and only with the settings that it began with."""

from __future__ import annotations

from pathlib import Path

import pytest

from monitors.planning.log import InvalidLog, Log

HEAD = {"seed": 1}


def test_rows_are_there_again(tmp_path: Path) -> None:
    path = tmp_path / "rows"
    Log.open(path, HEAD).add({"instance": "a", "end": 5})
    again = Log.open(path, HEAD)
    assert again.done == {"a"}
    again.add({"instance": "b", "end": 6})
    assert [row["end"] for row in Log.open(path, HEAD).rows] == [5, 6]


def test_a_row_that_was_cut_off_is_measured_again(tmp_path: Path) -> None:
    path = tmp_path / "rows"
    Log.open(path, HEAD).add({"instance": "a"})
    path.write_text(path.read_text() + '{"instance": "b", "en')
    log = Log.open(path, HEAD)
    assert log.done == {"a"}
    log.add({"instance": "b"})
    assert Log.open(path, HEAD).done == {"a", "b"}


def test_other_settings_and_other_files_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "rows"
    Log.open(path, HEAD)
    with pytest.raises(InvalidLog, match=r"rows:1: these rows were measured with other settings"):
        Log.open(path, {"seed": 2})
    path.write_text(path.read_text() + "hello\n")
    with pytest.raises(InvalidLog, match=r"rows:2: this line is no JSON; take it out"):
        Log.open(path, HEAD)


def test_without_a_path_nothing_is_kept() -> None:
    log = Log.open(None, HEAD)
    log.add({"instance": "a"})
    assert log.done == {"a"}
