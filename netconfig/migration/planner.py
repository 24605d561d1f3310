"""The order of all changes: greedy by rank, every state judged, and what breaks is put in another place.

A change that would break something waits until others have been made (the next one that can be made is); where none of the
rest can, the last few that were made are taken back and the change goes before them, as few of them as suffice (after
Snowcap, SIGCOMM 2021: find the smallest group whose order matters). What fits nowhere is a refusal with its violations.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field, replace

from inventory import Estate
from netconfig.migration.attempt import Attempt, Stand, attempt
from netconfig.migration.homes import home_moves
from netconfig.migration.judge import Checker
from netconfig.migration.lines import border_moves, branch_moves
from netconfig.migration.moves import Move
from netconfig.migration.places import host_moves, network_moves, site_moves
from netconfig.migration.plan import Plan, Refusal
from netconfig.migration.scope import ensure_comparable
from netconfig.migration.state import Renderer, State, changed
from netconfig.model.findings import Violation

__all__ = ["MigrationFailed", "all_moves", "arrange", "make_plan"]

Says = Callable[[str], None]

# Taking back more than this finds nothing that waiting had not found.
_DEEPEST = 8


class MigrationFailed(RuntimeError):
    """The steps do not lead to the target: a defect of the planner, never of an estate."""


def make_plan(
    source: Estate,
    target: Estate,
    within: Collection[str] | None = None,
    says: Says = lambda _: None,
) -> Plan:
    """The plan from one estate to another, or as far as it goes, with what stands in the way; InvalidMigration.

    `within` = the hosts that are booted (default: all).
    """
    ensure_comparable(source, target)
    return arrange(source, target, all_moves(source, target, within), within, says)


def all_moves(source: Estate, target: Estate, within: Collection[str] | None = None) -> list[Move]:
    """Every change between two estates, in the order of their ranks, each with what it needs."""
    homes, places = home_moves(source, target), site_moves(source, target)
    branches = branch_moves(source, target, within)
    left = {
        site: frozenset(move.key for move in homes if site in move.sites)
        for site in source.sites
        if site not in target.sites
    }
    # Nothing is taken from a site before all its services have left it.
    places = [
        replace(move, needs=move.needs | left[move.sites[0]]) if move.sites[0] in left else move
        for move in places
    ]
    gone = {
        network: frozenset(
            move.key for move in branches if (move.kind, move.colour) == ("remove-line", network)
        )
        for network in source.networks
    }
    borders = border_moves(source, target, within, gone)
    moves = [*homes, *places, *borders, *branches, *host_moves(source, target)]
    for move in network_moves(source, target):
        if move.kind == "close-network":
            users = frozenset(
                other.key for other in moves if other.kind in ("remove-line", "site-out")
            )
            move = replace(move, needs=move.needs | users)
        moves.append(move)
    keys = {move.key for move in moves}
    return sorted(
        (replace(move, needs=move.needs & keys) for move in moves), key=lambda move: move.rank
    )


def arrange(
    source: Estate,
    target: Estate,
    moves: Sequence[Move],
    within: Collection[str] | None = None,
    says: Says = lambda _: None,
) -> Plan:
    """Put changes in an order whose every state is right; the plan has a refusal where there is none."""
    began = time.monotonic()
    names = None if within is None else frozenset(within)
    renderer, checker = Renderer(names), Checker(names)
    plan = Plan(source.name, target.name)
    start, end = State(_with_singles(source, target)), State(target)
    says("judging both ends")
    stand = Stand(start, renderer.texts(start))
    for state, texts in ((start, stand.texts), (end, renderer.texts(end))):
        wrong = checker.learn(state.estate, texts, is_start=state is start)
        if wrong:
            plan.refusals.append(Refusal(f"{state.estate.name} itself is wrong", tuple(wrong)))
    if not plan.refusals:
        search = _Search(stand, list(moves), renderer, checker, plan, says)
        search.run()
        if not plan.refusals:
            _ensure_arrived(search.stand, end, renderer)
    plan.known = len(checker.known)
    plan.states, plan.failures_tried = checker.states, checker.failures
    plan.seconds = round(time.monotonic() - began, 2)
    return plan


def _with_singles(source: Estate, target: Estate) -> Estate:
    """What one estate declares single may be single on the way."""
    staying = [one for one in target.singles if one.site in source.sites]
    return replace(source, singles=tuple(dict.fromkeys((*source.singles, *staying))))


def _ensure_arrived(stand: Stand, end: State, renderer: Renderer) -> None:
    wanted = renderer.texts(end)
    others = changed(stand.texts, wanted, dict.fromkeys((*stand.texts, *wanted)))
    if others:
        raise MigrationFailed(f"the steps leave {', '.join(others[:8])} other than the target's")


@dataclass
class _Done:
    move: Move
    stand: Stand
    """What stood before it."""
    made: Attempt


@dataclass
class _Search:
    """The state of the search: what is done, with the way back to before each, and what waits."""

    stand: Stand
    waiting: list[Move]
    renderer: Renderer
    checker: Checker
    plan: Plan
    says: Says
    done: list[_Done] = field(default_factory=list)

    def run(self) -> None:
        total = len(self.waiting)
        while self.waiting:
            self.says(f"{len(self.done)} of {total} changes")
            failed: list[tuple[Move, tuple[Violation, ...]]] = []
            if not self._make_next(failed) and not self._put_before(failed):
                self.plan.refusals += [Refusal(move.title, found) for move, found in failed]
                break
        number = 0
        for one in self.done:
            for step in one.made.steps:
                number += 1
                self.plan.steps.append(replace(step, number=number))

    def _make_next(self, failed: list[tuple[Move, tuple[Violation, ...]]]) -> bool:
        """Make the first change that can be made; those that break something are put into `failed`."""
        ready = {one.move.key for one in self.done}
        for move in list(self.waiting):
            if not move.needs <= ready:
                continue
            made = attempt(move, self.stand, self.renderer, self.checker)
            if made.violations:
                failed.append((move, made.violations))
                continue
            self._accept(move, made)
            for other, violations in failed:
                self._tell(f"{other.title} waits for: {move.title}", violations)
            return True
        return False

    def _put_before(self, failed: Sequence[tuple[Move, tuple[Violation, ...]]]) -> bool:
        """Take back as few changes as suffice, make one that was stuck, and make them again."""
        for depth in range(1, min(_DEEPEST, len(self.done)) + 1):
            suffix = self.done[-depth:]
            ready = {one.move.key for one in self.done[:-depth]}
            for move, violations in failed:
                if move.needs <= ready and self._replay(move, suffix):
                    self._tell(f"{move.title} goes before: {suffix[0].move.title}", violations)
                    return True
        return False

    def _replay(self, move: Move, suffix: Sequence[_Done]) -> bool:
        kept, stood = list(self.done), self.stand
        del self.done[-len(suffix) :]
        self.stand = suffix[0].stand
        waiting = list(self.waiting)
        for one in (move, *(done.move for done in suffix)):
            made = attempt(one, self.stand, self.renderer, self.checker)
            if made.violations:
                self.done, self.stand, self.waiting = kept, stood, waiting
                return False
            self._accept(one, made)
        return True

    def _accept(self, move: Move, made: Attempt) -> None:
        if move in self.waiting:
            self.waiting.remove(move)
        self.done.append(_Done(move, self.stand, made))
        self.stand = made.after

    def _tell(self, sentence: str, violations: Sequence[Violation]) -> None:
        word = f"{sentence} (else {violations[0].sentence})"
        if word not in self.plan.reordered:
            self.plan.reordered.append(word)
