"""What has happened so far in a running drill: its tools at work, its moments, its marks."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field, replace
from typing import Literal

from dr.backups.restore import Restored
from dr.brought_back import BroughtBack
from dr.clients import Clients
from dr.database_facts import DatabaseFacts
from dr.evidence import ChangedBatch, Dead, Event, Moments, PeopleStep, Phase
from dr.failure import DrillAborted
from dr.kit import Kit
from dr.observe import Observer
from dr.pay_run import PayRun
from dr.plan import Plan
from dr.probes import Probes
from dr.promotion import Standing
from dr.undo import UndoStack
from dr.votes import Votes

__all__ = ["Course"]

_TICK_S = 0.5


@dataclass(slots=True)
class Course:
    """The state of one run; the runner and its steps write it, the evidence is made from it."""

    plan: Plan
    kit: Kit
    run_id: str
    observer: Observer
    clients: Clients
    probes: Probes
    votes: Votes
    undo: UndoStack
    moments: Moments = field(default_factory=Moments)
    facts: dict[str, DatabaseFacts] = field(default_factory=dict)
    settings: dict[str, str] = field(default_factory=dict)
    versions: dict[str, str] = field(default_factory=dict)
    dead: list[Dead] = field(default_factory=list)
    phases: list[Phase] = field(default_factory=list)
    events: list[Event] = field(default_factory=list)
    people: list[PeopleStep] = field(default_factory=list)
    restored: Restored | None = None
    """A server that a backup was restored to, while it is needed."""
    brought_back: list[BroughtBack] = field(default_factory=list)
    pay_run: PayRun | None = None
    batches: list[ChangedBatch] = field(default_factory=list)
    memory_peak_mb: float = 0.0

    def now(self) -> float:
        """Give the present moment of the drill's clock."""
        return self.kit.clock.now()

    def set_moments(self, **moments: float) -> None:
        """Write down moments by name."""
        self.moments = replace(self.moments, **moments)
        if self.kit.journal is not None:
            self.kit.journal.learn(moments=asdict(self.moments))

    def mark(
        self,
        kind: Literal["fault", "decision", "etcd", "people", "undo", "note"],
        text: str,
        text_ja: str = "",
        at: float | None = None,
    ) -> None:
        """Put a mark on the timeline."""
        self.events.append(Event(self.now() if at is None else at, kind, text, text_ja))

    @contextmanager
    def phase(self, name: str) -> Iterator[None]:
        """Time a part of the drill's own work, show it, and write down that it is under way."""
        journal = self.kit.journal
        self.kit.progress.phase(name)
        started = self.now()
        number = None if journal is None else journal.begun(name)
        try:
            yield
        finally:
            self.phases.append(Phase(name, started, self.now()))
        if journal is not None and number is not None:
            journal.done(number)

    def wait(self, until: float, look: Callable[[], str | None], tick_s: float = _TICK_S) -> bool:
        """Look until there is nothing left to wait for; False when the time is up.

        `look` gives None when that is so, else what is still missing.
        """
        while True:
            missing = look()
            self.memory_peak_mb = max(self.memory_peak_mb, self.kit.faults.memory_mb())
            if missing is None:
                return True
            left = until - self.now()
            if left <= 0:
                return False
            self.kit.progress.doing(missing)
            self.kit.clock.sleep(min(tick_s, left))

    def standing(self, cluster: str) -> Standing | None:
        """Give how a cluster stands now; None while etcd gives no answer."""
        return self.observer.standing(cluster)

    def struck_clusters(self) -> tuple[str, ...]:
        """Give the clusters whose leader the disaster takes."""
        return self.plan.blast.clusters

    def require_lead_at_home(self) -> None:
        """Refuse a disaster that would not take the leaders: it would show nothing."""
        for name in self.struck_clusters():
            if self.plan.clusters[name].home not in self.plan.blast.sites:
                continue  # its leader is struck wherever it stands
            standing = self.standing(name)
            leader = None if standing is None else standing.leader
            if leader not in self.plan.blast.hosts:
                raise DrillAborted(
                    f"cluster {name} is led by {leader or 'nobody'}, not from the disaster area "
                    f"{self.plan.blast.area}: bring its leader home before the drill"
                )
