"""Devices made to run what they should run: read, difference, type, read back, compare, save.

Invariant: a device is called right only after its own running configuration, read back, equals what is wanted; return codes
and prompts prove nothing. A device that fails is a result beside the others, and pushing again finishes what it left.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from functools import lru_cache

from netconfig.canonical import Config, read_config
from netconfig.dialects.frr import FRR
from netconfig.differ import delta, look
from netconfig.drift import Intended, SectionDrift, compare
from netconfig.guard import GuardFailed, digest
from netconfig.mask import mask_secrets
from netconfig.safeguard import Safeguard, UnfitFailed
from netconfig.terminal import UNREACHABLE, OpenTerminal, Terminal

__all__ = [
    "WORKERS",
    "PushResult",
    "StrangeDeviceFailed",
    "attempt",
    "failure",
    "plan_text",
    "planned",
    "push_device",
    "push_texts",
    "read_running",
]

# Beyond about 20 at once the key exchanges of SSH take all of two cores, and nothing is gained.
WORKERS = 20
# A second round catches what FRR drops as a side effect of another line; what is then left is an error.
_ROUNDS = 2

_BY_ITSELF = "what was begun goes back by itself"
_SHOW = "show running-config"
_SAVE = "write memory"
_HOSTNAME = re.compile(r"^hostname (\S+)", re.MULTILINE)
_COMPLAINT = re.compile(r"^\s*% .*", re.MULTILINE)


class StrangeDeviceFailed(Exception):
    """Another device answers at an address; nothing was typed."""


@dataclass(frozen=True, slots=True)
class PushResult:
    """What came of one device.

    `commands` is what is sent, `diff` what the device will look like by that (both masked); `changed` says that it was sent
    (with `is_applied` false: that it would be). `error` is a sentence, None = the device runs and has saved what is wanted.
    """

    device: str
    changed: bool
    commands: tuple[str, ...]
    diff: str
    error: str | None
    seconds: float
    sections: tuple[SectionDrift, ...] = ()
    """The sections that differ, with the lines to add to and to remove from each (masked)."""

    @property
    def is_ok(self) -> bool:
        """Whether nothing went wrong."""
        return self.error is None


def push_texts(
    texts: Mapping[str, str],
    opener: OpenTerminal,
    *,
    is_applied: bool = True,
    safeguard: Safeguard | None = None,
    workers: int = WORKERS,
) -> dict[str, PushResult]:
    """Push each device its text, all in one wave; the answer has an entry for every device, in the same order.

    With a safeguard each device takes its change back unless the checks hold and it can be told so over a new connection.
    """

    def one(host: str, text: str) -> PushResult:
        def push() -> PushResult:
            with opener(host) as terminal:
                return push_device(host, text, terminal, is_applied=is_applied, safeguard=safeguard)

        return attempt(host, push, is_guarded=safeguard is not None)

    with ThreadPoolExecutor(max_workers=workers) as pool:
        running = {host: pool.submit(one, host, text) for host, text in texts.items()}
        return {host: future.result() for host, future in running.items()}


def plan_text(result: PushResult) -> str:
    """What will be sent to a device and what it will then look like, for people to read before it happens."""
    if result.error is not None:
        return f"{result.device}: {result.error}\n"
    if not result.commands:
        return f"{result.device}: no change\n"
    sent = "".join(f"  {line}\n" for line in result.commands)
    seen = "".join(f"  {line}\n" for line in result.diff.splitlines())
    return f"{result.device}: {len(result.commands)} lines to send\n{sent}{result.device}: the difference\n{seen}"


def read_running(host: str, terminal: Terminal) -> str:
    """What a device shows that it runs; StrangeDeviceFailed where another one answers at its address."""
    shown = terminal.read(_SHOW)
    if (name := _name_of(shown)) != host:
        raise StrangeDeviceFailed(f"the device at {host}'s address says it is {name}")
    return shown


# Surveyed first and pushed in a later wave: mostly the same texts.
@lru_cache(maxsize=512)
def planned(host: str, shown: str, text: str) -> PushResult:
    """What a push would send to a device that shows one text and should run another."""
    running, wanted = read_config(shown), read_config(text)
    commands = delta(running, wanted)
    return PushResult(
        device=host,
        changed=bool(commands),
        commands=tuple(mask_secrets(line) for line in commands),
        diff=mask_secrets(look(running, wanted)),
        error=None,
        seconds=0,
        sections=tuple(
            section for section in compare(shown, Intended(FRR, text)) if not section.is_intended
        ),
    )


def push_device(
    host: str,
    text: str,
    terminal: Terminal,
    *,
    is_applied: bool = True,
    safeguard: Safeguard | None = None,
    shown: str | None = None,
    known: str | None = None,
) -> PushResult:
    """Push one device over an open session; `seconds` is left 0. `shown` is what it runs, where that was read just now.

    `known` is what it ran some time ago: that holds where its guard, being armed, says that it still runs it.

    Raises what the terminal raises, StrangeDeviceFailed, UnfitFailed and GuardFailed.
    """
    is_armed = False
    if safeguard is not None and known is not None and shown is None:
        result = planned(host, known, text)
        if result.commands:
            begun = safeguard.begin(host, terminal)
            is_armed = begun.is_armed
            if is_armed and begun.runs == digest(known):
                return _change(host, text, terminal, safeguard, result, known)
    shown = shown or read_running(host, terminal)
    result = planned(host, shown, text)
    if not is_applied:
        return result
    if safeguard is None:
        error = _apply(terminal, read_config(shown), read_config(text)) or _save(terminal)
        return replace(result, error=error)
    # What an earlier push left half-way is about to go back: what runs is not what stays.
    if is_armed and not result.commands:
        # Somebody else made it so in between: nothing is typed, so nothing is to be waited for.
        safeguard.guard.back(host, terminal)
        return result
    if not result.commands:
        is_moving = safeguard.guard.wait_free(host, terminal)
    else:
        is_moving = not safeguard.begin(host, terminal).is_armed
    if is_moving:
        return push_device(host, text, terminal, safeguard=safeguard)
    if not result.commands:
        return result
    return _change(host, text, terminal, safeguard, result, shown)


def _change(
    host: str,
    text: str,
    terminal: Terminal,
    safeguard: Safeguard,
    result: PushResult,
    shown: str,
) -> PushResult:
    """Type into a device that is armed, check, and say that it stays, or have it taken back."""
    guard = safeguard.guard
    running, wanted = read_config(shown), read_config(text)
    error = _apply(terminal, running, wanted, lambda: guard.hold(host, terminal))
    if error is None:
        with guard.confirming(host) as confirm:
            error = safeguard.wait(host, terminal)
            if error is None:
                confirm()
                return result
    guard.back(host, terminal)
    return replace(result, error=f"{error}; it was taken back")


def attempt(host: str, push: Callable[[], PushResult], *, is_guarded: bool) -> PushResult:
    """Push, and make a result of whatever comes of it."""
    began = time.monotonic()
    try:
        result = push()
    except (StrangeDeviceFailed, UnfitFailed) as failed:
        result = failure(host, str(failed))
    except GuardFailed as failed:
        result = failure(host, f"{failed}; {_BY_ITSELF}")
    except UNREACHABLE as error:
        reason = " ".join(str(error).split()) or type(error).__name__
        result = failure(host, f"not reached: {reason}{f'; {_BY_ITSELF}' if is_guarded else ''}")
    return replace(result, seconds=round(time.monotonic() - began, 3))


def failure(host: str, sentence: str) -> PushResult:
    """A device on which nothing came about, and why."""
    return PushResult(host, False, (), "", mask_secrets(sentence), 0)


def _apply(
    terminal: Terminal,
    running: Config,
    wanted: Config,
    hold: Callable[[], object] = lambda: None,
) -> str | None:
    """Type until the device runs what is wanted; a sentence where it does not. `hold` is asked before typing again."""
    commands = delta(running, wanted)
    complaints: list[str] = []
    for number in range(_ROUNDS):
        if not commands:
            break
        if number:
            hold()
        complaints += _COMPLAINT.findall(terminal.type_lines(commands))
        running = read_config(terminal.read(_SHOW))
        commands = delta(running, wanted)
    if commands:
        said = "; ".join(mask_secrets(line.strip()) for line in complaints) or "nothing"
        left = mask_secrets(look(running, wanted))
        return f"not as wanted after {_ROUNDS} rounds; it said: {said}; left over:\n{left}"
    return None


def _save(terminal: Terminal) -> str | None:
    # Also without a change: a push that was cut off may have left a running configuration that was never saved.
    saved = terminal.read(_SAVE)
    return None if "[OK]" in saved else f"runs as wanted, but '{_SAVE}' failed: {saved.strip()}"


def _name_of(shown: str) -> str:
    match = _HOSTNAME.search(shown)
    return match[1] if match else "nameless"
