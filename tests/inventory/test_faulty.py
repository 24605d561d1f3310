"""Every faulty estate is refused with exactly the expected messages: data/faulty holds one case a file.

A case is the small example with edits; `python -m pytest tests/inventory --regenerate` rewrites the expected messages.
"""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from inventory import SHIPPED_ESTATE, InvalidEstate, load_estate
from inventory.check import check
from tests.estates import estate_of

CASES = sorted((Path(__file__).parent / "data" / "faulty").glob("*.json"))
SMALL = Path(__file__).parents[2] / "examples" / "estate-small"


def apply_edits(folder: Path, edits: list[dict[str, str]]) -> None:
    """Replace the one place where `old` stands, add text at the end of a file, or remove it."""
    for edit in edits:
        path = folder / edit["file"]
        if "remove" in edit:
            path.unlink()
            continue
        if "add" in edit:
            before = path.read_text(encoding="utf-8") if path.exists() else ""
            path.write_text(before + edit["add"], encoding="utf-8")
            continue
        text = path.read_text(encoding="utf-8")
        assert text.count(edit["old"]) == 1, f"{edit['old']!r} stands not once in {path.name}"
        path.write_text(text.replace(edit["old"], edit["new"]), encoding="utf-8")


@pytest.mark.parametrize("path", CASES, ids=lambda path: path.stem)
def test_faulty_estate_is_refused(path: Path, tmp_path: Path, is_regenerating: bool) -> None:
    case: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    folder = tmp_path / "estate"
    shutil.copytree(SMALL, folder)
    apply_edits(folder, case["edits"])
    report = check(folder)
    found = [str(error) for error in report.errors]
    assert found, "the estate passes the check"
    assert not report.is_valid
    if is_regenerating:
        case["errors"] = found
        text = json.dumps(case, ensure_ascii=False, indent=1)
        path.write_text(text + "\n", encoding="utf-8")
    assert found == case["errors"]


def test_there_are_enough_cases() -> None:
    assert len(CASES) >= 30


def test_load_raises_every_error(tmp_path: Path) -> None:
    folder = tmp_path / "estate"
    shutil.copytree(SMALL, folder)
    apply_edits(
        folder,
        [
            {"file": "sites.yml", "old": "    backup: akita", "new": "    backup: nowhere"},
            {"file": "people.yml", "old": "holder: kudo", "new": "holder: nobody"},
        ],
    )
    with pytest.raises(InvalidEstate) as caught:
        load_estate(folder)
    assert {error.file for error in caught.value.errors} == {"sites.yml", "people.yml"}


def test_missing_folder_is_an_error_not_a_crash(tmp_path: Path) -> None:
    (error,) = check(tmp_path / "nowhere").errors
    assert "is no folder" in str(error)
    (error,) = check(tmp_path).errors
    assert "holds no *.yml file" in str(error)


def test_a_guest_of_a_building_has_no_dialect_of_its_own(tmp_path: Path) -> None:
    folder = tmp_path / "estate"
    shutil.copytree(SHIPPED_ESTATE, folder)
    guest = next(site for site in estate_of().sites.values() if site.shares)
    edit = {"old": "  default: frr", "new": f"  default: frr\n  sites: {{{guest.name}: junos}}"}
    apply_edits(folder, [{"file": "devices.yml", **edit}])
    (error,) = check(folder).errors
    assert str(error) == (
        f"devices.yml:6: dialects.sites.{guest.name}: '{guest.name}' has no router of its own; "
        f"name {guest.shares} or remove it"
    )
