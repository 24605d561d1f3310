"""Juniper Junos in its `set` form: rendered and read back, never booted here (`docs/dialects.md`: what that leaves open).

The set form and not the curly one: each line is whole, so that lines compare, sort, mask and travel one by one, a change
is as many lines as it changes, and both the device (`show configuration | display set`) and `load set` speak it.
"""

from __future__ import annotations

from netconfig.dialects.dialect import PARTS, Dialect
from netconfig.dialects.junos.lines import numbered_lines
from netconfig.dialects.junos.parsing import extract
from netconfig.dialects.junos.rendering import render

__all__ = ["JUNOS"]

JUNOS = Dialect(
    "junos", "Juniper Junos 21 (set form)", frozenset(PARTS), render, extract, numbered_lines
)
