"""What devices run against what they should run, section by section; nothing is changed.

Invariant: every line that a device shows and that means something is either intended or named, with the section it stands
in. A device is as intended if and only if every section is. Texts are compared with their secrets masked on both sides: that
a session has one is compared, which one it is cannot be.
"""

from __future__ import annotations

import re
import time
from collections.abc import Collection, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace

from netconfig.dialects import Dialect
from netconfig.dialects.dialect import Section
from netconfig.mask import MASK, mask_secrets
from netconfig.terminal import UNREACHABLE, OpenTerminal, Terminal

__all__ = [
    "READ",
    "TOP",
    "DeviceDrift",
    "Intended",
    "SectionDrift",
    "compare",
    "drift_metrics",
    "drift_text",
    "find_drift",
    "section_of",
]

# Reading takes little of a device's time and much of ours: as many at once as a push has.
WORKERS = 20
# How a device is asked for the text that its dialect reads. A Junos device wants another terminal than ours.
READ = {"frr": "show running-config", "ios-xe": "show running-config"}
# The section of lines that stand in none.
TOP = "top level"

_REFERENCE = re.compile(r"\$secret\([^)]*\)")
# How a device says in which form it shows a secret.
_CIPHER = re.compile(rf"\b[0-9] {re.escape(MASK)}")


@dataclass(frozen=True, slots=True)
class Intended:
    """What a device should run, and in which dialect it says what it runs."""

    dialect: Dialect
    text: str
    excepted: frozenset[tuple[str, str]] = frozenset()
    """Lines by section that may stay although nobody intends them."""


@dataclass(frozen=True, slots=True)
class SectionDrift:
    """One section of a device: the intended lines that it lacks and the lines that nobody intended, masked.

    `excepted` are foreign lines that may stay for a time; they are no drift.
    """

    section: str
    add: tuple[str, ...]
    remove: tuple[str, ...]
    excepted: tuple[str, ...] = ()

    @property
    def is_intended(self) -> bool:
        """Whether the section is as it should be."""
        return not self.add and not self.remove


@dataclass(frozen=True, slots=True)
class DeviceDrift:
    """One device: every section that it has or should have, or why it could not be read."""

    device: str
    sections: tuple[SectionDrift, ...]
    error: str | None
    seconds: float

    @property
    def is_intended(self) -> bool:
        """Whether the device was read and every section is as it should be."""
        return self.error is None and all(section.is_intended for section in self.sections)

    @property
    def verdict(self) -> str:
        """`intended`, `drifted`, or `unread`."""
        if self.error is not None:
            return "unread"
        return "intended" if self.is_intended else "drifted"


def compare(running: str, intended: Intended) -> tuple[SectionDrift, ...]:
    """Every section of either text, in the order of the intended one; sections that only run stand at the end."""
    has = _masked(intended.dialect.lines(running))
    wants = _masked(intended.dialect.lines(intended.text))
    headers = {path[:depth] for path in (*has, *wants) for depth in range(1, len(path))}
    sections: dict[str, tuple[list[str], list[str]]] = {}
    for path in (*wants, *has):
        sections.setdefault(section_of(path, headers), ([], []))
    for here, there, side in ((wants, has, 0), (has, wants, 1)):
        for path in here:
            if path not in there:
                sections[section_of(path, headers)][side].append(path[-1])
    return tuple(
        SectionDrift(
            name,
            tuple(add),
            tuple(line for line in remove if (name, line) not in intended.excepted),
            tuple(line for line in remove if (name, line) in intended.excepted),
        )
        for name, (add, remove) in sections.items()
    )


def find_drift(
    devices: Mapping[str, Intended], opener: OpenTerminal, *, workers: int = WORKERS
) -> tuple[DeviceDrift, ...]:
    """Read every device, many at once, and compare; the answer has an entry for every device, in the same order."""
    with ThreadPoolExecutor(max_workers=workers) as pool:
        reading = [pool.submit(_read_one, host, each, opener) for host, each in devices.items()]
        return tuple(future.result() for future in reading)


def drift_text(found: DeviceDrift) -> str:
    """What people read of a device: its verdict, and what each drifted section lacks or has too much."""
    if found.error is not None:
        return f"{found.device}: not read: {found.error}\n"
    drifted = [section for section in found.sections if not section.is_intended]
    excepted = sum(len(section.excepted) for section in found.sections)
    if not drifted:
        return f"{found.device}: as intended{f', {excepted} lines excepted' if excepted else ''}\n"
    text = f"{found.device}: {len(drifted)} of {len(found.sections)} sections drifted\n"
    for section in drifted:
        text += f"  {section.section}\n"
        text += "".join(f"    - {line}\n" for line in section.remove)
        text += "".join(f"    + {line}\n" for line in section.add)
    return text


def drift_metrics(found: Iterable[DeviceDrift]) -> str:
    """What was found, for a textfile collector: a device's drifted sections and lines, and whether it was read."""
    devices = list(found)
    gauges = {
        "hikae_net_device_read": (
            "Whether the device's running configuration could be read.",
            {each.device: int(each.error is None) for each in devices},
        ),
        "hikae_net_drifted_sections": (
            "Sections that differ from what is intended.",
            {
                each.device: sum(not section.is_intended for section in each.sections)
                for each in devices
                if each.error is None
            },
        ),
        "hikae_net_drifted_lines": (
            "Lines that nobody intended, and intended lines that are not there.",
            {
                each.device: sum(len(x.add) + len(x.remove) for x in each.sections)
                for each in devices
                if each.error is None
            },
        ),
    }
    text = ""
    for name, (words, values) in gauges.items():
        text += f"# HELP {name} {words}\n# TYPE {name} gauge\n"
        text += "".join(f'{name}{{device="{host}"}} {value}\n' for host, value in values.items())
    return text


def _masked(lines: Iterable[Section]) -> dict[Section, None]:
    """The lines with their secrets masked, and likewise what refers to secrets: a device shows neither."""
    return {
        tuple(_CIPHER.sub(MASK, _REFERENCE.sub(MASK, mask_secrets(line))) for line in path): None
        for path in lines
    }


def section_of(path: Section, headers: Collection[Section]) -> str:
    """The name of the section that a line stands in, or that it opens (`headers`: the lines with others in them)."""
    if path in headers:
        return " / ".join(path)
    if len(path) > 1:
        return " / ".join(path[:-1])
    match path[0].split():
        case ["ip", "prefix-list" as kind, name, *_]:
            return f"ip {kind} {name}"
    return TOP


def _read_one(host: str, intended: Intended, opener: OpenTerminal) -> DeviceDrift:
    began = time.monotonic()
    if intended.dialect.name not in READ:
        words = f"there is no terminal for {intended.dialect.name} yet; compare its text by hand"
        return DeviceDrift(host, (), words, 0)
    try:
        with opener(host) as terminal:
            found = _read_device(host, intended, terminal)
    except UNREACHABLE as error:
        reason = mask_secrets(" ".join(str(error).split())) or type(error).__name__
        found = DeviceDrift(host, (), f"not reached: {reason}", 0)
    return replace(found, seconds=round(time.monotonic() - began, 3))


def _read_device(host: str, intended: Intended, terminal: Terminal) -> DeviceDrift:
    running = terminal.read(READ[intended.dialect.name])
    name = intended.dialect.name_of(running)
    if name != host:
        said = f"it says it is {name}" if name else "it does not say who it is"
        return DeviceDrift(host, (), f"another device answers at its address: {said}", 0)
    return DeviceDrift(host, compare(running, intended), None, 0)
