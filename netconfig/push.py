"""Devices made to run what they should run: read, difference, type, read back, compare, save.

Invariant: a device is called right only after its own running configuration, read back, equals what is wanted; return codes
and prompts prove nothing. A device that fails is a result beside the others, and pushing again finishes what it left.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path

from inventory import Estate
from netconfig.canonical import Config, read_config
from netconfig.dialects.frr import FRR
from netconfig.differ import delta, look
from netconfig.drift import Intended, SectionDrift, compare
from netconfig.guard import Guard, GuardFailed
from netconfig.mask import mask_secrets
from netconfig.render import router_config
from netconfig.sessions import Watch
from netconfig.terminal import UNREACHABLE, Access, OpenTerminal, Terminal, ssh_opener

__all__ = ["PushResult", "plan_text", "push", "push_device", "push_texts"]

# Beyond about 20 at once the key exchanges of SSH take all of two cores, and nothing is gained.
WORKERS = 20
# A second round catches what FRR drops as a side effect of another line; what is then left is an error.
_ROUNDS = 2

_BY_ITSELF = "what was begun goes back by itself"
_SHOW = "show running-config"
_SAVE = "write memory"
_HOSTNAME = re.compile(r"^hostname (\S+)", re.MULTILINE)
_COMPLAINT = re.compile(r"^\s*% .*", re.MULTILINE)


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


def push(
    estate: Estate,
    within: Sequence[str] | None,
    access: Access,
    transcripts: Path,
    *,
    hosts: Sequence[str] | None = None,
    is_applied: bool = True,
    is_drained: bool = False,
    guard: Guard | None = None,
    workers: int = WORKERS,
) -> dict[str, PushResult]:
    """Push every booted router and balancer (or `hosts`); `is_applied` false plans only and changes nothing.

    `is_drained` pushes the variant that nothing passes through; pushing without it leads back. With a `guard` each
    device takes its change back unless its sessions are up again and it can be told so over a new connection.
    """
    devices = [
        host
        for host in estate.select(within=within)
        if (host.role == "router" if hosts is None else host.name in hosts)
    ]
    texts = {
        host.name: router_config(estate, host.name, within, is_drained=is_drained)
        for host in devices
    }
    addresses = {host.name: str(host.address) for host in devices}
    return push_texts(
        texts,
        ssh_opener(addresses, access, transcripts),
        is_applied=is_applied,
        guard=guard,
        watch=None if guard is None else Watch.of(estate, list(texts), within),
        workers=workers,
    )


def push_texts(
    texts: Mapping[str, str],
    opener: OpenTerminal,
    *,
    is_applied: bool = True,
    guard: Guard | None = None,
    watch: Watch | None = None,
    workers: int = WORKERS,
) -> dict[str, PushResult]:
    """Push each device its text, many at once; the answer has an entry for every device, in the same order."""
    with ThreadPoolExecutor(max_workers=workers) as pool:
        running = {
            host: pool.submit(_push_one, host, text, opener, is_applied, guard, watch)
            for host, text in texts.items()
        }
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


def push_device(
    host: str,
    text: str,
    terminal: Terminal,
    *,
    is_applied: bool = True,
    guard: Guard | None = None,
    watch: Watch | None = None,
) -> PushResult:
    """Push one device over an open session; `seconds` is left 0. Raises what the terminal raises, and GuardFailed."""
    wanted = read_config(text)
    shown = terminal.read(_SHOW)
    if (name := _name_of(shown)) != host:
        return PushResult(
            host, False, (), "", f"the device at {host}'s address says it is {name}", 0
        )
    running = read_config(shown)
    # What an earlier push left half-way is about to go back: what runs is not what stays.
    if guard is not None and is_applied and guard.wait_free(host):
        running = read_config(terminal.read(_SHOW))
    commands = delta(running, wanted)
    result = PushResult(
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
    if not is_applied:
        return result
    if guard is None:
        return replace(result, error=_apply(terminal, running, wanted) or _save(terminal))
    if not commands:
        return result
    before = None if watch is None else watch.look(host, terminal)
    guard.arm(host)
    error = _apply(terminal, running, wanted, lambda: guard.hold(host))
    if error is None and watch is not None and before is not None:
        error = watch.wait(host, terminal, before)
    if error is not None:
        guard.back(host)
        return replace(result, error=f"{error}; it was taken back")
    guard.confirm(host)
    return result


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


def _push_one(
    host: str,
    text: str,
    opener: OpenTerminal,
    is_applied: bool,
    guard: Guard | None,
    watch: Watch | None,
) -> PushResult:
    began = time.monotonic()
    try:
        with opener(host) as terminal:
            result = push_device(
                host, text, terminal, is_applied=is_applied, guard=guard, watch=watch
            )
    except GuardFailed as failed:
        result = PushResult(host, False, (), "", mask_secrets(f"{failed}; {_BY_ITSELF}"), 0)
    except UNREACHABLE as error:
        reason = mask_secrets(" ".join(str(error).split())) or type(error).__name__
        more = "" if guard is None else f"; {_BY_ITSELF}"
        result = PushResult(host, False, (), "", f"not reached: {reason}{more}", 0)
    return replace(result, seconds=round(time.monotonic() - began, 3))


def _name_of(shown: str) -> str:
    match = _HOSTNAME.search(shown)
    return match[1] if match else "nameless"
