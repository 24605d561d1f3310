"""A plan carried out on devices, step by step: pushed, proven, and at the first deviation taken back and stopped.

Invariant: a step begins only after the one before it was proven. A step that fails anywhere is taken back everywhere, in
reverse order, and nothing after it begins; what stands then is the state that the model judged last.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass

from netconfig.guard import Guard
from netconfig.migration.plan import Step
from netconfig.push import PushResult, push_texts
from netconfig.safeguard import Safeguard
from netconfig.sessions import Watch
from netconfig.terminal import OpenTerminal

__all__ = ["Carried", "Proof", "carry"]

Proof = Callable[[Step], str | None]
"""What is wrong, as a sentence; None = nothing: asked before a step (may it begin?) and after it (did it hold?)."""


@dataclass(frozen=True, slots=True)
class Carried:
    """What came of a step; `error` None = it stands."""

    number: int
    title: str
    devices: tuple[PushResult, ...]
    error: str | None
    taken_back: tuple[PushResult, ...]
    seconds: float


def carry(
    steps: Iterable[Step],
    opener: OpenTerminal,
    *,
    may_begin: Proof,
    has_held: Proof,
    guard_of: Callable[[Step], Guard | None] = lambda _: None,
    with_networks: bool = False,
    within: Collection[str] | None = None,
) -> Iterator[Carried]:
    """Carry steps out one after the other, and give each as it is done; it ends at the first that failed.

    `with_networks` = in a twin, where the networks' devices are pushed too. `within` = what is booted.
    """
    for step in steps:
        began = time.monotonic()
        error = may_begin(step)
        if error is not None:
            yield _carried(step, (), error, (), began)
            return
        results = _push(
            step, step.texts(with_networks=with_networks), opener, guard_of(step), within
        )
        wrong = [f"{one.device}: {one.error}" for one in results if one.error is not None]
        error = "; ".join(wrong) or has_held(step)
        back: tuple[PushResult, ...] = ()
        if error is not None:
            texts = step.texts_back(with_networks=with_networks)
            guard = guard_of(step)
            safeguard = None if guard is None else Safeguard(guard)
            back = tuple(push_texts(texts, opener, safeguard=safeguard).values())
        yield _carried(step, results, error, back, began)
        if error is not None:
            return


def _push(
    step: Step,
    texts: dict[str, str],
    opener: OpenTerminal,
    guard: Guard | None,
    within: Collection[str] | None,
) -> tuple[PushResult, ...]:
    checks: tuple[Watch, ...] = ()
    if step.estate is not None:
        here = None if within is None else frozenset(within) & frozenset(step.estate.hosts)
        checks = (Watch.of(step.estate, list(texts), here),)
    safeguard = None if guard is None else Safeguard(guard, checks)
    return tuple(push_texts(texts, opener, safeguard=safeguard).values())


def _carried(
    step: Step,
    devices: tuple[PushResult, ...],
    error: str | None,
    back: tuple[PushResult, ...],
    began: float,
) -> Carried:
    seconds = round(time.monotonic() - began, 3)
    return Carried(step.number, step.title, devices, error, back, seconds)
