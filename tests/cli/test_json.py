"""`--json` is a contract: what each verb prints fits the schema that is kept beside this file."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from cli.exits import Exit
from cli.main import main

ROOT = Path(__file__).resolve().parents[2]
DATA = Path(__file__).parent / "data"
OTHERS = (*(ROOT / "examples").iterdir(), *(ROOT / "inventory" / "variants").iterdir())
ESTATES = [(), *(("--estate", str(path)) for path in sorted(OTHERS) if path.is_dir())]
# The shipped one, and the one that differs most from it: checking one reads every configuration back in each dialect.
_AT_ONCE = ("shipped", "policy-day")


def _named(words: tuple[str, ...]) -> str:
    return Path(words[-1]).name if words else "shipped"


CHECKED = [
    pytest.param(words, marks=() if _named(words) in _AT_ONCE else pytest.mark.long)
    for words in ESTATES
]
Captured = pytest.CaptureFixture[str]


def schema(name: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((DATA / f"{name}.schema.json").read_text())
    return found


def printed(capsys: Captured, *args: str) -> tuple[int, dict[str, Any]]:
    code = main([*args, "--json"])
    found: dict[str, Any] = json.loads(capsys.readouterr().out)
    return code, found


@pytest.mark.parametrize("estate", ESTATES, ids=_named)
@pytest.mark.parametrize("what", ["hosts", "network", "services", "policy"])
def test_show_fits_its_schema(capsys: Captured, what: str, estate: tuple[str, ...]) -> None:
    code, found = printed(capsys, "show", what, *estate)
    assert code == Exit.FINE
    jsonschema.validate(found, schema(f"show-{what}"))


@pytest.mark.parametrize("estate", CHECKED, ids=_named)
def test_check_fits_its_schema_and_finds_nothing(capsys: Captured, estate: tuple[str, ...]) -> None:
    code, found = printed(capsys, "check", *estate)
    jsonschema.validate(found, schema("check"))
    assert [one for each in found["passes"] for one in each["findings"]] == []
    assert code == Exit.FINE


def test_a_faulty_estate_fits_the_schema_of_errors(capsys: Captured, tmp_path: Path) -> None:
    (tmp_path / "estate.yml").write_text("estate: {nme: x}\n")
    code, found = printed(capsys, "check", "--estate", str(tmp_path))
    assert code == Exit.WRONG_CALL
    jsonschema.validate(found, schema("errors"))
    assert found["errors"][0]["file"] == "estate.yml"


def test_the_slice_and_the_filters_narrow_hosts(capsys: Captured) -> None:
    _, core = printed(capsys, "show", "hosts", "--slice", "core")
    _, routers = printed(capsys, "show", "hosts", "--slice", "core", "--role", "router")
    assert 0 < len(routers["hosts"]) < len(core["hosts"])
    assert {host["role"] for host in routers["hosts"]} == {"router"}


def test_the_state_narrows_the_policy_and_not_its_counts(capsys: Captured) -> None:
    _, whole = printed(capsys, "show", "policy")
    _, some = printed(capsys, "show", "policy", "--state", "out")
    assert some["counts"] == whole["counts"]
    assert len(some["rows"]) == whole["counts"]["out"]
    assert sum(whole["counts"].values()) == 73


def test_a_finding_of_check_ends_with_1_and_says_where(
    capsys: Captured, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "broken.md").write_text("no title\n")
    monkeypatch.setattr("runbooks.SHIPPED", tmp_path)
    code, found = printed(capsys, "check", "--estate", str(ROOT / "examples" / "estate-small"))
    assert code == Exit.FINDING
    jsonschema.validate(found, schema("check"))
    assert any("broken.md:1" in text for each in found["passes"] for text in each["findings"])
