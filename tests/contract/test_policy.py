"""docs/policy.md has every demand once, and whatever it names exists."""

from __future__ import annotations

import ast
import re

import pytest

from cli.policy import InvalidPolicyFile, Row, read_policy
from cli.verbs import VERBS
from tests.contract.tree import ROOT

ROWS = read_policy()


def missing(name: str) -> str | None:
    """Say what is missing of a name in backticks: a verb, a test or a path; None if it exists."""
    if name.startswith("hikae "):
        return missing_verb(name.split()[1:])
    path, _, test = name.partition("::")
    if not (ROOT / path).exists():
        return f"no file or folder {path}"
    if test and test not in functions((ROOT / path).read_text()):
        return f"no test {test} in {path}"
    return None


def missing_verb(words: list[str]) -> str | None:
    verb = VERBS.get(words[0])
    if verb is None or not verb.built:
        return f"no verb {words[0]}"
    if not (ROOT / "cli" / f"{verb.name}.py").exists():
        return f"no file cli/{verb.name}.py"
    source = (ROOT / "cli" / f"{verb.name}.py").read_text()
    below = words[1:2]
    if below and not ({below[0], below[0].replace("-", "_")} & named(source)):
        return f"no verb {' '.join(words[:2])}"
    return None


def named(source: str) -> set[str]:
    """Give all functions and all strings of a source: a command is named by one or the other."""
    strings = {n.value for n in ast.walk(ast.parse(source)) if isinstance(n, ast.Constant)}
    return functions(source) | {text for text in strings if isinstance(text, str)}


def functions(source: str) -> set[str]:
    kinds = (ast.FunctionDef, ast.AsyncFunctionDef)
    return {node.name for node in ast.walk(ast.parse(source)) if isinstance(node, kinds)}


def test_all_73_demands_are_there() -> None:
    assert [row.number for row in ROWS] == list(range(1, 74))


@pytest.mark.parametrize("row", ROWS, ids=lambda row: f"row-{row.number}")
def test_what_a_row_names_exists(row: Row) -> None:
    assert [missing(name) for name in row.named if missing(name)] == []


@pytest.mark.parametrize("row", ROWS, ids=lambda row: f"row-{row.number}")
def test_a_row_says_what_its_state_wants(row: Row) -> None:
    if row.state in {"shown", "partly"}:
        assert row.named, "name the verb, test or file that shows it"
    elif row.state == "out":
        assert "because" in row.by
    if row.state in {"partly", "not yet"}:
        assert re.search(r"\bcomes?\b", row.by), "say which part of hikae brings the rest"


def test_the_check_sees_what_is_missing() -> None:
    assert missing("hikae fly")
    assert missing("hikae runbook")  # a verb that only refuses shows nothing
    assert missing("hikae audit review")
    assert missing("hikae show nonsense")
    assert missing("docs/nowhere.md")
    assert missing("tests/contract/test_policy.py::test_nothing_of_the_kind")
    assert not missing("hikae show policy")
    assert not missing("tests/contract/test_policy.py::test_all_73_demands_are_there")


@pytest.mark.parametrize(
    ("text", "words"),
    [("| 1 | a | maybe | b |\n", "unknown"), ("| 2 | a | shown | b |\n", "row 1 was expected")],
)
def test_a_faulty_file_is_refused(
    tmp_path_factory: pytest.TempPathFactory, text: str, words: str
) -> None:
    path = tmp_path_factory.mktemp("policy") / "policy.md"
    path.write_text(text)
    with pytest.raises(InvalidPolicyFile, match=words):
        read_policy(path)
