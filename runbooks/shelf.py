"""Where runbooks stand: beside an estate's own files first, then those that ship with hikae."""

from __future__ import annotations

from pathlib import Path

from runbooks.runbook import Runbook, parse_runbook

__all__ = ["SHIPPED", "find_runbook"]

SHIPPED = Path(__file__).parent


def find_runbook(name: str, estate_folder: Path | None = None) -> Runbook | None:
    """Give a runbook by name, None where there is none; InvalidRunbook where it is faulty.

    An estate in a folder of its own may keep runbooks in `runbooks/` inside that folder.
    """
    folders = [SHIPPED] if estate_folder is None else [estate_folder / "runbooks", SHIPPED]
    for folder in folders:
        path = folder / f"{name}.md"
        if path.is_file():
            return parse_runbook(name, path.read_text(encoding="utf-8"))
    return None
