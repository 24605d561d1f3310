"""The run itself: a batch is drained, changed, led back and found whole, then the next one; or it stops.

Invariant: a batch begins only when everything is whole, and whoever was drained is never forgotten: the
journal has every way before it is taken, and a run that stops leads back what it can, in reverse.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from dr.rolling.batches import Batch
from dr.rolling.change import Change
from dr.rolling.changes import ChangeFailed, carry_out
from dr.rolling.health import Health
from dr.rolling.journal import Log
from dr.rolling.tools import Tools, wait
from dr.rolling.ways import Way, WayFailed, take, take_back, ways_around

__all__ = ["Gone", "Rolled", "lead_back", "led_back", "roll"]

_WHOLE_S = 120.0
_FIT_S = 60.0
_LOOKS = 2
"""So many looks on end must find everything whole: one may fall between two states."""


@dataclass(frozen=True, slots=True)
class Gone:
    """A batch that was done, or tried: when, and what was led around."""

    batch: Batch
    started: float
    ended: float
    is_done: bool
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Rolled:
    """What came of a run."""

    gone: tuple[Gone, ...]
    left: tuple[Batch, ...]
    """Batches that were not begun."""
    why: str | None
    """The deviation at which it stopped; None where everything was done."""
    not_undone: tuple[str, ...] = ()
    """A sentence for everything that is left drained."""

    @property
    def is_done(self) -> bool:
        """Whether every batch was changed and whole again."""
        return self.why is None


@dataclass(slots=True)
class _Run:
    tools: Tools
    change: Change
    log: Log
    health: Health

    def scope(self, batch: Batch) -> tuple[list[str], list[str]]:
        """Routers that are looked at around a batch, and terminals from which services are asked for."""
        estate, within = self.tools.estate, self.tools.hosts
        places = {estate.hosts[host].site for host in batch.taken}
        centres = {site.name for site in estate.sites.values() if site.kind == "centre"}
        routers = [
            host.name
            for host in estate.select(role="router", within=within)
            if host.site in places | centres
        ]
        terminals = estate.select(role="terminal", within=within)
        offices = [host.name for host in terminals if host.site in places]
        return routers, offices or [host.name for host in terminals][:1]

    def lacking(self, batch: Batch) -> str | None:
        """Say what lacks around a batch, None where everything is whole twice on end."""
        routers, offices = self.scope(batch)
        for _ in range(_LOOKS):
            if found := self.health.look(routers, offices):
                return found[0] if len(found) == 1 else f"{found[0]} (and {len(found) - 1} more)"
            self.tools.clock.sleep(0.5)
        return None

    def silent(self, batch: Batch) -> str | None:
        """Say who of those that were away takes no commands yet."""
        done = self.tools.transport.run_all(batch.taken, ["true"], deadline_s=5.0)
        silent = [host for host in batch.taken if not done[host].is_ok]
        return f"no way in yet to {', '.join(silent)}" if silent else None

    def take_all(self, batch: Batch) -> list[str]:
        notes = []
        for way in ways_around(self.tools, batch.hosts, batch.taken):
            self.log.drain(way)
            self.tools.say(f"{way.kind} of {way.host} {way.of}".rstrip())
            notes.append(take(self.tools, way))
        return notes

    def go(self, batch: Batch) -> list[str]:
        """Take a batch through; WayFailed or ChangeFailed at the first deviation."""
        self._require(wait(self.tools, _FIT_S, lambda: self.lacking(batch)), "before it")
        self.log.batch(batch.number)
        routers, _ = self.scope(batch)
        self.health.remember(routers)
        notes = self.take_all(batch)
        self.finish(batch)
        return notes

    def finish(self, batch: Batch, *, is_changed: bool = False) -> None:
        """Change a drained batch, lead back, and wait until everything is whole."""
        watchers = self.tools.watchers
        if not is_changed:
            watchers.leaving(batch.hosts)
            carry_out(self.tools, self.change, batch.hosts)
            self.log.changed(batch.number)
            self._require(wait(self.tools, _WHOLE_S, lambda: self.silent(batch)), "after it")
            watchers.returned(batch.hosts)
        if failed := lead_back(self.tools, self.log, is_waiting=True):
            raise WayFailed("; ".join(failed))
        self._require(wait(self.tools, _WHOLE_S, lambda: self.lacking(batch)), "after it")
        self.log.whole(batch.number)

    @staticmethod
    def _require(lacking: str | None, when: str) -> None:
        if lacking is not None:
            raise WayFailed(f"{when}: {lacking}")


def roll(
    tools: Tools,
    change: Change,
    batches: Sequence[Batch],
    log: Log,
    *,
    half_done: int | None = None,
    is_changed: bool = False,
) -> Rolled:
    """Take batches through in turn, to the end or to the first deviation; nothing is raised for that.

    A run that goes on from a journal names the batch that was half done; its log has what was drained for it.
    """
    run = _Run(tools, change, log, Health(tools))
    gone: list[Gone] = []
    for position, batch in enumerate(batches):
        started = tools.clock.now()
        notes: list[str] = []
        tools.say(f"batch {batch.number}: {', '.join(batch.hosts)}")
        try:
            if batch.number == half_done:
                notes = [] if is_changed else run.take_all(batch)
                run.finish(batch, is_changed=is_changed)
            else:
                notes = run.go(batch)
        except KeyboardInterrupt:
            lead_back(tools, log, is_waiting=False)
            raise
        except (WayFailed, ChangeFailed, OSError) as deviation:
            failed = lead_back(tools, log, is_waiting=False)
            gone.append(Gone(batch, started, tools.clock.now(), False, tuple(notes)))
            left = tuple(batches[position + 1 :])
            return Rolled(tuple(gone), left, f"batch {batch.number}: {deviation}", failed)
        gone.append(Gone(batch, started, tools.clock.now(), True, tuple(notes)))
    log.end()
    return Rolled(tuple(gone), (), None)


def lead_back(tools: Tools, log: Log, *, is_waiting: bool) -> tuple[str, ...]:
    """Take back every way in reverse; a sentence for each that is left, which the log keeps.

    A router leads again only when its sessions are up; `is_waiting` waits for them.
    """
    failed: list[str] = []
    for way in reversed(log.drained):
        if (said := led_back(tools, way, is_waiting=is_waiting)) is None:
            log.led_back(way)
        else:
            failed.append(said)
    return tuple(failed)


def led_back(tools: Tools, way: Way, *, is_waiting: bool) -> str | None:
    """Take back one way; None where that is done, else the sentence."""
    lacking = None
    if way.kind in ("routing", "gateway"):
        lacking = _sessions(tools, way, is_waiting)
    if lacking is None:
        try:
            take_back(tools, way)
        except (WayFailed, OSError) as reason:
            lacking = str(reason)
    return lacking and f"{way.host} stays drained ({way.kind}): {lacking}"


def _sessions(tools: Tools, way: Way, is_waiting: bool) -> str | None:
    def look() -> str | None:
        found = Health(tools).router(way.host)
        return found[0] if found else None

    return wait(tools, _WHOLE_S if is_waiting else 5.0, look)
