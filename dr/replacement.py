"""A branch router that died gives way to a spare, step by step: from the dead device to one that carries its site.

Invariant: a step that was begun and is not known to be done is done again, so each may be followed twice; what was done is
in the journal, and the same command goes on behind it. Once the dead device's key is withdrawn nobody believes that device
any more, whatever becomes of the rest.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from dr.result import Result
from dr.rolling.health import Health
from dr.rolling.tools import Tools, wait
from inventory import Estate, Host
from netconfig.model.tables import ROUTE_COMMAND, Row, compare, read_show_ip_route
from netconfig.reach import expected_sessions
from proof import Broken, Journal, Way

__all__ = [
    "GO_ON",
    "ON_SITE",
    "RUNBOOK",
    "STEPS",
    "Case",
    "Depot",
    "Gone",
    "Log",
    "RefusedReplacement",
    "Replaced",
    "Standing",
    "find_router",
    "read_standing",
    "replace_router",
]

RUNBOOK = "branch-router-replaced"
"""Its headings are the steps."""
ON_SITE = "on-site"
"""Who acts in the runbook where somebody of the branch does, who is no engineer and no person of the estate."""
GO_ON = "go on with the replacement"

_CALL_S = 8.0
_TICK_S = 2.0
_SETTLED_S = 60.0
"""BGP looks for neighbours every 5 s; a service that moved comes back after a hold-down of 10 s."""
_SHOWN = 6
_FOR_PEOPLE = ("stage", "plug-in", "answer")
"""Steps that may wait for somebody who has something in hand."""


class RefusedReplacement(Exception):
    """The site has no router that is replaced in this way; the sentence says what to do instead."""


class Depot(Protocol):
    """What is done out of band: at the depot, on the way, and in the file of hosts that are believed."""

    def is_alive(self) -> bool:
        """Whether the device that stands there takes commands."""
        ...

    def old_certificate(self) -> str:
        """The certificate of the device that died; empty where none is known."""
        ...

    def withdraw(self, certificate: str) -> str:
        """Believe a certificate's key no more, from now on; gives its fingerprint."""
        ...

    def stage(self) -> Result:
        """Give a spare its day 0 and a certificate for a key of its own; not done: what a person must do first."""
        ...

    def plug_in(self) -> Result:
        """See that the spare stands in the dead device's place, with its cables."""
        ...


@dataclass(frozen=True, slots=True)
class Standing:
    """Where a replacement stands by its journal."""

    site: str
    device: str
    done: Mapping[str, str] = field(default_factory=dict)
    """By step that was done: what came of it."""
    open_step: str | None = None
    old_certificate: str = ""

    def sentences(self) -> tuple[str, ...]:
        """Say where it stands."""
        said = f"{self.device} at {self.site}: {len(self.done)} of {len(STEPS)} steps are done"
        if self.open_step is None:
            return (said,)
        return (f"{said}, '{self.open_step}' was under way",)


def read_standing(broken: Broken) -> Standing | None:
    """Where the replacement of a run that broke off stands; None where none is to be ended."""
    ways = [s.way for s in broken.in_force if s.way is not None and s.way.kind == GO_ON]
    if not ways:
        return None
    facts = broken.facts.get("replacing", {})
    notes = facts.get("done", {})
    return Standing(
        str(ways[0].args["site"]),
        str(ways[0].args["device"]),
        {step: str(notes[step]) for step in STEPS if step in notes},
        facts.get("open"),
        str(facts.get("old", "")),
    )


