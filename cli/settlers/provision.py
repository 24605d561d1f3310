"""A provision that was killed: run again, to its end, with what the killed one had announced and not yet done."""

from __future__ import annotations

from cli.output import Progress
from cli.settlers.ground import Ground, SettleFailed, Settlement
from proof import Broken, Way
from twin import converge

__all__ = ["FINISH", "finish_way", "settle"]

FINISH = "finish the provision"


def finish_way(limit: str) -> Way:
    """The way on from a provision of one host, or of all."""
    return Way(FINISH, {"limit": limit})


def settle(broken: Broken, ground: Ground) -> Settlement:
    """Finish it, unless the command that found it does so itself."""
    if ground.is_disposable or not broken.in_force:
        return Settlement(("Nothing of it is to be finished.",))
    (step,) = broken.in_force
    limit = str(step.way.args["limit"]) if step.way else ""
    is_same = ground.by_verb == "provision" and ground.by_context.get("limit") in ("", limit)
    if is_same:
        return Settlement(("This provision finishes it.",), is_left_to_next=True)
    with Progress() as progress:
        progress.phase("finish the killed provision")
        outcomes = converge.provision(
            ground.fleet, ground.conductor, progress.doing, limit=limit, is_unfinished=True
        )
    complaints = [words for o in outcomes if (words := converge.complaint_of(ground.fleet, o))]
    if complaints:
        raise SettleFailed(" ".join(complaints))
    ground.journal.undone(step.number)
    changed = sum(outcome.changed for outcome in outcomes)
    return Settlement((f"It is finished: changed={changed}.",), undone=(FINISH,))
