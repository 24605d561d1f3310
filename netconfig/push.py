"""Devices made to run what they should run: read, difference, type, read back, compare, save.

Invariant: a device is called right only after its own running configuration, read back, equals what is wanted; return codes
and prompts prove nothing. A device that fails is a result beside the others, and pushing again finishes what it left.
"""

from __future__ import annotations

import re
import time
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path

from inventory import Estate
from netconfig.canonical import read_config
from netconfig.dialects.frr import FRR
from netconfig.differ import delta, look
from netconfig.drift import Intended, SectionDrift, compare
from netconfig.mask import mask_secrets
from netconfig.render import router_config
from netconfig.terminal import UNREACHABLE, Access, OpenTerminal, Terminal, ssh_opener

__all__ = ["PushResult", "plan_text", "push", "push_device", "push_texts"]

# Beyond about 20 at once the key exchanges of SSH take all of two cores, and nothing is gained.
WORKERS = 20
# A second round catches what FRR drops as a side effect of another line; what is then left is an error.
_ROUNDS = 2

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
    workers: int = WORKERS,
) -> dict[str, PushResult]:
    """Push every booted router and balancer (or `hosts`); `is_applied` false plans only and changes nothing.

    `is_drained` pushes the variant that nothing passes through; pushing without it leads back.
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
        texts, ssh_opener(addresses, access, transcripts), is_applied=is_applied, workers=workers
    )


def push_texts(
    texts: Mapping[str, str],
    opener: OpenTerminal,
    *,
    is_applied: bool = True,
    workers: int = WORKERS,
) -> dict[str, PushResult]:
    """Push each device its text, many at once; the answer has an entry for every device, in the same order."""
    with ThreadPoolExecutor(max_workers=workers) as pool:
        running = {
            host: pool.submit(_push_one, host, text, opener, is_applied)
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


def push_device(host: str, text: str, terminal: Terminal, *, is_applied: bool = True) -> PushResult:
    """Push one device over an open session; `seconds` is left 0. Raises what the terminal raises."""
    wanted = read_config(text)
    shown = terminal.read(_SHOW)
    if (name := _name_of(shown)) != host:
        return PushResult(
            host, False, (), "", f"the device at {host}'s address says it is {name}", 0
        )
    running = read_config(shown)
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
    complaints: list[str] = []
    for _ in range(_ROUNDS):
        if not commands:
            break
        complaints += _COMPLAINT.findall(terminal.type_lines(commands))
        running = read_config(terminal.read(_SHOW))
        commands = delta(running, wanted)
    if commands:
        said = "; ".join(mask_secrets(line.strip()) for line in complaints) or "nothing"
        left = mask_secrets(look(running, wanted))
        return replace(
            result,
            error=f"not as wanted after {_ROUNDS} rounds; it said: {said}; left over:\n{left}",
        )
    # Also without a change: a push that was cut off may have left a running configuration that was never saved.
    saved = terminal.read(_SAVE)
    if "[OK]" not in saved:
        return replace(result, error=f"runs as wanted, but '{_SAVE}' failed: {saved.strip()}")
    return result


def _push_one(host: str, text: str, opener: OpenTerminal, is_applied: bool) -> PushResult:
    began = time.monotonic()
    try:
        with opener(host) as terminal:
            result = push_device(host, text, terminal, is_applied=is_applied)
    except UNREACHABLE as error:
        reason = mask_secrets(" ".join(str(error).split())) or type(error).__name__
        result = PushResult(host, False, (), "", f"not reached: {reason}", 0)
    return replace(result, seconds=round(time.monotonic() - began, 3))


def _name_of(shown: str) -> str:
    match = _HOSTNAME.search(shown)
    return match[1] if match else "nameless"