class Log:
    """A replacement's part of a journal; each fact is on the disk when its method returns."""

    def __init__(self, journal: Journal, stood: Standing) -> None:
        self._journal, self._stood = journal, stood
        self.done = dict(stood.done)
        self.old_certificate = stood.old_certificate
        args = {"site": stood.site, "device": stood.device}
        self._number = journal.begun(f"{GO_ON} of {stood.device}", Way(GO_ON, args))
        self._learn(stood.open_step)

    def begin(self, step: str) -> None:
        """A step is about to be done."""
        self._learn(step)

    def end_step(self, step: str, note: str) -> None:
        """A step has been done."""
        self.done[step] = note
        self._learn(None)

    def learn_old(self, certificate: str) -> None:
        """Whose key is to be withdrawn: known before anything of it is overwritten."""
        self.old_certificate = certificate

    def end(self) -> None:
        """Nothing of the replacement is left to be done."""
        self._journal.undone(self._number)

    def _learn(self, step: str | None) -> None:
        self._journal.learn(
            replacing={"done": self.done, "open": step, "old": self.old_certificate}
        )


@dataclass(frozen=True, slots=True)
class Case:
    """One dead router, and everything with which it is replaced."""

    device: Host
    tools: Tools
    depot: Depot
    log: Log
    expected: Callable[[], Sequence[Row]]
    """The routes that the device shall have, as they are computed."""
    verify: Callable[[str], str]
    """The read-only suite on a host: what does not hold, in a sentence."""
    wait_s: float = 900.0
    """How long to wait for a device that somebody is plugging in."""

    @property
    def name(self) -> str:
        return self.device.name

    def terminals(self) -> tuple[str, ...]:
        """The terminals that stand behind the device."""
        estate = self.tools.estate
        return tuple(
            host.name
            for host in estate.select(role="terminal", within=self.tools.hosts)
            if host.site is not None and estate.sites[host.site].routed_by == self.device.site
        )


@dataclass(frozen=True, slots=True)
class Gone:
    """What came of a step; `is_new` = done by this run and not by an earlier one."""

    step: str
    is_done: bool
    note: str
    is_new: bool
    seconds: float


@dataclass(frozen=True, slots=True)
class Replaced:
    """What came of a run."""

    gone: tuple[Gone, ...]

    @property
    def is_done(self) -> bool:
        """Whether the device carries its site and has proven it."""
        return len(self.gone) == len(STEPS) and self.gone[-1].is_done

    @property
    def stopped(self) -> Gone | None:
        """The step at which it stands; None where all are done."""
        return None if self.is_done else self.gone[-1]

    @property
    def waits(self) -> bool:
        """Whether somebody has to do something by hand before it goes on."""
        return self.stopped is not None and self.stopped.step in _FOR_PEOPLE


def find_router(estate: Estate, site: str, hosts: Sequence[str]) -> Host:
    """The one router of a branch; RefusedReplacement for any other site."""
    found = estate.sites.get(site)
    if found is None:
        raise RefusedReplacement(f"'{site}' is no site of estate '{estate.name}'.")
    if found.shares:
        raise RefusedReplacement(
            f"{site} has no router of its own: `hikae net replace {found.shares}`, whose router it uses."
        )
    if found.kind == "centre":
        raise RefusedReplacement(
            f"{site} is a centre: acts come from behind its routers; stage the device there as day 0, then "
            "`hikae provision` and `hikae net push`."
        )
    routers = estate.select(role="router", site=site)
    if len(routers) != 1:
        raise RefusedReplacement(
            f"{site} has {len(routers)} routers and this is for a branch with one: its site is not cut off "
            "by the loss; lead around the dead one and stage it as day 0."
        )
    if routers[0].name not in hosts:
        raise RefusedReplacement(f"{routers[0].name} does not stand in this part of the estate.")
    return routers[0]


def replace_router(
    case: Case, tell: Callable[[str, Gone | None], None] = lambda step, gone: None
) -> Replaced:
    """Do what is left of the steps, in order, up to the first that is not done; `tell` hears of each, before and after."""
    gone: list[Gone] = []
    clock = case.tools.clock
    for step, act in _ACTS.items():
        if step in case.log.done:
            gone.append(Gone(step, True, case.log.done[step], False, 0.0))
            tell(step, gone[-1])
            continue
        tell(step, None)
        case.log.begin(step)
        began = clock.now()
        result = act(case)
        seconds = round(clock.now() - began, 1)
        gone.append(Gone(step, result.is_done, result.note, True, seconds))
        if result.is_done:
            case.log.end_step(step, result.note)
        tell(step, gone[-1])
        if not result.is_done:
            return Replaced(tuple(gone))
    case.log.end()
    return Replaced(tuple(gone))


