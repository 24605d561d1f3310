"""One change tried on a state: spread over devices group by group, each group judged before the next."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from inventory import Estate
from netconfig.migration.judge import Checker, Cut
from netconfig.migration.moves import Move
from netconfig.migration.plan import DeviceChange, Step
from netconfig.migration.rules import cut_of, judge_step, other_sessions
from netconfig.migration.state import Renderer, State, changed
from netconfig.model.device import Device
from netconfig.model.findings import Violation

__all__ = ["Attempt", "Stand", "attempt"]

# So many sites of a group are looked at themselves; the others are like them or like their class.
_SAMPLE = 3


@dataclass(frozen=True)
class Stand:
    """A settled state with the texts that its devices run."""

    state: State
    texts: Mapping[str, str]


@dataclass(frozen=True)
class Attempt:
    """What came of a change: the steps and the stand after them, or what would break."""

    steps: tuple[Step, ...]
    after: Stand
    violations: tuple[Violation, ...] = ()


def attempt(move: Move, stand: Stand, renderer: Renderer, checker: Checker) -> Attempt:
    """Carry a change out on paper; it stops at the first group whose state is wrong."""
    before = stand.state
    after = move.edit(before)
    touched = move.touches(before, after)
    anew = renderer.texts(after, touched)
    gone = {name: None for name in stand.texts if name in touched and name not in anew}
    order = [name for name in (*stand.texts, *anew) if name in touched]
    names = changed(stand.texts, anew, dict.fromkeys(order))
    groups = move.spread(before, after, names)
    # A single move of one wave among others counts itself; one that is spread counts its groups.
    is_spread = len(groups) > 1
    running: dict[str, str] = dict(stand.texts)
    steps: list[Step] = []
    for number, group in enumerate(groups, start=1):
        step, violations = _step(
            move,
            before.estate,
            after.estate,
            running,
            {name: anew.get(name) for name in group},
            (number, len(groups)) if is_spread else move.wave,
            checker,
        )
        for name in group:
            if name in gone:
                running.pop(name, None)
            else:
                running[name] = anew[name]
        sample = _sample(before.estate, after.estate, group)
        if not violations and number < len(groups):
            violations = checker.between(before, after, running, sample)
        elif not violations:
            violations = checker.settled(after, running, sample)
        if violations:
            return Attempt(tuple(steps), stand, tuple(violations))
        steps.append(step)
    return Attempt(tuple(steps), Stand(after, running))


def _step(
    move: Move,
    before: Estate,
    after: Estate,
    running: Mapping[str, str],
    texts: Mapping[str, str | None],
    wave: tuple[int, int],
    checker: Checker,
) -> tuple[Step, list[Violation]]:
    cut = _cut(before, running, texts, checker)
    violations = list(judge_step(before, after, tuple(texts), cut))
    silences: Sequence[Violation] = ()
    if not violations and cut:
        silences = checker.silences(before, running, cut, after)
    hosts = {**before.hosts, **after.hosts}
    sites = tuple(dict.fromkeys(hosts[name].site or "" for name in texts if hosts[name].site))
    staying = [site for site in sites if site in before.sites and site in after.sites]
    step = Step(
        number=0,
        move=move.key,
        kind=move.kind,
        title=move.title,
        wave=wave,
        colour=move.colour,
        sites=sites,
        devices=tuple(
            DeviceChange(name, hosts[name].network is None, running.get(name), text)
            for name, text in texts.items()
        ),
        requires=other_sessions(before, staying, move.colour) if move.colour else (),
        silences=tuple(silences),
        estate=after,
    )
    return step, violations


def _cut(
    before: Estate,
    running: Mapping[str, str],
    texts: Mapping[str, str | None],
    checker: Checker,
) -> Cut:
    after: dict[str, Device | None] = {
        name: None if text is None else checker.device(name, text) for name, text in texts.items()
    }
    return cut_of(before, [checker.device(name, text) for name, text in running.items()], after)


def _sample(before: Estate, after: Estate, group: Sequence[str]) -> list[str]:
    """Devices of the first few sites of a group, and everything in it that is no branch's."""
    hosts = {**before.hosts, **after.hosts}
    sites = {**before.sites, **after.sites}
    branches = dict.fromkeys(
        hosts[name].site or ""
        for name in group
        if hosts[name].site and sites[hosts[name].site or ""].kind != "centre"
    )
    chosen = set(list(branches)[:_SAMPLE])
    return [
        name for name in group if hosts[name].site not in branches or hosts[name].site in chosen
    ]
