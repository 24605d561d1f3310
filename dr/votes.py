"""Who leads etcd at the fault: kept at a witness as in real life, or moved where a drill wants it.

The lead goes home by a timer on every voter. Where a drill wants it elsewhere, the timers stop
first, the lead is moved, and the undo starts them again.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from dr.areas import WITNESS
from dr.clock import Clock
from dr.failure import DrillAborted, require
from dr.layout import Layout
from dr.observe import Observer
from dr.plan import Plan
from dr.undo import UndoStack
from inventory.transport import Transport
from proof import Way

__all__ = ["TIMERS", "Votes"]

TIMERS = "start the timers that keep etcd's lead at home"

_DEADLINE_S = 15.0
_STEP_S = 0.2


@dataclass(frozen=True, slots=True)
class Votes:
    """Arranges and verifies the lead of etcd."""

    plan: Plan
    transport: Transport
    layout: Layout
    observer: Observer
    clock: Clock
    is_alive: Callable[[str], bool]

    def arrange(self, wanted: str, undo: UndoStack, *, deadline_s: float) -> str:
        """Bring the lead to a witness or into an area; the host that leads, or DrillAborted."""
        if wanted == WITNESS:
            return self._send_home(deadline_s)
        timer = f"{self.layout.leader_home_unit}.timer"
        undo.push(TIMERS, self.start_timers, Way(TIMERS))
        stopped = self.transport.run_all(
            self.plan.voters, ["systemctl", "stop", timer], deadline_s=_DEADLINE_S, sudo=True
        )
        for completed in stopped.values():
            require(completed, f"stop {timer}")
        until = self.clock.now() + deadline_s
        while self.clock.now() < until:
            leader = self.observer.etcd_leader()
            if leader in self.plan.areas.voters(wanted):
                return str(leader)
            if leader is not None:
                self._move(leader, self._heir(wanted))
            self.clock.sleep(1.0)
        raise DrillAborted(f"etcd's lead did not move to {wanted} in {deadline_s:g} s")

    def start_timers(self) -> None:
        """Let the lead go home again; hosts that are dead are left out."""
        timer = f"{self.layout.leader_home_unit}.timer"
        alive = [voter for voter in self.plan.voters if self.is_alive(voter)]
        self.transport.run_all(
            alive, ["systemctl", "start", timer], deadline_s=_DEADLINE_S, sudo=True
        )

    def verify(self, wanted: str) -> str:
        """Give the host that leads etcd; DrillAborted where it does not lead from where it must."""
        leader = self.observer.etcd_leader()
        if leader is None or leader not in self.plan.areas.voters(wanted):
            raise DrillAborted(
                f"etcd is led by {leader or 'nobody'} at the fault, the scenario wants {wanted}"
            )
        return leader

    def _send_home(self, deadline_s: float) -> str:
        """Wait for the lead at a witness, and run the timer's service where it is elsewhere."""
        witnesses = self.plan.areas.voters(WITNESS)
        until = self.clock.now() + deadline_s
        while self.clock.now() < until:
            leader = self.observer.etcd_leader()
            if leader is not None and leader in witnesses:
                return leader
            if leader is not None:
                argv = ["systemctl", "start", f"{self.layout.leader_home_unit}.service"]
                self.transport.run(leader, argv, deadline_s=_DEADLINE_S, sudo=True)
            self.clock.sleep(1.0)
        raise DrillAborted(f"etcd's lead did not come home to a witness in {deadline_s:g} s")

    def _heir(self, wanted: str) -> str:
        """Choose the voter that takes the lead: at the first cluster's home if it has one there."""
        voters = self.plan.areas.voters(wanted)
        homes = [cluster.home for cluster in self.plan.clusters.values()]
        at_home = [v for v in voters if self.plan.estate.hosts[v].site in homes[:1]]
        return (at_home or list(voters))[0]

    def _move(self, leader: str, heir: str) -> None:
        number = self.observer.member_id(heir)
        if number is None:
            return
        # move-leader is valid only at the endpoint of the present leader.
        endpoint = f"--endpoints=https://{self.plan.address(leader)}:2379"
        identity, trust = self.layout.identity, self.layout.trust
        tls = [f"--cert={identity}", f"--key={identity}", f"--cacert={trust}"]
        argv = [self.layout.etcdctl, endpoint, *tls, "move-leader", f"{number:x}"]
        self.transport.run(leader, argv, deadline_s=_DEADLINE_S, sudo=True)
