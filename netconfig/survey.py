"""A device before a push: what it runs, what it should run, and whether that is settled by one look.

A device that runs what it should is settled, and so is one that runs the text of day 0: it carries nothing yet, so it is
pushed as it is met, in the same session, without a wave's caution.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace

from netconfig.canonical import Config, canonical_text, read_config
from netconfig.kit import Kit
from netconfig.line_parts import line_ends, part_of, touched_networks
from netconfig.push import (
    PushResult,
    attempt,
    failure,
    planned,
    push_device,
    read_running,
)
from netconfig.safeguard import Safeguard
from netconfig.sessions import Watch
from netconfig.terminals import Terminals
from netconfig.waves import Wave

__all__ = ["Surveyed", "survey"]


@dataclass(frozen=True, slots=True)
class Surveyed:
    """One device and its plan; without `wanted` it was not read."""

    result: PushResult
    shown: str = ""
    running: Config = frozenset()
    wanted: str = ""
    is_bare: bool = False
    is_settled: bool = True

    @property
    def text(self) -> str:
        """What it runs, as canonical text."""
        return canonical_text(self.running)

    def touched(self, kit: Kit) -> Collection[str]:
        """The networks whose lines its change touches."""
        ends = line_ends(kit.estate, self.result.device)
        return touched_networks(self.running, read_config(self.wanted), ends)

    def text_in(self, wave: Wave, kit: Kit) -> str:
        """What it is pushed in a wave: all of it, or as far as concerns the networks whose turn has come."""
        if wave.network is None:
            return self.wanted
        turn = kit.estate.networks[wave.network].number
        ends = line_ends(kit.estate, self.result.device)
        due = [x.network for x in ends if kit.estate.networks[x.network].number <= turn]
        wanted = read_config(self.wanted)
        part = part_of(self.running, wanted, ends, due)
        return self.wanted if part == wanted else canonical_text(part)


def survey(
    kit: Kit, host: str, terminals: Terminals, watch: Watch, *, is_applied: bool
) -> Surveyed:
    """Read a device and plan; settle it where one look is enough. What fails is in the result."""
    seen: list[Surveyed] = []

    def look() -> PushResult:
        with terminals.open(host) as terminal:
            shown = read_running(host, terminal)
            running = read_config(shown)
            wanted = kit.texts.wanted(host, running)
            is_same = running == read_config(wanted)
            is_bare = not is_same and running == read_config(kit.texts.staged(host))
            is_settled = is_same or is_bare
            seen.append(Surveyed(failure(host, ""), shown, running, wanted, is_bare, is_settled))
            if not (is_applied and is_settled):
                return planned(host, shown, wanted)
            safeguard = Safeguard(kit.guard, (replace(watch, lines={}),), kit.deadline_s)
            return push_device(host, wanted, terminal, safeguard=safeguard, shown=shown)

    result = attempt(host, look, is_guarded=is_applied)
    if not seen or seen[0].is_settled:
        terminals.close(host)
    return replace(seen[0], result=result) if seen else Surveyed(result)
