"""A draining or undraining that broke off half-way: the router is led back to, since nobody knows what passes through it."""

from __future__ import annotations

from cli.output import Progress
from cli.settlers.ground import Ground, Settlement, no_settlement
from cli.settlers.leading_back import MENDERS, lead_back_all
from proof import Broken
from twin.rolling import tools_of

__all__ = ["settle"]


def settle(broken: Broken, ground: Ground) -> Settlement:
    """Lead back in reverse; what cannot be stays drained and in the journal."""
    if ground.is_disposable or not broken.in_force:
        return no_settlement("Nothing of it is to be led back.")
    with Progress() as progress:
        progress.phase("lead work back")
        tools = tools_of(ground.fleet, ground.conductor, ground.transport, progress.doing)
        undone, failed = lead_back_all(broken, ground, tools)
    if failed and ground.by_verb in MENDERS:
        return Settlement(tuple(failed), undone=tuple(undone), is_standing=True)
    sentences = failed or ["It is led back to; drain it again where that is still wished for."]
    return Settlement(tuple(sentences), undone=tuple(undone), left=tuple(failed))
