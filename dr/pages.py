"""The templates of reports: one HTML page each, that needs nothing else."""

from __future__ import annotations

from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined

__all__ = ["page_templates"]


def page_templates() -> Environment:
    """An environment of its own for each report, with the filter `num`; names and contents come from hosts under test."""
    environment = Environment(
        loader=FileSystemLoader(Path(__file__).parent / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["num"] = lambda value: f"{value:,}"
    return environment
