"""The canonical lines of an IOS-XE configuration: each with the sections around it, told by indentation alone."""

from __future__ import annotations

import re

from netconfig.dialects.dialect import Section
from netconfig.indented import walk_indented

__all__ = ["numbered_lines"]

# The device's own words: comments, ends of sections, what `show running-config` says before and after.
_NOISE = re.compile(
    r"!.*|end|exit.*|version \d+\.\d+|Building configuration.*|Current configuration : .*"
    r"|boot-(start|end)-marker"
)
# Lines that a device shows although they equal a default.
_DEFAULTS = re.compile(
    r"service timestamps .*|ip forward-protocol nd|no ip address|no shutdown|no mop \S+"
    r"|negotiation auto|login|line (con|aux) 0|stopbits 1|no platform punt-keepalive .*"
)


def numbered_lines(text: str) -> dict[Section, int]:
    """Every line that means something, with its sections, and its number from 1."""
    found: dict[Section, int] = {}
    for path, number in walk_indented(text, _NOISE):
        if not _DEFAULTS.fullmatch(path[-1]):
            found.setdefault(path, number)
    return found
