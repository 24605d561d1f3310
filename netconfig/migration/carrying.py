"""A plan carried out on devices, step by step: pushed, proven, and at the first deviation taken back and stopped.

Invariant: a step begins only after the one before it was proven. A step that fails anywhere is taken back everywhere, in
reverse order, and nothing after it begins; what stands then is the state that the model judged last.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Protocol

from netconfig.guard import Guard
from netconfig.migration.plan import Step
from netconfig.push import PushResult, push_texts
from netconfig.safeguard import Safeguard
from netconfig.sessions import Watch
from netconfig.terminal import OpenTerminal

__all__ = ["Carried", "Hands", "Proof", "Pushing", "carry"]

Proof = Callable[[Step], str | None]
"""What is wrong, as a sentence; None = nothing: asked before a step (may it begin?) and after it (did it hold?)."""


class Hands(Protocol):
    """Does to devices what a step says."""

    def change(self, step: Step) -> tuple[PushResult, ...]:
        """Give the step's devices what they run after it."""
        ...

    def change_back(self, step: Step) -> tuple[PushResult, ...]:
        """Give them what they ran before it, the last one first."""
        ...


@dataclass(frozen=True, slots=True)
class Carried:
    """What came of a step; `error` None = it stands."""

    step: Step
    devices: tuple[PushResult, ...]
    error: str | None
    taken_back: tuple[PushResult, ...]
    seconds: float


def carry(
    steps: Iterable[Step], hands: Hands, *, may_begin: Proof, has_held: Proof
) -> Iterator[Carried]:
    """Carry steps out one after the other, and give each as it is done; it ends at the first that failed."""
    for step in steps:
        began = time.monotonic()
        results: tuple[PushResult, ...] = ()
        back: tuple[PushResult, ...] = ()
        error = may_begin(step)
        if error is None:
            results = hands.change(step)
            wrong = [f"{one.device}: {one.error}" for one in results if one.error is not None]
            error = "; ".join(wrong) or has_held(step)
            if error is not None:
                back = hands.change_back(step)
        yield Carried(step, results, error, back, round(time.monotonic() - began, 3))
        if error is not None:
            return


@dataclass(frozen=True, slots=True)
class Pushing:
    """Hands that push: first the devices with a guard of their own, then the others.

    So a line's two ends are changed in the order of the step, its network's last. `is_guarded` = by device, whether one is
    installed there; `with_networks` = in a twin, where the networks' devices are pushed too; `within` = what is booted.
    """

    opener: OpenTerminal
    guard_of: Callable[[Step], Guard | None] = lambda _: None
    is_guarded: Callable[[str], bool] = lambda _: True
    with_networks: bool = False
    within: Collection[str] | None = None

    def change(self, step: Step) -> tuple[PushResult, ...]:
        """Push what comes after the step; the others are not begun where a guarded device failed."""
        guarded, others = self._apart(step.texts(with_networks=self.with_networks))
        done = self._push(guarded, self._guarded(step, self._checks(step, list(guarded))))
        if all(one.is_ok for one in done):
            done += self._push(others)
        return done

    def change_back(self, step: Step) -> tuple[PushResult, ...]:
        """Push what was before the step, in the other order; a device that went was not changed."""
        staying = {one.device for one in step.devices if one.after is not None}
        texts = step.texts_back(with_networks=self.with_networks)
        guarded, others = self._apart({d: text for d, text in texts.items() if d in staying})
        # Without checks: what it brought up goes down again.
        return self._push(others) + self._push(guarded, self._guarded(step, ()))

    def _apart(self, texts: Mapping[str, str]) -> tuple[dict[str, str], dict[str, str]]:
        guarded = {device: text for device, text in texts.items() if self.is_guarded(device)}
        return guarded, {d: text for d, text in texts.items() if d not in guarded}

    def _guarded(self, step: Step, checks: tuple[Watch, ...]) -> Safeguard | None:
        guard = self.guard_of(step)
        return None if guard is None else Safeguard(guard, checks)

    def _push(
        self, texts: Mapping[str, str], safeguard: Safeguard | None = None
    ) -> tuple[PushResult, ...]:
        return tuple(push_texts(texts, self.opener, safeguard=safeguard).values())

    def _checks(self, step: Step, devices: list[str]) -> tuple[Watch, ...]:
        estate = step.estate
        if estate is None or not all(device in estate.hosts for device in devices):
            return ()
        here = None if self.within is None else frozenset(self.within) & frozenset(estate.hosts)
        # Which lines must be up is in `requires`, asked before the step: a line that it brings up is down still.
        return (replace(Watch.of(estate, devices, here), lines={}),)
