"""Where a drill takes place: on a twin of its own, on one that is up, or on production."""

from __future__ import annotations

import time
from dataclasses import replace

from cli.acting import Acting
from cli.drill_kit import bill_of, make_kit, twin_limits
from cli.exits import RefusedCall
from cli.output import Progress
from cli.running import Reached
from dr.approvals import Approvals
from dr.evidence import Phase
from dr.plan import Plan
from dr.runner import Outcome, run_drill
from proof import Journal
from twin import bringup
from twin.faults import LabFaults
from twin.lab import Lab, clear_leftovers, read_state
from twin.places import Places
from twin.production import Reach
from twin.rolling import tools_of

__all__ = ["Recorder", "conducted", "drill_here", "rehearse"]


class Recorder(Progress):
    """Progress that also remembers when each phase began and ended, for the report."""

    def __init__(self) -> None:
        super().__init__()
        self.phases: list[Phase] = []
        self._open: tuple[str, float] | None = None

    def phase(self, name: str) -> None:
        self.close()
        self._open = (name, time.time())
        super().phase(name)

    def close(self) -> None:
        """End the open phase."""
        if self._open is not None:
            self.phases.append(Phase(*self._open, time.time()))
            self._open = None


def rehearse(
    plan: Plan,
    places: Places,
    progress: Recorder,
    approvals: Approvals,
    journal: Journal,
    acting: Acting,
    *,
    fresh: bool,
) -> tuple[tuple[Phase, ...], Outcome]:
    """Boot, drill and clear a twin; the phases before the drill, and its outcome."""
    bringup.ensure_free(places)
    try:
        lab = bringup.bring_up(
            plan.estate,
            plan.scenario.slice,
            places,
            progress,
            from_snapshot=not fresh,
            acting=acting.named,
        )
        # From here on there is something to judge: whoever comes after a kill looks for this twin.
        journal.learn(lab=(read_state(places) or {}).get("since"))
        progress.close()
        booted = tuple(progress.phases)
        reached = conducted(plan, Reached(lab, bringup.conductor_of(lab, **acting.named)))
        return booted, _drill(plan, reached, progress, approvals, journal, is_disposable=True)
    finally:
        progress.phase("clear")
        clear_leftovers(places)
        journal.all_undone()


def drill_here(
    plan: Plan, reached: Reached, progress: Recorder, approvals: Approvals, journal: Journal
) -> tuple[tuple[Phase, ...], Outcome]:
    """Drill on an estate that stays: whatever is done is undone."""
    return (), _drill(plan, reached, progress, approvals, journal, is_disposable=False)


def conducted(plan: Plan, reached: Reached) -> Reached:
    """The same hosts, from the bastion that the plan wants; in production it must be the one on which this runs."""
    fleet, here = reached.fleet, reached.conductor
    if not here.is_here:
        return Reached(fleet, replace(here, bastion=plan.conductor, _standing=[]))
    if here.bastion != plan.conductor:
        raise RefusedCall(
            f"{plan.scenario.name} is conducted from {plan.conductor}, and this is "
            f"{here.bastion}: run it there."
        )
    return reached


def _drill(
    plan: Plan,
    reached: Reached,
    progress: Recorder,
    approvals: Approvals,
    journal: Journal,
    *,
    is_disposable: bool,
) -> Outcome:
    fleet, conductor = reached.fleet, reached.conductor
    is_twin = isinstance(fleet, Lab)
    honesty = twin_limits() if is_twin else ()
    bill = bill_of(fleet.estate, fleet.names, fleet.places) if is_twin else ()
    with conductor.at_bastion() as transport:
        kit = make_kit(
            conductor,
            transport,
            LabFaults(fleet) if isinstance(fleet, Lab) else Reach(transport),
            progress,
            approvals=approvals,
            journal=journal,
            rolling=lambda watchers: tools_of(
                fleet, conductor, transport, progress.doing, watchers
            ),
            is_disposable=is_disposable,
            honesty=honesty,
            bill=bill,
        )
        return run_drill(plan, kit)
