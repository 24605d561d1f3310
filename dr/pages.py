"""Reports: one HTML page each, that needs nothing else, and the same as JSON beside it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

__all__ = ["page_templates", "write_pages"]


def page_templates(*folders: Path) -> Environment:
    """An environment of its own for each report, with the filter `num`; names and contents come from hosts under test.

    `folders` hold templates of others, who write their pages in the same style.
    """
    environment = Environment(
        loader=FileSystemLoader([Path(__file__).parent / "templates", *folders]),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["num"] = lambda value: f"{value:,}"
    return environment


def write_pages(page: Path, html: str, name: str, document: Mapping[str, Any]) -> None:
    """Write a page, and its document beside it under a name; whoever reads one sees the old or the new, whole."""
    page.parent.mkdir(parents=True, exist_ok=True)
    text = json.dumps(document, ensure_ascii=False, indent=1)
    _replace(page, html)
    _replace(page.with_name(name), text + "\n")


def _replace(path: Path, text: str) -> None:
    beside = path.with_name(f".{path.name}.new")
    beside.write_text(text, encoding="utf-8")
    beside.replace(path)
