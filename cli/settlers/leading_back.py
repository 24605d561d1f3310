"""What a killed run had led around hosts, led back to them."""

from __future__ import annotations

from cli.settlers.ground import Ground
from dr.rolling.journal import LEAD_BACK, way_of
from dr.rolling.roller import led_back
from dr.rolling.tools import Tools
from proof import Broken

__all__ = ["MENDERS", "lead_back_all"]

MENDERS = ("provision", "net push")
"""They may act on a host that stays drained: it may need them before it can be led back to."""


def lead_back_all(broken: Broken, ground: Ground, tools: Tools) -> tuple[list[str], list[str]]:
    """Take back every way that is in force; the names of those that are, and a sentence for each that is not."""
    undone: list[str] = []
    failed: list[str] = []
    for step in broken.in_force:
        if step.way is None or step.way.kind != LEAD_BACK:
            continue
        if sentence := led_back(tools, way_of(step.way.args), is_waiting=True):
            failed.append(sentence)
            continue
        ground.journal.undone(step.number)
        undone.append(step.name)
    return undone, failed
