"""However an estate is damaged, the check answers with errors, never with a crash."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from inventory.check import check

SMALL = Path(__file__).parents[2] / "examples" / "estate-small"
FILES = sorted(SMALL.glob("*.yml"))
JUNK = ["[]", "{}", "7", "x", "~", "[1, {a: b}]", "'"]


@settings(max_examples=150, deadline=None)
@given(st.sampled_from(FILES), st.data())
def test_a_damaged_estate_is_an_answer(file: Path, data: st.DataObject) -> None:
    lines = file.read_text(encoding="utf-8").splitlines()
    index = data.draw(st.integers(0, len(lines) - 1))
    junk = data.draw(st.none() | st.sampled_from(JUNK))
    key = lines[index].partition(":")[0]
    lines[index] = "" if junk is None else f"{key}: {junk}"
    with tempfile.TemporaryDirectory() as folder:
        estate = Path(folder) / "estate"
        shutil.copytree(SMALL, estate)
        (estate / file.name).write_text("\n".join(lines) + "\n", encoding="utf-8")
        report = check(estate)
    assert report.is_valid == (not report.errors)
    for error in report.errors:
        assert error.line >= 1
        assert error.message
        assert error.remedy


@pytest.mark.parametrize(
    "text", [b"\xff\xfe\x00", b"sites: \x01", b"estate: 2005-13-45", b"? [a]\n: 1"]
)
def test_rubbish_is_an_answer(text: bytes, tmp_path: Path) -> None:
    shutil.copytree(SMALL, tmp_path / "estate")
    (tmp_path / "estate" / "rubbish.yml").write_bytes(text)
    (error,) = check(tmp_path / "estate").errors
    assert error.file == "rubbish.yml"
