"""Only `cli/` prints: no other floor calls `print` or imports what draws on a terminal."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

from tests.contract.tree import files, relative

PRINTERS = frozenset({"click", "rich"})
SEPARATE = ("cli/", "tests/")


def is_printer(module: str | None) -> bool:
    return (module or "").partition(".")[0] in PRINTERS


def printing(source: str) -> Iterator[str]:
    """Say what in a source prints, with its line."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
            if node.func.id in {"print", "pprint"}:
                yield f"{node.lineno}: calls {node.func.id}()"
        elif isinstance(node, ast.Import):
            for alias in node.names:
                if is_printer(alias.name):
                    yield f"{node.lineno}: imports {alias.name}"
        elif isinstance(node, ast.ImportFrom) and is_printer(node.module):
            yield f"{node.lineno}: imports {node.module}"


def is_below_the_cli(path: Path) -> bool:
    return not relative(path).startswith(SEPARATE)


def test_nothing_below_the_cli_prints() -> None:
    found = [
        f"{relative(path)}:{what}"
        for path in files(suffix=".py")
        if is_below_the_cli(path)
        for what in printing(path.read_text())
    ]
    assert found == []


def test_the_check_sees_each_way_of_printing() -> None:
    source = "import rich\nfrom rich.table import Table\nimport click\nprint(1)\npprint(2)\n"
    assert len(list(printing(source))) == 5
    assert list(printing("fingerprint = 1\nprinter()\nself.print()\n")) == []
