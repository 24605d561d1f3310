"""A push that was killed: pushed again, which finishes what it left on any device."""

from __future__ import annotations

from cli.settlers.ground import Ground, SettleFailed, Settlement
from proof import Broken, Way
from twin.pushing import push_network

__all__ = ["FINISH", "finish_way", "settle"]

FINISH = "finish the push"


def finish_way(hosts: tuple[str, ...]) -> Way:
    """The way on from a push to some devices, or to all."""
    return Way(FINISH, {"hosts": hosts})


def settle(broken: Broken, ground: Ground) -> Settlement:
    """Push again, unless the command that found it does so itself."""
    if ground.is_disposable or not broken.in_force:
        return Settlement(("Nothing of it is to be finished.",))
    (step,) = broken.in_force
    hosts = tuple(step.way.args["hosts"]) if step.way else ()
    wanted = tuple(ground.by_context.get("hosts", ())) if ground.by_verb == "net push" else None
    if wanted is not None and (not wanted or set(hosts) & set(wanted) == set(hosts) != set()):
        return Settlement(("This push finishes it.",), is_left_to_next=True)
    pushed = push_network(
        ground.fleet,
        ground.conductor,
        limit=hosts,
        why=f"finish what {broken.heading.person} began",
    )
    if pushed.failed:
        raise SettleFailed(f"Pushing again failed: {'; '.join(pushed.failed)}")
    ground.journal.undone(step.number)
    changed = sum(result.changed for result in pushed.devices)
    return Settlement((f"It is finished: {changed} devices changed.",), undone=(FINISH,))
