"""From intent to FRR's integrated configuration, one template for each section.

Definitions come before what refers to them, so that the text can be typed line by line into a running router.
"""

from __future__ import annotations

from netconfig.dialects.templating import Sections
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
_TEXTS = Sections("netconfig.dialects.frr", SECTIONS)


def render(intent: Intent) -> str:
    """The FRR text of an intent."""
    return _TEXTS.render(intent)


def render_daemons(intent: Intent) -> str:
    """The text of /etc/frr/daemons: which daemons run, with options that keep their memory low."""
    return _TEXTS.one("daemons", intent)