def _dead(case: Case) -> Result:
    if case.depot.is_alive():
        return Result(False, f"{case.name} answers: a device that lives is not given up")
    case.log.learn_old(case.depot.old_certificate())
    return Result(True, f"{case.name} does not answer")


def _withdraw(case: Case) -> Result:
    if not case.log.old_certificate:
        return Result(True, "no key of it is known: there is nothing to withdraw")
    key = case.depot.withdraw(case.log.old_certificate)
    return Result(True, f"nobody believes {key} any more")


def _stage(case: Case) -> Result:
    return case.depot.stage()


def _plug_in(case: Case) -> Result:
    return case.depot.plug_in()


def _answer(case: Case) -> Result:
    """Over one line, with day 0's sessions, from the bastion."""
    tools, name = case.tools, case.name
    staged = expected_sessions(tools.estate, name, tools.hosts, is_staged=True)
    health = Health(tools, sessions={name: staged})

    def look() -> str | None:
        done = tools.transport.run(name, ["true"], deadline_s=_CALL_S)
        if not done.is_ok:
            return f"{name} does not answer yet: {done.stderr.strip()[-120:]}"
        return "; ".join(health.router(name)) or None

    if lacking := wait(tools, case.wait_s, look, tick_s=_TICK_S):
        return Result(False, lacking)
    return Result(True, f"it answers over one line ({', '.join(staged['bgp'])})")


def _provision(case: Case) -> Result:
    said = case.tools.provision([case.name])
    return Result(not said, "; ".join(said) or "accounts, guard and filters are as on every router")


def _configure(case: Case) -> Result:
    said = case.tools.routing([case.name], is_drained=False)
    return Result(
        not said, "; ".join(said) or "it runs its whole configuration, and starts with it"
    )


def _prove(case: Case) -> Result:
    tools, name, terminals = case.tools, case.name, case.terminals()
    health, rows = Health(tools), case.expected()

    def look() -> str | None:
        lacking = health.router(name)
        shown = health.vtysh(name, ROUTE_COMMAND)
        lacking += [str(each) for each in compare(name, rows, read_show_ip_route(shown))]
        lacking += [each for terminal in terminals for each in health.office(terminal)]
        more = len(lacking) - _SHOWN
        said = "; ".join(lacking[:_SHOWN])
        return (f"{said}; and {more} more" if more > 0 else said) or None

    if lacking := wait(tools, _SETTLED_S, look, tick_s=_TICK_S):
        return Result(False, lacking)
    if complaint := case.verify(name):
        return Result(False, complaint)
    wanted = health.sessions[name]
    sessions = len(wanted["bgp"]) + len(wanted["ospf"]) + len(wanted["bfd"])
    behind = ", ".join(terminals) or "no terminal stands here"
    return Result(
        True,
        f"{sessions} sessions are up, {len(rows)} routes are as computed, "
        f"every service answers behind it ({behind})",
    )


def _done(case: Case) -> Result:
    return Result(
        True, "the branch works; the dead device is wiped or destroyed, not repaired in place"
    )


_ACTS: Mapping[str, Callable[[Case], Result]] = {
    "dead": _dead,
    "withdraw": _withdraw,
    "stage": _stage,
    "plug-in": _plug_in,
    "answer": _answer,
    "provision": _provision,
    "configure": _configure,
    "prove": _prove,
    "done": _done,
}
STEPS = tuple(_ACTS)
"""In the order in which they are done; each is the id of a heading of the runbook."""
