"""A state on the way, judged by the model: undisturbed, under single failures, and with what a step takes away.

Sites that are alike stand for each other (`netconfig/model/reduction.py`), and some of those that the step touches are
always among them. While a change is half spread, a question may be answered as before or as after: both are right.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field

from inventory import Estate
from netconfig.derivation import ROUTED_ROLES
from netconfig.migration.state import State
from netconfig.model.device import Device
from netconfig.model.examiner import WRONG_CENTRE, Examiner
from netconfig.model.failures import Failure, every_failure
from netconfig.model.findings import UNDISTURBED, Violation
from netconfig.model.network import Restless
from netconfig.model.numbers import spell_prefix
from netconfig.model.reader import read_device
from netconfig.model.reduction import reduce_estate
from netconfig.model.surroundings import surround
from netconfig.model.verify import core_of, examine

__all__ = ["Checker", "Cut"]


@dataclass(frozen=True, slots=True)
class Cut:
    """What a step takes away while it happens: wires with both ends, sessions that start anew, whole devices."""

    wires: frozenset[str] = frozenset()
    sessions: frozenset[tuple[str, str]] = frozenset()
    """The two devices of each, in either order."""
    devices: frozenset[str] = frozenset()

    def __bool__(self) -> bool:
        return bool(self.wires or self.sessions or self.devices)


@dataclass
class Checker:
    """Judges states; remembers what it has read, and what is wrong in the estates themselves."""

    within: frozenset[str] | None = None
    known: frozenset[tuple[str, str]] = frozenset()
    """Questions (source, destination) that the first estate answers wrongly after some failure."""
    states: int = 0
    failures: int = 0
    _read: dict[tuple[str, str], Device] = field(default_factory=dict)

    def learn(self, estate: Estate, texts: Mapping[str, str], *, is_start: bool) -> list[Violation]:
        """What is wrong with one end; what the start answers wrongly after a failure is so today, and only known."""
        found = self._judge(estate, texts, ())
        if is_start:
            self.known = frozenset(
                (v.source, v.destination) for v in found if v.failure != UNDISTURBED
            )
        return [violation for violation in found if not self._is_known(violation)]

    def settled(
        self, state: State, texts: Mapping[str, str], sample: Collection[str]
    ) -> list[Violation]:
        """What is wrong in a state; `sample` are devices whose sites must be looked at themselves."""
        return self._counted(state, self._judge(state.estate, texts, sample))

    def between(
        self,
        before: State,
        after: State,
        texts: Mapping[str, str],
        sample: Collection[str],
    ) -> list[Violation]:
        """What is wrong in a state half-way by the light of both states, after the same failure."""
        one = self._counted(before, self._judge(before.estate, texts, sample, is_told_once=False))
        if not one:
            return []
        places = {(v.failure, v.source, v.destination) for v in one}
        other = self._counted(after, self._judge(after.estate, texts, sample, is_told_once=False))
        return [v for v in other if (v.failure, v.source, v.destination) in places]

    def silences(
        self, estate: Estate, texts: Mapping[str, str], cut: Cut, after: Estate
    ) -> list[Violation]:
        """The questions that nobody answers while a step takes `cut` away; what is not in `after` is not asked for."""
        if not cut:
            return []
        ends = {name for pair in cut.sessions for name in pair} | cut.devices
        wires = {wire.name: wire for wire in estate.wires()}
        ends |= {end.host for name in cut.wires for end in wires[name].ends}
        # Every site that loses something is asked itself.
        examiner = self._examiner(estate, texts, ends)
        if isinstance(examiner, Violation):
            return [examiner]
        examiner.undisturbed()
        already = {(v.source, v.destination) for v in examiner.report.violations}
        examiner.report.violations.clear()
        examiner.single(_failure(examiner, cut), returns=False)
        self.failures += 1
        gone = _gone(estate, after)
        return [
            violation
            for violation in examiner.report.violations
            if not {violation.source, violation.destination} & gone
            and (violation.source, violation.destination) not in already
        ]

    def device(self, name: str, text: str) -> Device:
        """A text as the model reads it; each is read once."""
        key = (name, text)
        if key not in self._read:
            self._read[key] = read_device(name, text)
        return self._read[key]

    def _counted(self, state: State, found: Sequence[Violation]) -> list[Violation]:
        return [v for v in found if not self._is_known(v) and not _is_bearable(state, v)]

    def _is_known(self, violation: Violation) -> bool:
        return (
            violation.failure != UNDISTURBED
            and (violation.source, violation.destination) in self.known
        )

    def _judge(
        self,
        estate: Estate,
        texts: Mapping[str, str],
        sample: Collection[str],
        *,
        is_told_once: bool = True,
    ) -> list[Violation]:
        self.states += 1
        examiner = self._examiner(estate, texts, sample)
        if isinstance(examiner, Violation):
            return [examiner]
        examiner.undisturbed(is_told_once=is_told_once)
        for failure in every_failure(examiner.network.plan):
            if not any(device.startswith("tenant-") for device in failure.devices):
                self.failures += 1
                examiner.single(failure)
        return list(dict.fromkeys(examiner.report.violations))

    def _examiner(
        self, estate: Estate, texts: Mapping[str, str], sample: Collection[str]
    ) -> Examiner | Violation:
        devices = [self.device(name, text) for name, text in texts.items() if name in estate.hosts]
        running = {device.name for device in devices}
        within = frozenset(
            host.name
            for host in estate.hosts.values()
            if (host.name in running or host.role not in ROUTED_ROLES)
            and (self.within is None or host.name in self.within)
        )
        around = surround(estate, within)
        wanted = {around.sites.get(name) for name in (*core_of(estate, devices), *sample)} - {None}
        core = {name for name in running if around.sites.get(name) in wanted}
        kept, near = reduce_estate(devices, around, estate, core)
        try:
            return examine(estate, kept, near, within)
        except Restless as restless:
            where = spell_prefix(restless.prefix)
            sentence = f"the routes to {where} at {restless.router} never settle"
            return Violation(UNDISTURBED, restless.router, where, (restless.router,), sentence)


def _is_bearable(state: State, violation: Violation) -> bool:
    """With one border led around, the other one's failure sends people to the next home: they are answered."""
    return (
        bool(state.drained)
        and violation.failure != UNDISTURBED
        and violation.sentence.endswith(WRONG_CENTRE)
    )


def _failure(examiner: Examiner, cut: Cut) -> Failure:
    plan = examiner.network.plan
    ports = [
        port
        for number, wire in enumerate(plan.wires)
        if wire.name in cut.wires
        for port in plan.ports_on[number]
    ]
    for name in cut.devices & set(plan.index):
        for port in plan.ports_of[plan.index[name]]:
            wire = plan.ports[port].wire
            ports.append(port)
            ports += plan.ports_on[wire] if wire >= 0 and not plan.wires[wire].is_lan else []
    halves = [
        half.number
        for half in plan.halves
        if half.number < half.twin
        and {(plan.names[half.router], plan.names[half.far]), (plan.names[half.far], plan.names[half.router])}
        & cut.sessions
    ]  # fmt: skip
    return Failure("step", "itself", tuple(dict.fromkeys(ports)), tuple(halves), ())


def _gone(before: Estate, after: Estate) -> set[str]:
    """Names of sites, hosts and services that the step takes away for good."""
    return {
        name
        for one, other in (
            (before.sites, after.sites),
            (before.hosts, after.hosts),
            (before.services, after.services),
        )
        for name in one
        if name not in other
    }
