"""Everything that a drill is given: it makes none of its own tools."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from dr.approvals import Approvals, Scripted
from dr.clock import Clock, SystemClock
from dr.evidence import Limit, Package
from dr.faults import Faults
from dr.fetch import Connect, connect_http
from dr.layout import Layout
from dr.observe import Observer, Targets
from dr.progress import Progress, Silence
from dr.rolling.tools import Tools, Watchers
from inventory.transport import Transport
from proof import Journal

__all__ = ["Kit", "Rolling"]


Rolling = Callable[[Watchers], Tools]
"""Makes the tools of a rolling change for a drill's own watchers."""


@dataclass(frozen=True, slots=True)
class Kit:
    """The hands and eyes of a drill; the twin gives one kind of them, the real estate another."""

    transport: Transport
    faults: Faults
    progress: Progress = field(default_factory=Silence)
    clock: Clock = field(default_factory=SystemClock)
    layout: Layout = field(default_factory=Layout)
    connect: Connect = connect_http
    observe: Callable[[Targets], Observer] = Observer
    approvals: Approvals = field(default_factory=Scripted)
    """How people are asked; without anybody to ask, everybody says yes at once and it is written."""
    rolling: Rolling | None = None
    """How hosts are changed in turn; None where nobody can."""
    is_disposable: bool = False
    """True where the estate is thrown away afterwards: then the dead are not booted again."""
    journal: Journal | None = None
    """Where every act is written before it is done, so that another process can undo it."""
    honesty: tuple[Limit, ...] = ()
    """What this estate cannot show; it stands in the report."""
    bill_of_materials: tuple[Package, ...] = ()
