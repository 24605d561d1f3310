"""What a killed command left: where it stood, told in sentences, and settled by the command that comes next.

A twin of its own is cleared, and what its clients were told is judged first. On a twin that stays up, and on
production, what is in force is undone over SSH, the last act first, or finished where going on is the way.
Nothing else begins before that.
"""

from __future__ import annotations

import importlib
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from cli.acting import Acting
from cli.chain import actor, append_act, chain_of
from cli.exits import RefusedCall
from cli.output import print_error
from cli.settlers.ground import Ground, SettleFailed, Settlement, no_settlement
from inventory import Estate, load_estate
from proof import Act, Broken, Heading, Journal, Result, content_of, find_broken
from twin import bringup
from twin.faults import LabFaults
from twin.lab import clear_leftovers, read_state
from twin.places import Places
from twin.production import Reach, conductor_here, production

__all__ = [
    "By",
    "SettleFailed",
    "Settled",
    "begin_journal",
    "killed_runs",
    "settle_killed",
    "standing_of",
]

# Verb → module with `settle(broken, ground)`; a run of another verb has nothing to undo.
_SETTLERS = {
    "backup prove": "cli.settlers.backup_prove",
    "drill run": "cli.settlers.drill_run",
    "net drain": "cli.settlers.net_drain",
    "net push": "cli.settlers.net_push",
    "net sweep": "cli.settlers.net_sweep",
    "net undrain": "cli.settlers.net_drain",
    "net replace": "cli.settlers.net_replace",
    "patch": "cli.settlers.patch",
    "patch finish": "cli.settlers.patch",
    "provision": "cli.settlers.provision",
}

# Its rehearsal has a twin of its own from which nobody wants to know anything once it was killed.
_UNJUDGED = "net migrate"
_NEED_NO_TWIN = ("drill run", "drill undo", _UNJUDGED, "twin up", "twin down")


@dataclass(frozen=True, slots=True)
class By:
    """Who comes next, and for what: the command that finds a killed run."""

    estate: Estate
    acting: Acting
    verb: str
    target: str
    places: Places
    context: Mapping[str, Any]

    @property
    def is_clearing(self) -> bool:
        """Whether the twin is cleared by this command anyway: then nothing on it need be undone."""
        return self.verb == "twin down"


@dataclass(frozen=True, slots=True)
class Settled:
    """A killed run, and what became of it."""

    broken: Broken
    settlement: Settlement
    journal: Journal | None = None
    """The killed run's, where the command that comes next finishes it: put aside once its own has taken over."""

    @property
    def is_left_to_next(self) -> bool:
        return self.settlement.is_left_to_next

    def put_aside(self) -> None:
        """What was in force in the killed run's journal stands in another one now."""
        if self.journal is not None:
            self.journal.put_aside()

    def let_go(self) -> None:
        """Leave the killed run to whoever comes next, unless it was put aside."""
        if self.journal is not None:
            self.journal.let_go()


def killed_runs(places: Places, target: str, estate: str) -> tuple[Broken, ...]:
    """Runs that were killed here: on this machine's twin, whatever the estate, or on this estate's production."""
    found = find_broken(places.journal)
    return tuple(
        broken
        for broken in found
        if broken.heading.on == target and (target == "twin" or broken.heading.estate == estate)
    )


def standing_of(broken: Broken) -> str:
    """Where a killed run stood, in a sentence."""
    heading, at = broken.heading, broken.under_way
    began = f"{_clock(heading.started)} by {heading.person}, change {heading.change}"
    words = f"{heading.words} of {began}, broke off"
    if at is not None:
        words += f" in '{at.name}', begun {_clock(at.begun)}"
    elif not broken.steps:
        words += " before its first step"
    force = [step.name for step in broken.in_force]
    return f"{words}; in force: {'; '.join(force) or 'nothing'}."


def settle_killed(by: By) -> tuple[Settled, ...]:
    """Settle every killed run, the latest first; SettleFailed where something is left. The caller holds the twin."""
    had_twin = by.target == "twin" and read_state(by.places) is not None
    settled = []
    for broken in reversed(killed_runs(by.places, by.target, by.estate.name)):
        print_error(standing_of(broken))
        settled.append(_settle(broken, by))
    is_gone = had_twin and read_state(by.places) is None
    if is_gone and by.verb not in _NEED_NO_TWIN:
        raise RefusedCall(
            "The twin that was up was the killed run's own: boot one with `hikae twin up`."
        )
    return tuple(settled)


def begin_journal(by: By, words: str) -> Journal:
    """Begin the journal of the command that acts now; `words` name its run in a sentence.

    A twin that another command booted is named by its birth, so that no other is taken for it.
    """
    state = (read_state(by.places) or {}) if by.target == "twin" else {}
    heading = Heading(
        verb=by.verb,
        words=words,
        estate=by.estate.name,
        on=by.target,
        person=by.acting.person,
        role=by.acting.role_in(by.estate),
        change=by.acting.change,
        started=time.time(),
        context={"lab": state.get("since") if state.get("kept") else None, **by.context},
    )
    return Journal.begin(by.places.journal, heading)


