"""A proof that was killed: what it restored is a whole copy of a cluster, and it is taken away."""

from __future__ import annotations

from cli.settlers.ground import Ground, SettleFailed, Settlement
from dr.backups.restore import take_away
from dr.failure import DrillAborted
from dr.layout import Layout
from proof import Broken, Way

__all__ = ["TAKE_AWAY", "settle", "take_away_way"]

TAKE_AWAY = "take away what was restored"


def take_away_way(host: str, cluster: str) -> Way:
    """The way back from restoring a cluster on a host of its own."""
    return Way(TAKE_AWAY, {"host": host, "cluster": cluster})


def settle(broken: Broken, ground: Ground) -> Settlement:
    """Stop the server and remove its data."""
    if ground.is_disposable or not broken.in_force:
        return Settlement(("Nothing of it is to be taken away.",))
    undone = []
    for step in broken.in_force:
        assert step.way is not None
        host, cluster = str(step.way.args["host"]), str(step.way.args["cluster"])
        try:
            take_away(ground.transport, Layout(), host, cluster)
        except (DrillAborted, OSError) as reason:
            raise SettleFailed(
                f"A restored copy of {cluster} is still on {host}: {reason}"
            ) from reason
        ground.journal.undone(step.number)
        undone.append(f"{TAKE_AWAY} of {cluster} on {host}")
    return Settlement((f"{'; '.join(undone)}.",), undone=tuple(undone))
