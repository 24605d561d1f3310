"""What a simulated estate answers to those who watch it: etcd's observer and Patroni's REST interface."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

from dr.evidence import EtcdObservation
from dr.observe import Observer, Targets
from dr.patroni import NodeState
from dr.promotion import Standing

if TYPE_CHECKING:
    from tests.dr_acting.world import World

BEGIN = 1_700_000_000.0


class SimulatedObserver(Observer):
    """Sees the simulated clusters, on the simulated clock."""

    def __init__(self, targets: Targets, world: World) -> None:
        super().__init__(targets)
        self.targets, self.world = targets, world

    def start(self) -> None:
        self.world.acts.append(("observe", tuple(self.targets.voters)))

    def stop(self) -> None:
        self.world.acts.append(("stop observing", None))

    def standing(self, cluster: str) -> Standing | None:
        return self.world.standing(cluster, self.world.now_s)

    def etcd_leader(self) -> str | None:
        return self.world.etcd_leader

    def member_id(self, host: str) -> int | None:
        return self.world.plan.voters.index(host) + 1

    def optime(self, cluster: str) -> int | None:
        return None

    def node(self, host: str) -> NodeState | None:
        return None

    def observations(self) -> tuple[EtcdObservation, ...]:
        seen = []
        for step in range(int((self.world.now_s - BEGIN) / 0.2)):
            at = BEGIN + step * 0.2
            for cluster in self.targets.clusters:
                s = self.world.standing(cluster, at)
                seen.append(
                    EtcdObservation(
                        at=at,
                        cluster=cluster,
                        leader=s.leader,
                        sync_members=s.sync_members,
                        etcd_leader=self.world.etcd_leader,
                        unlocked=s.unlocked,
                    )
                )
        return tuple(seen)


@dataclass
class SimulatedPatroni:
    """Patroni's REST interface on one simulated host."""

    world: World
    address: str

    def __call__(self, path: str, body: bytes | None = None) -> bytes:
        world = self.world
        host = next(h for h in world.plan.databases if world.plan.address(h) == self.address)
        cluster = next(n for n, c in world.plan.clusters.items() if host in c.members)
        if path == "/config":
            return json.dumps({"ttl": 20, "loop_wait": 5}).encode()
        if path == "/patroni":
            node = {"role": "replica", "state": "streaming", "pause": world.paused}
            return json.dumps(node | {"patroni": {"version": "4.1.5"}}).encode()
        leader = world.leader(cluster, world.now_s)
        is_back = world.fault_at is None or (
            world.healed_at is not None and world.now_s > world.healed_at + 12
        )
        members = [
            {
                "name": name,
                "role": "leader" if name == leader else "replica",
                "state": "running" if name == leader else "streaming" if is_back else "stopped",
            }
            for name in world.plan.clusters[cluster].members
        ]
        return json.dumps({"members": members}).encode()

    def close(self) -> None:
        pass