def _settle(broken: Broken, by: By) -> Settled:
    journal, began = Journal.take_up(broken), datetime.now(UTC)
    try:
        settlement = _follow(broken, by, journal)
    except BaseException:
        journal.let_go()
        raise
    for sentence in settlement.sentences:
        print_error(sentence)
    _record(broken, by, settlement, began)
    journal.learn(recorded=True)
    if settlement.left:
        journal.let_go()
        raise SettleFailed(
            f"Not undone of {broken.heading.words}: {'; '.join(settlement.left)}. Put it right, then run "
            "`hikae drill undo`; nothing else begins before."
        )
    if settlement.is_left_to_next:
        return Settled(broken, settlement, journal)
    if settlement.is_standing:
        journal.let_go()
    else:
        journal.put_aside()
    return Settled(broken, settlement)


def _follow(broken: Broken, by: By, journal: Journal) -> Settlement:
    heading = broken.heading
    if heading.on == "production":
        with _production(broken, by, journal) as ground:
            return _settler(broken)(broken, ground)
    state, born = read_state(by.places) or {}, broken.facts.get("lab", heading.context.get("lab"))
    is_own = heading.context.get("lab") is None
    if state.get("since") is None or state.get("since") != born:
        if is_own and not state.get("kept") and clear_leftovers(by.places):
            was = "its own" if heading.verb == _UNJUDGED else "not up yet"
            return no_settlement(f"Its twin was {was}, and what there was of it is cleared.")
        return no_settlement("Its twin is gone, and everything in force with it.")
    is_thrown_away = is_own or by.is_clearing
    try:
        with _twin(broken, by, journal, is_disposable=is_thrown_away) as ground:
            settlement = _settler(broken)(broken, ground)
    except Exception as error:
        if not is_thrown_away:
            raise
        # The twin goes, whatever could not be read of it.
        settlement = no_settlement(f"What was done on it cannot be judged: {error}")
    if not is_own:
        return settlement
    clear_leftovers(by.places)
    return settlement.and_said("Its twin was its own and is cleared.", left=())


def _settler(broken: Broken) -> Callable[[Broken, Ground], Settlement]:
    name = _SETTLERS.get(broken.heading.verb)
    if name is None:
        if broken.in_force:
            raise SettleFailed(f"Nobody knows how to undo `{broken.heading.verb}`.")
        return lambda broken, ground: no_settlement("It left nothing in force.")
    settler: Callable[[Broken, Ground], Settlement] = importlib.import_module(name).settle
    return settler


@contextmanager
def _twin(broken: Broken, by: By, journal: Journal, *, is_disposable: bool) -> Iterator[Ground]:
    state = read_state(by.places) or {}
    estate = _estate_of(broken, by)
    lab = bringup.attach(estate, str(state["slice"]), by.places)
    conductor = bringup.conductor_of(lab, **by.acting.named)
    if bastion := broken.heading.context.get("conductor"):
        conductor = replace(conductor, bastion=str(bastion), _standing=[])
    with conductor.at_bastion() as transport:
        yield Ground(
            estate,
            lab,
            conductor,
            transport,
            LabFaults(lab),
            journal,
            is_disposable,
            by.verb,
            by.context,
        )


@contextmanager
def _production(broken: Broken, by: By, journal: Journal) -> Iterator[Ground]:
    estate = _estate_of(broken, by)
    fleet = production(estate, str(broken.heading.context.get("slice", "full")), by.places)
    conductor = conductor_here(fleet, **by.acting.named)
    with conductor.at_bastion() as transport:
        yield Ground(
            estate,
            fleet,
            conductor,
            transport,
            Reach(transport),
            journal,
            False,
            by.verb,
            by.context,
        )


def _estate_of(broken: Broken, by: By) -> Estate:
    if broken.heading.estate == by.estate.name:
        return by.estate
    path = broken.heading.context.get("estate_path")
    return load_estate(None if path is None else Path(str(path)))


def _record(broken: Broken, by: By, settlement: Settlement, began: datetime) -> None:
    """The killed act under its own person, and the undoing under that of whoever came next."""
    heading = broken.heading
    chain = chain_of(heading.estate, by.places)
    started = datetime.fromtimestamp(heading.started, UTC)
    transcripts = {"journal": content_of(broken.path.read_bytes())}
    transcripts |= {path.name: content_of(path.read_bytes()) for path in settlement.files}
    killed = Act(
        estate=heading.estate,
        on="production" if heading.on == "production" else "twin",
        verb=heading.verb,
        who=actor(heading.person, heading.role),
        change=heading.change,
        started=started,
        ended=max(started, datetime.fromtimestamp(broken.until, UTC)),
        result=Result(state="interrupted", sentences=(standing_of(broken), *settlement.sentences)),
        transcripts=transcripts,
    )
    if not broken.facts.get("recorded"):
        append_act(chain, killed, by.places)
    if not (settlement.undone or settlement.left):
        return
    undoing = Act(
        estate=heading.estate,
        on=killed.on,
        verb=f"{heading.verb.split()[0]} undo",
        who=actor(by.acting.person, by.acting.role_in(by.estate)),
        change=by.acting.change,
        started=began,
        ended=datetime.now(UTC),
        result=Result(
            state="failed" if settlement.left else "fine",
            sentences=(*(f"undone: {name}" for name in settlement.undone), *settlement.left),
        ),
    )
    append_act(chain, undoing, by.places)


def _clock(moment: float) -> str:
    return time.strftime("%H:%M:%S", time.localtime(moment))
