"""A sweep that was killed: every line is brought back and speaks again, routers start, and its programs go."""

from __future__ import annotations

from cli.output import Progress
from cli.settlers.ground import Ground, Settlement
from dr.failure import DrillAborted
from dr.layout import Layout
from dr.rolling.journal import LEAD_BACK, way_of
from dr.rolling.roller import led_back
from dr.sweep.ways import BOOT, HEAL, LINE, follow
from proof import Broken, Way
from twin.errors import TwinFailed
from twin.pushing import push_network
from twin.rolling import tools_of

__all__ = ["settle"]


def settle(broken: Broken, ground: Ground) -> Settlement:
    """Undo what is in force, the lines before everything that goes over them; nothing of it is judged."""
    if ground.is_disposable or not broken.in_force:
        return Settlement(("Nothing of it is to be undone.",))
    undone: list[str] = []
    left: list[str] = []
    for step in sorted(broken.in_force, key=lambda step: _turn(step.way)):
        assert step.way is not None
        try:
            said = _undo(step.way, ground)
        except (DrillAborted, TwinFailed, OSError) as reason:
            said = str(reason)
        if said is None:
            ground.journal.undone(step.number)
            undone.append(step.name)
        else:
            left.append(f"{step.name}: {said}")
    sentence = f"Undone: {'; '.join(undone) or 'nothing'}. Its figures are lost."
    return Settlement((sentence,), undone=tuple(undone), left=tuple(left))


def _turn(way: Way | None) -> int:
    """Lines and routers first, then what is reached over them, the programs last."""
    order = (HEAL, BOOT, LINE, LEAD_BACK)
    return order.index(way.kind) if way is not None and way.kind in order else len(order)


def _undo(way: Way, ground: Ground) -> str | None:
    if way.kind == LINE:
        router = str(way.args["router"])
        why = "a line that a sweep had drained"
        pushed = push_network(ground.fleet, ground.conductor, limit=(router,), why=why)
        return "; ".join(pushed.failed) or None
    if way.kind != LEAD_BACK:
        follow(way, ground.faults, ground.transport, Layout())
        return None
    with Progress() as progress:
        progress.phase("lead work back")
        tools = tools_of(ground.fleet, ground.conductor, ground.transport, progress.doing)
        return led_back(tools, way_of(way.args), is_waiting=True)
