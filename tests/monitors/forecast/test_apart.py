"""The forecast knows nothing of the generator that judges it."""

from __future__ import annotations

import ast
from pathlib import Path

ROOT = Path(__file__).parents[3]


def imported(text: str) -> set[str]:
    """The modules that a text imports, wherever it does."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            found.add(node.module or "")
    return found


def test_no_file_of_the_product_imports_a_test() -> None:
    files = [*(ROOT / "monitors").rglob("*.py"), *(ROOT / "cli").glob("batch*.py")]
    assert len(files) > 20
    guilty = [f for f in files if any(m.split(".")[0] == "tests" for m in imported(f.read_text()))]
    assert guilty == []


def test_a_breach_would_be_found() -> None:
    assert "tests.monitors.generators.heavy" in imported(
        "def f():\n from tests.monitors.generators.heavy import drawn_heavy\n"
    )
