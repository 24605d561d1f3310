"""The rehearsal itself: each step is pushed under the streams, and the next one begins when all is as computed.

Invariant: a step begins only when every stream that somebody must answer is answered, every device's table is the one that
the model computes from what the devices run, and the sessions that the step requires are up. Packets are laid to the
step in which they are written down as lost: none of them is nobody's.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field

from dr.clock import Clock, MonotonicClock, wait_until
from dr.failure import DrillAborted
from dr.migration.asking import asked_in
from dr.migration.stage import Stage
from dr.migration.taken import Silence, Taken, deviation_of, foreseen_in, silences_of
from dr.sweep.gaps import Loss
from dr.sweep.streams import RATE, Streams, lacking
from dr.sweep.sweeper import STEADY_S
from inventory import Estate
from netconfig.migration.carrying import Carried, carry
from netconfig.migration.passages import Passage, served_by, tables_of
from netconfig.migration.plan import Step
from netconfig.model.tables import Row, compare, read_show_ip_route
from netconfig.reach import expected_sessions, missing_sessions, parse_bgp_summary

__all__ = ["APPLIED_S", "SETTLED_S", "Rehearser"]

SETTLED_S = 90.0
"""Sessions are looked for every 5 s."""
APPLIED_S = 6.0
"""FRR applies a policy that was changed 5 s after the last line of it was typed (`bgp route-map delay-timer`)."""
_TICK_S = 0.5
_REQUIRED_S = 30.0
_WRITTEN_S = 5.0

Tables = Mapping[str, tuple[Row, ...]]


@dataclass(slots=True)
class Rehearser:
    """Takes the steps of a plan on a stage, and measures what the offices see of each."""

    union: Estate
    """Both estates at once: what is booted."""
    hosts: Sequence[str]
    source: Estate
    start: Mapping[str, str]
    """What devices run before the first step."""
    passages: Sequence[Passage]
    stage: Stage
    streams: Streams
    borne_ms: int = 0
    """A longer run of packets without an answer is a deviation where the plan foresees none."""
    clock: Clock = field(default_factory=MonotonicClock)
    say: Callable[[str], object] = lambda _: None
    taken: list[Taken] = field(default_factory=list)
    memory_mb: float = 0.0
    _began: float = 0.0
    _mark: float = 0.0
    _settled_s: float | None = None
    _losses: list[Loss] = field(default_factory=list)
    """Of the step that is under way."""
    _tables: Tables = field(default_factory=dict)
    """As they were computed for what runs now."""

    def begin(self) -> None:
        """Wait until the first estate stands, and start the streams; DrillAborted where either does not come about."""
        services = self.source.services
        self.say(f"waiting until {self.source.name} stands as computed")
        self.stage.serve(served_by(self.union, services, self.hosts))
        self._tables = tables_of(self.union, self.start, services)
        devices = [name for name in self.start if name in self.source.hosts]
        if said := self._wait(SETTLED_S, lambda: self._down(devices, self.source)):
            raise DrillAborted(f"before the first step: {said}")
        if said := self._wait(SETTLED_S, lambda: self._unlike(self._tables, ())):
            raise DrillAborted(f"before the first step: {said}")
        self.say(f"starting {len(self._streams)} streams of {RATE:.0f} requests per second")
        self.streams.start()
        since, asked = self.clock.now(), self._asked(self.source)
        if said := self._wait(SETTLED_S, lambda: self._unsteady(asked, since)):
            raise DrillAborted(f"before the first step: {said}")
        # What was lost until they were steady is nothing to do with any step.
        self.streams.losses()
        self._began = self._mark = self.clock.now()

    def run(self) -> None:
        """Take step after step, up to the end or to the first that does not hold and is taken back."""
        for carried in carry(
            [passage.step for passage in self.passages],
            self.stage,
            may_begin=lambda step: self._may_begin(self._passage(step)),
            has_held=lambda step: self._has_held(self._passage(step)),
        ):
            passage = self._passage(carried.step)
            # One that might not begin has changed nothing.
            is_back = carried.error is not None and carried.devices
            back = self._stand_back(passage) if is_back else ""
            self._note(passage, carried, back)

    def _passage(self, step: Step) -> Passage:
        return self.passages[step.number - 1]

    def _may_begin(self, passage: Passage) -> str | None:
        step = passage.step
        self.say(f"step {step.number} of {len(self.passages)}: {step.title}")
        self._settled_s = None
        if said := self._wait(_REQUIRED_S, lambda: self._not_up(passage)):
            return said
        # A new home is there before anybody is sent to it.
        self.stage.serve(served_by(self.union, passage.offered, self.hosts))
        return None

    def _has_held(self, passage: Passage) -> str | None:
        pushed = self.clock.now()
        if passage.is_settled:
            self.stage.serve(served_by(self.union, passage.standing, self.hosts))
        tables = tables_of(self.union, passage.running, passage.standing)
        changed = [one.device for one in passage.step.devices if one.after is not None]
        said = self._wait(
            SETTLED_S, lambda: self._too_soon(pushed) or self._unlike(tables, changed)
        )
        if said is None and passage.is_settled:
            said = self._wait(SETTLED_S, lambda: self._down(changed, passage.after))
        since, asked = self.clock.now(), self._asked(passage.after)
        if not passage.is_settled:
            asked &= self._asked(passage.before)
        # Where it has failed already they are given the time that a lost packet needs to be written down.
        deadline_s = SETTLED_S if said is None else _WRITTEN_S
        unsteady = self._wait(deadline_s, lambda: self._unsteady(asked, since))
        self.memory_mb = max(self.memory_mb, self.stage.memory_mb())
        lost = deviation_of(self._lost(passage), foreseen_in(passage.step), self.borne_ms)
        if said or unsteady:
            words = [f"after {SETTLED_S:.0f} s {said or unsteady}", *([lost] if lost else [])]
            return "; ".join(words)
        self._settled_s = round(self.clock.now() - pushed, 3)
        self._tables = tables
        return lost

    def _stand_back(self, passage: Passage) -> str:
        """Wait until all is as before a step that was taken back; what is not."""
        self.say(f"step {passage.step.number} was taken back: waiting until all is as before")
        pushed, number = self.clock.now(), passage.step.number
        before = self.passages[number - 2] if number > 1 else None
        services = self.source.services if before is None else before.standing
        running = self.start if before is None else before.running
        self.stage.serve(served_by(self.union, services, self.hosts))
        tables = tables_of(self.union, running, services)
        said = self._wait(SETTLED_S, lambda: self._too_soon(pushed) or self._unlike(tables, ()))
        since, asked = self.clock.now(), self._asked(passage.before)
        said = said or self._wait(SETTLED_S, lambda: self._unsteady(asked, since))
        return said or ""

    def _note(self, passage: Passage, carried: Carried, back: str) -> None:
        now = self.clock.now()
        self.taken.append(
            Taken(
                step=carried.step,
                begun_s=round(self._mark - self._began, 3),
                ended_s=round(now - self._began, 3),
                settled_s=self._settled_s,
                # Also what was lost while it was taken back.
                silences=self._lost(passage),
                devices=carried.devices,
                deviation=carried.error,
                taken_back=carried.taken_back,
                back=back,
            )
        )
        self._mark = now
        self._losses.clear()

    def _lost(self, passage: Passage) -> tuple[Silence, ...]:
        self._losses += self.streams.losses()
        counted = self._asked(passage.before) & self._asked(passage.after)
        return silences_of(self._losses, counted, self._began)

    # What is looked at.

    @property
    def _streams(self) -> frozenset[str]:
        return frozenset(name for office in self.streams.offices for name in office.streams)

    def _asked(self, estate: Estate) -> frozenset[str]:
        return self._streams & asked_in(estate, self.hosts)

    def _unsteady(self, asked: Collection[str], since: float) -> str | None:
        return lacking(self.streams.standing(), asked, self.clock.now(), since, STEADY_S)

    def _too_soon(self, pushed: float) -> str | None:
        now = self.clock.now()
        return None if now >= pushed + APPLIED_S else "policies may not have been applied yet"

    def _unlike(self, tables: Tables, first: Collection[str]) -> str | None:
        """What devices have otherwise than computed; those that change are asked first, the others once these agree."""
        moved = [
            name for name, rows in tables.items() if name in first or rows != self._tables.get(name)
        ]
        others = [name for name in tables if name not in moved]
        return self._differing(tables, moved) or self._differing(tables, others)

    def _differing(self, tables: Tables, hosts: Sequence[str]) -> str | None:
        shown = self.stage.tables(hosts)
        for host in hosts:
            try:
                found = read_show_ip_route(shown[host])
            except (KeyError, ValueError):
                return f"{host} shows no table that can be read"
            if differences := compare(host, tables[host], found):
                more = f" (and {len(differences) - 1} more there)" if len(differences) > 1 else ""
                return f"{differences[0]}{more}"
        return None

    def _down(self, devices: Sequence[str], estate: Estate) -> str | None:
        here = frozenset(self.hosts) & frozenset(estate.hosts)
        for device in devices:
            wanted = expected_sessions(estate, device, here)
            try:
                missing = missing_sessions(wanted, **self.stage.sessions(device))
            except ValueError:
                return f"{device} gives no answer that can be read"
            if missing:
                return f"{device}: {missing[0]} is not up"
        return None

    def _not_up(self, passage: Passage) -> str | None:
        """A session that the step requires and that is away; such as are not booted are nobody's to ask."""
        ends = _ends(passage.before, self.hosts)
        for name in passage.step.requires:
            if name in ends:
                router, address = ends[name]
                try:
                    up = parse_bgp_summary(self.stage.sessions(router).get("bgp", ""))
                except ValueError:
                    return f"{router} gives no answer that can be read"
                if address not in up:
                    return f"{name} is down, and the step requires it"
        return None

    def _wait(self, deadline_s: float, look: Callable[[], str | None]) -> str | None:
        return wait_until(self.clock, deadline_s, look, _TICK_S)


def _ends(estate: Estate, within: Collection[str]) -> dict[str, tuple[str, str]]:
    """By the name of a line's session: its router, and the network's address there."""
    providers = {host.network: host.name for host in estate.hosts.values() if host.network}
    found = {}
    for line in estate.lines:
        router, provider = line.name.partition(":")[0], providers[line.network]
        if router in within and provider in within:
            found[f"{router} - {provider}"] = (router, str(line.provider_address.ip))
    return found
