"""The files of the checkout as the contract tests read them."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]

# What git ignores; walked instead of asked, so that an unpacked archive is tested too.
_IGNORED = frozenset(
    {".git", ".venv", "var", "dist", "build", "__pycache__", ".mypy_cache", ".ruff_cache"}
    | {
        ".packed",
        ".pytest_cache",
        ".hypothesis",
        ".import_linter_cache",
        ".ansible",
        "node_modules",
    }
)


def files(root: Path = ROOT, suffix: str = "") -> Iterator[Path]:
    """Give every file of the checkout that can be committed, in a stable order."""
    for folder, names, found in os.walk(root):
        names[:] = sorted(n for n in names if n not in _IGNORED and not n.endswith(".egg-info"))
        # In a worktree `.git` is a file.
        for name in sorted(set(found) - _IGNORED):
            if name.endswith(suffix) and not name.endswith(".pyc"):
                yield Path(folder) / name


def relative(path: Path) -> str:
    """Give the path as git names it."""
    return path.relative_to(ROOT).as_posix()


def lines(path: Path) -> int:
    """Count the lines of a text file."""
    return len(path.read_text(encoding="utf-8").splitlines())
