"""The lead of every cluster at its home: members that boot together race for it, and any synchronous one may win."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Sequence

from dr.layout import Layout
from inventory.transport import Transport
from twin.conductor import Conductor
from twin.errors import TwinFailed
from twin.lab import Lab

__all__ = ["bring_home"]

_CALL_S = 30.0


def bring_home(
    lab: Lab, conductor: Conductor, doing: Callable[[str], None], *, deadline_s: float
) -> bool:
    """Switch over in order what is led from elsewhere; whether anything was. Raises TwinFailed at the deadline."""
    end, moved = time.monotonic() + deadline_s, False
    with conductor.at_bastion() as transport:
        for cluster in lab.estate.clusters_within(lab.names).values():
            home = [m for m in cluster.members if lab.estate.hosts[m].site == cluster.home]
            while lack := _go(transport, cluster.name, cluster.members, home):
                moved = True
                doing(f"bringing cluster {cluster.name} home: {lack}")
                if time.monotonic() > end:
                    raise TwinFailed(
                        f"Cluster {cluster.name} is not led from {cluster.home} "
                        f"after {deadline_s:.0f} s: {lack}."
                    )
                time.sleep(1)
    return moved


def _go(
    transport: Transport, cluster: str, members: Sequence[str], home: Sequence[str]
) -> str | None:
    """One look and, where it can be, one switchover; what is still lacking, or None."""
    layout = Layout()
    roles: dict[str, str] = {}
    for member in members:
        argv = [layout.patronictl, "list", cluster, "--format", "json"]
        done = transport.run(member, argv, deadline_s=_CALL_S, sudo=True)
        if done.is_ok:
            roles = {str(found["Member"]): str(found["Role"]) for found in json.loads(done.stdout)}
            break
    leader = next((name for name, role in roles.items() if role == "Leader"), None)
    if leader is None:
        return "nobody leads it"
    if leader in home or not home:
        return None
    candidate = next((name for name in home if roles.get(name) == "Sync Standby"), None)
    if candidate is None:
        return f"{leader} leads it and no member at home is synchronous yet"
    argv = layout.switchover(cluster, leader, candidate)
    asked = transport.run(leader, argv, deadline_s=_CALL_S, sudo=True)
    said = "" if asked.is_ok else f": {(asked.stderr.strip() or asked.stdout.strip())[-200:]}"
    return f"{leader} hands over to {candidate}{said}"
