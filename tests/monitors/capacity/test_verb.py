"""`hikae capacity` against a real Prometheus: its contract, its page, its refusals."""

from __future__ import annotations

import json
from pathlib import Path

import click
import jsonschema
import pytest

from cli.capacity import command as capacity
from cli.exits import Exit
from cli.main import main
from inventory import SHIPPED_ESTATE
from tests.monitors.capacity.conftest import METRIC, Served
from tests.monitors.capacity.histories import made_up

SCHEMA = Path(__file__).parents[2] / "cli" / "data" / "capacity.schema.json"
HISTORIES = [made_up(seed) for seed in (0, 2)]
Captured = pytest.CaptureFixture[str]


@pytest.fixture(scope="module")
def estate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The shipped estate, with the made-up load for its processors' one."""
    folder = tmp_path_factory.mktemp("estate")
    limit = max(history.limit for history in HISTORIES)
    (folder / "estate.yml").write_text(
        f"based_on: {SHIPPED_ESTATE}\n"
        f"measures:\n  host-processor: {{query: {METRIC}, limit: {limit}, drivers: null}}\n"
    )
    return folder


@pytest.fixture(scope="module")
def url(served: Served) -> str:
    return served(HISTORIES)


def test_the_verb_says_when_and_writes_a_page(
    url: str, estate: Path, tmp_path: Path, capsys: Captured
) -> None:
    page = tmp_path / "capacity.html"
    words = ["capacity", "--estate", str(estate), "--prometheus", url, "--report", str(page)]
    words += ["--until", HISTORIES[0].until.isoformat(), "--within", "730"]
    assert main([*words, "--json"]) == Exit.FINDING
    found = json.loads(capsys.readouterr().out)
    jsonschema.validate(found, json.loads(SCHEMA.read_text()))
    # Of what nobody exports here there is no outlook.
    assert [one["name"] for one in found["outlooks"]] == ["history-0", "history-2"]
    assert {one["measure"] for one in found["outlooks"]} == {"host-processor"}
    assert all(one["owner"] == "server-chief" for one in found["outlooks"])
    assert found["findings"][0].startswith("host-processor of history-")
    html = page.read_text(encoding="utf-8")
    assert html.count("<svg") == 2
    assert "predict_linear" in html
    assert "27,020,000 persons on 1999-03-31" in html
    for outside in ("http://", "https://", "<script", "url("):
        assert outside not in html
    assert json.loads(page.with_suffix(".json").read_text())["outlooks"] == found["outlooks"]


def test_a_limit_that_is_far_away_is_no_finding(url: str, estate: Path, capsys: Captured) -> None:
    words = ["capacity", "--estate", str(estate), "--prometheus", url, "--within", "1"]
    words += ["--until", HISTORIES[0].until.isoformat(), "--measure", "host-processor"]
    assert main(words) == Exit.FINE
    assert "When limits are reached (80 %)" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("words", "code", "says"),
    [
        (["--measure", "host-procesor"], Exit.WRONG_CALL, "is no measure of the estate; known:"),
        (["--prometheus", "http://127.0.0.1:9"], Exit.UNREACHABLE, "no Prometheus at http://127.0.0.1:9"),
        (["--days", "60"], Exit.WRONG_CALL, "60 is not in the range"),
        (["--certificate", __file__, "--trust", __file__], Exit.WRONG_CALL, "cannot be shown"),
    ],
)  # fmt: skip
def test_what_is_refused(words: list[str], code: Exit, says: str, capsys: Captured) -> None:
    assert main(["capacity", *words]) == code
    assert says in capsys.readouterr().err


@pytest.mark.parametrize("name", ["compare", "limits", "carry"])
def test_its_subverbs_take_the_common_options(name: str) -> None:
    context = click.Context(capacity)
    assert name in capacity.list_commands(context)
    command = capacity.get_command(context, name)
    assert command is not None
    options = {option for param in command.params for option in param.opts}
    assert options >= {"--json", "--estate", "--on", "--confirm"}
    assert capacity.get_command(context, "no-such") is None
