"""FRR 8.4's integrated configuration, as the routers of the twin and their likes in production read it.

It covers an intent without management plane, chassis slots, MTU, packet filters and session secrets: on a Debian host
those belong to Ansible, the kernel and nftables (`docs/dialects.md`).
"""

from __future__ import annotations

from netconfig.canonical import numbered_lines
from netconfig.dialects.dialect import Dialect
from netconfig.dialects.frr.parsing import extract
from netconfig.dialects.frr.rendering import render

__all__ = ["FRR"]

FRR = Dialect("frr", "FRR 8.4", frozenset(), render, extract, numbered_lines)
