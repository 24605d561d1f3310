"""Cisco IOS-XE 17: rendered and read back, never booted here (`docs/dialects.md` says what that leaves open)."""

from __future__ import annotations

from netconfig.dialects.dialect import PARTS, Dialect
from netconfig.dialects.ios_xe.lines import numbered_lines
from netconfig.dialects.ios_xe.parsing import extract
from netconfig.dialects.ios_xe.rendering import render

__all__ = ["IOS_XE"]

IOS_XE = Dialect("ios-xe", "Cisco IOS-XE 17", frozenset(PARTS), render, extract, numbered_lines)
