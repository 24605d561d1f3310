"""A drill that was killed: undone where its estate stays, and judged in any case."""

from __future__ import annotations

import time
from pathlib import Path

from cli.drill_kit import make_kit
from cli.output import Progress
from cli.settlers.ground import Ground, Settlement
from dr.aftermath import settle as settle_drill
from dr.preflight import make_plan
from dr.report import write_report
from dr.scenario import Scenario
from dr.scenario_file import ReadScenario
from inventory.marks import Marks
from proof import Broken
from twin.rolling import tools_of

__all__ = ["settle"]


def settle(broken: Broken, ground: Ground) -> Settlement:
    """Undo what is in force, read what there is, judge it, and write its report."""
    context = broken.heading.context
    scenario = Scenario.model_validate(context["scenario"])
    folder = context.get("estate_path")
    plan = make_plan(
        ReadScenario(scenario, Marks(broken.path.name)),
        ground.estate,
        estate_folder=None if folder is None else Path(str(folder)),
    )
    begun = time.strftime("%H:%M:%S", time.localtime(broken.heading.started))
    reason = f"the drill was killed: no verdict (begun {begun})"
    with Progress() as progress:
        kit = make_kit(
            ground.conductor,
            ground.transport,
            ground.faults,
            progress,
            rolling=lambda watchers: tools_of(
                ground.fleet, ground.conductor, ground.transport, progress.doing, watchers
            ),
            is_disposable=ground.is_disposable,
        )
        after = settle_drill(plan, kit, broken, ground.journal, reason)
    sentences = [f"Of its clients: {after.fates}."]
    if after.undone:
        sentences.insert(0, f"Undone: {'; '.join(after.undone)}.")
    files: tuple[Path, ...] = ()
    if after.outcome is not None:
        stamp = time.strftime("%Y%m%d-%H%M%S", time.localtime(broken.heading.started))
        report = ground.fleet.places.reports / f"{stamp}-{scenario.name}-killed"
        write_report(report, after.outcome.evidence, after.outcome.verdict)
        files = tuple(sorted(report.iterdir()))
        sentences.append(f"Report: {report / 'report.html'}")
    return Settlement(
        tuple(sentences),
        undone=after.undone,
        left=after.left,
        files=files,
        is_bad=after.is_bad,
    )
