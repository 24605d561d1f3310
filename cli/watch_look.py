"""One look at everything for the page: Prometheus, the night, the plan, the curves; each part fails by itself."""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from cli.batch_reach import BatchFailed, UnreachableBatch, ask_night, batch_hosts
from cli.exits import RefusedCall
from cli.running import Reached
from cli.watch_page import Known
from inventory import Estate
from inventory.transport import Transport
from monitors.capacity.prometheus import Prometheus
from monitors.forecast.events import Event, InvalidEvents, event_of, read_events
from monitors.metrics.batch import read_state
from monitors.night.hours import operating_day
from monitors.watching.curves import Curve, curve_of
from monitors.watching.memory import Memory, read_memory, remember, write_memory
from monitors.watching.tonight import Tonight, told_by_state, tonight
from monitors.watching.view import Night, View

__all__ = ["Files", "Looker"]

_CURVES_S = 6 * 3600.0
"""After so long curves are asked for anew: they are of whole days."""
_NIGHT_S = 5.0
_STATE_S = 900.0
"""A file of state or events older than this is not fresh, as the alert BatchSilent has it."""


@dataclass(frozen=True, slots=True)
class Files:
    """What lies on this machine: plans by day, what was known last, and what the call names."""

    plans: Path
    memory: Path
    events: Path | None = None
    state: Path | None = None
    history: Path | None = None
    """Nights that are over, to learn from."""


@dataclass(slots=True)
class Looker:
    """Looks again and again; it keeps the curves, and since when who is silent.

    `look_at` gives the view, `prometheus` the one to ask for histories when a host of that name answers.
    """

    estate: Estate
    files: Files
    look_at: Callable[[], View]
    prometheus: Callable[[str], Prometheus]
    reached: Reached | None = None
    clock: Callable[[], float] = time.time
    _curves: dict[str, Curve] = field(default_factory=dict)
    _curves_at: float | None = None
    _memory: Memory | None = None

    def look(self, curves: int | None = None) -> Known:
        """Look once; at most so many curves are asked for (default: every one), the others follow in later looks."""
        standing: AbstractContextManager[Transport | None] = (
            nullcontext() if self.reached is None else self.reached.conductor.at_bastion()
        )
        with standing as transport:
            view = self.look_at()
            now = self.clock()
            memory = self._memory = self._remembered(view, now)
            night = self._night(view, memory, transport, now)
            why = self._ask_curves(view, curves, now)
        # The moment of the answers, not of the curves behind them.
        return Known(now, view, memory, night, tuple(self._curves.values()), why, self._curves_at)

    def _remembered(self, view: View, now: float) -> Memory:
        memory = remember(self._memory or read_memory(self.files.memory), view, now)
        # What cannot be kept is only not known after the next start.
        with suppress(OSError):
            write_memory(self.files.memory, memory)
        return memory

    def _night(
        self, view: View, memory: Memory, transport: Transport | None, now: float
    ) -> Tonight:
        notes: list[str] = []
        events = self._events(transport, now, notes)
        told, by, is_fresh = self._told(view, memory, now)
        return tonight(
            self.estate,
            now,
            self.files.plans,
            events,
            told,
            by,
            notes,
            is_fresh=is_fresh,
            are_events_fresh=self._are_events_fresh(now),
            history=self.files.history,
        )

    def _are_events_fresh(self, now: float) -> bool:
        """A file that nobody has written to for long may have been left behind by the night."""
        if self.files.events is None:
            return True
        try:
            return now - self.files.events.stat().st_mtime <= _STATE_S
        except OSError:
            return False

    def _told(self, view: View, memory: Memory, now: float) -> tuple[Night | None, str, bool]:
        """Who tells of the night: Prometheus, else its state file, else the last answer."""
        if view.night is not None:
            return view.night, f"as {view.source} says", True
        state = read_state(self.files.state) if self.files.state else None
        if state is not None:
            told, written = told_by_state(state), state.get("written")
            if told is not None and isinstance(written, int | float):
                said = f"as its state file said at {self._clock(written)}"
                return told, said, 0 <= now - written <= _STATE_S
        if view.source is None and memory.view is not None and memory.at is not None:
            said = f"as {memory.view.source} said at {self._clock(memory.at)}"
            return memory.view.night, said, False
        return None, "", False

    def _clock(self, at: float) -> str:
        return f"{datetime.fromtimestamp(at, ZoneInfo(self.estate.calendar.timezone)):%H:%M:%S}"

    def _events(
        self, transport: Transport | None, now: float, notes: list[str]
    ) -> tuple[Event, ...] | None:
        if self.files.events is not None:
            try:
                return read_events(self.files.events)
            except (OSError, InvalidEvents) as error:
                notes.append(f"The night's events cannot be read: {error}.")
                return None
        if transport is None or self.reached is None:
            return None
        day = operating_day(
            self.estate.batch, self.estate.calendar, datetime.fromtimestamp(now, UTC)
        ).isoformat()
        try:
            hosts = batch_hosts(self.reached)
            said: dict[str, Any] = ask_night(transport, hosts, "events", deadline_s=_NIGHT_S)
            if said["night"] != day:
                notes.append(f"The night that runs is '{said['night']}', not that of {day}.")
                return None
            return tuple(event_of(one, said["night"]) for one in said["events"])
        except (RefusedCall, UnreachableBatch, BatchFailed, InvalidEvents, KeyError) as error:
            notes.append(f"The batch hosts do not say what the night does: {error}")
            return None

    def _ask_curves(self, view: View, most: int | None, now: float) -> str:
        measures = self.estate.capacity.measures
        if not measures:
            return "The estate has no measures; write a section `measures:` as docs/monitors/capacity.md shows."
        if self._curves_at is not None and now - self._curves_at > _CURVES_S:
            self._curves, self._curves_at = {}, None
        missing = [measure for name, measure in measures.items() if name not in self._curves]
        if view.source is None:
            return (
                "No curve: Prometheus has the histories, and nobody answers."
                if not self._curves
                else "Nobody answers: the curves are those of the last time."
            )
        until = self.estate.calendar.today() - timedelta(days=1)
        for measure in missing[:most]:
            found = curve_of(self.estate, self.prometheus(view.source), measure, until)
            self._curves[measure.name] = found
            self._curves_at = self._curves_at or now
        left = len(measures) - len(self._curves)
        return f"{left} of {len(measures)} measures are still being asked for." if left else ""
