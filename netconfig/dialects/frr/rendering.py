"""From intent to FRR's integrated configuration, one template for each section.

Definitions come before what refers to them, so that the text can be typed line by line into a running router.
"""

from __future__ import annotations

from functools import cache

from jinja2 import Environment, PackageLoader, StrictUndefined, Template

from netconfig import settings
from netconfig.intent import Intent

__all__ = ["SECTIONS", "render", "render_daemons"]

SECTIONS = (
    "head",
    "bfd",
    "interfaces",
    "routes",
    "prefix_lists",
    "path_lists",
    "route_maps",
    "filters",
    "ospf",
    "bgp",
)


def render(intent: Intent) -> str:
    """The FRR text of an intent."""
    return "".join(
        _template(section).render(intent=intent, settings=settings) for section in SECTIONS
    )


def render_daemons(intent: Intent) -> str:
    """The text of /etc/frr/daemons: which daemons run, with options that keep their memory low."""
    return _template("daemons").render(intent=intent)


@cache
def _template(name: str) -> Template:
    return _environment().get_template(f"{name}.j2")


@cache
def _environment() -> Environment:
    return Environment(
        loader=PackageLoader("netconfig.dialects.frr", "templates"),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        autoescape=False,
    )
