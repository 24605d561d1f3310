"""Everything that must be right before the first act of a drill, checked at once.

Invariant: a drill is conducted from outside its own blast area. Its conductor, the way from the
conductor to the hosts and the host that keeps the log survive the disaster, or nothing is done.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from dr import scenario as s
from dr.areas import BACKUP, WITNESS, AreaProblem, Areas
from dr.cast import ReadCast
from dr.client.errands import ERRANDS
from dr.duties import assign
from dr.form_faults import in_order
from dr.plan import Blast, Plan, Terminal, blast_of
from dr.rolling.batches import plan_roll
from dr.rolling.change import RESTARTS, Change
from dr.scenario_file import InvalidScenario, ReadScenario
from inventory import Estate
from inventory.errors import EstateError, UnknownSlice
from inventory.marks import Place
from inventory.parts import Cluster, Service
from runbooks import InvalidRunbook, Runbook, find_runbook

__all__ = ["make_plan"]

_SSH = 22
_PEOPLE = (s.DISASTER, s.MACHINE)
_CRASHES = frozenset({"crash_area", "crash_leader", "crash_votes"})
_DISTURBANCES = _CRASHES | {"cut_area", "switchover", "patch", "wrong_delete"}
_AREAS = frozenset({"crash_area", "cut_area"})
# Step → what must have come before it, in words, and what is wrong where it has not.
_AFTER: Mapping[str, tuple[tuple[frozenset[str], str, str], ...]] = {
    "boot": ((_CRASHES, "crash_area", "has nobody to start"),),
    "heal": (
        (frozenset({"cut_area", "block_port"}), "cut_area or block_port", "has nothing to heal"),
    ),
    "wait_takeover": ((_AREAS, "crash_area or cut_area", "comes before the disaster"),),
    "wait_new_leader": ((_DISTURBANCES, "crash_leader", "comes before the disaster"),),
    "restore_beside": ((frozenset({"wrong_delete"}), "wrong_delete", "has nothing to look for"),),
    "bring_back": ((frozenset({"restore_beside"}), "restore_beside", "has nothing to bring"),),
    "wait_refusing": ((_DISTURBANCES, "crash_votes", "comes before the disaster"),),
}


def make_plan(
    read: ReadScenario,
    estate: Estate,
    *,
    estate_folder: Path | None = None,
    cast: ReadCast | None = None,
) -> Plan:
    """Resolve a scenario on an estate; InvalidScenario names every reason not to run it.

    `estate_folder` is where the estate was read from (None: shipped); it may hold runbooks.
    Without a cast everybody on duty is the holder of a role.
    """
    check = _Check(read, estate)
    try:
        hosts = estate.slice_hosts(read.scenario.slice)
    except UnknownSlice:
        known = ", ".join([*estate.slices, "full"])
        check.fault(("slice",), read.scenario.slice, "is no slice", f"known: {known}")
        raise InvalidScenario(tuple(check.errors)) from None
    areas = Areas(estate, hosts)
    check.people()
    runbook = check.headings(estate_folder)
    players, duties, faults = assign(read, cast or ReadCast(), estate, runbook)
    check.errors += faults
    check.order()
    check.areas(areas)
    services = check.services(areas)
    blast = check.blast(areas)
    conductor = check.host(
        ("conductor",), check.conductor(areas), areas, blast, "is conducted from"
    )
    log = read.scenario.log or conductor
    if read.scenario.log:
        check.host(("log",), log, areas, blast, "keeps its log in")
    terminals = tuple(
        Terminal(host.name, str(host.site)) for host in estate.select(role="terminal", within=hosts)
    )
    if blast is not None:
        check.way(conductor, areas, blast)
        check.patches(conductor, areas)
        check.witnesses_of_the_drill(terminals, areas, blast)
    if check.errors or blast is None:
        raise InvalidScenario(in_order(check.errors))
    clusters = estate.clusters_within(hosts)
    return Plan(
        read.scenario,
        estate,
        areas,
        conductor,
        log,
        blast,
        clusters,
        services,
        terminals,
        players,
        duties,
    )


@dataclass(slots=True)
class _Check:
    read: ReadScenario
    estate: Estate
    errors: list[EstateError] = field(default_factory=list)

    @property
    def scenario(self) -> s.Scenario:
        return self.read.scenario

    def fault(self, place: Place, value: object, message: str, remedy: str) -> None:
        self.errors.append(self.read.marks.fault(place, value, message, remedy))

    def resolve(self, place: Place, word: str, resolve: Callable[[str], tuple[str, ...]]) -> None:
        """Complain where a word is no area, or one without what the scenario needs there."""
        try:
            if not resolve(word):
                self.fault(place, word, "has nothing of this kind in the slice", "choose another")
        except AreaProblem as problem:
            self.fault(place, word, problem.message, problem.remedy)

    def people(self) -> None:
        known = ", ".join(self.estate.roles)
        for index, step in enumerate(self.scenario.steps):
            for key, role in (("who", step.who), ("decides", step.decides)):
                is_fine = role in self.estate.roles or (key == "who" and role in _PEOPLE)
                if not is_fine:
                    self.fault(("steps", index, key), role, "is no role", f"known: {known}")

    def headings(self, estate_folder: Path | None) -> Runbook:
        """Complain about headings that are not there; an empty runbook where it cannot be read."""
        name = self.scenario.runbook
        nothing = Runbook(name, name, ())
        try:
            runbook: Runbook | None = find_runbook(name, estate_folder)
        except InvalidRunbook as invalid:
            for sentence in invalid.faults:
                self.fault(("runbook",), name, f"is faulty: {sentence}", "mend the runbook")
            return nothing
        if runbook is None:
            self.fault(("runbook",), name, "is no runbook", f"write runbooks/{name}.md")
            return nothing
        for index, step in enumerate(self.scenario.steps):
            if runbook.find(step.runbook) is None:
                remedy = f"{name}.md has {', '.join(runbook.ids)}"
                self.fault(("steps", index, "runbook"), step.runbook, "is no heading", remedy)
        return runbook

    def order(self) -> None:
        """Complain about steps that have nothing to act on yet."""
        twice = [n for n, c in Counter(x.id for x in self.scenario.steps).items() if c > 1]
        done: set[str] = set()
        for index, step in enumerate(self.scenario.steps):
            place: Place = ("steps", index, "kind")
            if step.id in twice:
                self.fault(("steps", index, "id"), step.id, "stands twice", "give it another id")
            is_disaster = isinstance(step, s.CrashArea | s.CutArea)
            if is_disaster and done & {"crash_area", "cut_area"}:
                message = "is a second disaster"
                self.fault(place, step.kind, message, "keep one crash_area or cut_area")
            for kinds, wanted, message in _AFTER.get(step.kind, ()):
                if not done & kinds:
                    self.fault(place, step.kind, message, f"put it after {wanted}")
            done.add(step.kind)
        if not done & _DISTURBANCES:
            self.fault(("steps",), None, "hold no disaster", "add a crash_area or a cut_area")

    def areas(self, areas: Areas) -> None:
        """Complain about words that are no areas, or areas without what a step needs."""
        if self.scenario.etcd_leader != WITNESS or not areas.voters(WITNESS):
            self.resolve(("etcd_leader",), self.scenario.etcd_leader, areas.voters)
        for index, step in enumerate(self.scenario.steps):
            place: Place = ("steps", index)
            match step:
                case s.BlockPort():
                    for side, word in enumerate(step.between):
                        self.resolve((*place, "between", side), word, areas.sites)
                case s.Switchover() if step.to != "home":
                    self.resolve((*place, "to"), step.to, areas.sites)
                case s.WrongDelete() | s.RestoreBeside() | s.BringBack():
                    if step.service not in self.scenario.services:
                        known = ", ".join(self.scenario.services)
                        message = "is no service under drill"
                        self.fault((*place, "service"), step.service, message, f"known: {known}")
                    self.resolve((*place, "kind"), "restore", lambda role: areas.hosts_with(role))
                case s.MoveEtcdLeader():
                    self.resolve((*place, "to"), step.to, areas.voters)
                case s.WaitTakeover() | s.WaitSyncExcludes():
                    self.resolve((*place, "area"), step.area, areas.sites)
                case _:
                    pass

    def services(self, areas: Areas) -> dict[str, Service]:
        found: dict[str, Service] = {}
        clusters: dict[str, Cluster] = self.estate.clusters_within(areas.hosts)
        for index, name in enumerate(self.scenario.services):
            place: Place = ("services", index)
            service = self.estate.services.get(name)
            if service is None:
                known = ", ".join(self.estate.services)
                self.fault(place, name, "is no service", f"known: {known}")
            elif service.ledger is None or service.cluster is None or service.database is None:
                message = "has no ledger: its transactions cannot be judged"
                self.fault(place, name, message, "choose a service with cluster and ledger")
            elif service.holds not in ERRANDS:
                known = ", ".join(ERRANDS)
                message = f"holds {service.holds}, for which there is no client"
                self.fault(place, name, message, f"choose a service that holds one of {known}")
            elif service.cluster not in clusters:
                if self.read.is_moved and not self._is_last(index, found):
                    continue
                message = f"needs cluster {service.cluster}, which the slice does not have"
                self.fault(place, name, message, "choose another slice or service")
            else:
                found[name] = service
        return found

    def _is_last(self, index: int, found: Mapping[str, Service]) -> bool:
        """Whether nothing would be left to drill without the service at `index`."""
        return not found and index == len(self.scenario.services) - 1

    def blast(self, areas: Areas) -> Blast | None:
        disturbances: list[s.Disturbance] = []
        clusters = areas.estate.clusters_within(areas.hosts)
        for index, step in enumerate(self.scenario.steps):
            place: Place = ("steps", index)
            match step:
                case s.CrashArea() | s.CutArea():
                    sites = partial(areas.sites, kinds=step.site_kinds)
                    self.resolve((*place, "area"), step.area, sites)
                case s.CrashVotes():
                    for number, word in enumerate(step.at):
                        self.resolve((*place, "at", number), word, areas.voters)
                case s.CrashLeader() if step.cluster not in clusters:
                    known = f"the slice has {', '.join(clusters) or 'none'}"
                    self.fault((*place, "cluster"), step.cluster, "is no cluster", known)
                case s.CrashLeader() | s.Switchover() | s.Patch() | s.WrongDelete():
                    pass
                case _:
                    continue
            disturbances.append(step)
        try:
            return blast_of(disturbances, areas) if disturbances else None
        except AreaProblem:
            return None

    def conductor(self, areas: Areas) -> str:
        word = self.scenario.conductor
        if word in areas.hosts:
            return word
        try:
            sites = (self.estate.backup_site().name,) if word == BACKUP else areas.sites(word)
        except AreaProblem:
            return word
        found = areas.hosts_at(sites, "bastion")
        return found[0] if found else word

    def host(self, place: Place, name: str, areas: Areas, blast: Blast | None, verb: str) -> str:
        """Complain about a host that is none, is no bastion, or is lost in the disaster."""
        lost = () if blast is None else blast.hosts
        bastions = ", ".join(b for b in areas.hosts_with("bastion") if b not in lost)
        remedy = f"choose a bastion outside the disaster area: {bastions or 'the slice has none'}"
        if name not in areas.hosts:
            self.fault(place, name, "is no host of the slice", remedy)
        elif self.estate.hosts[name].role != "bastion":
            self.fault(place, name, "is no bastion", remedy)
        elif blast is not None and name in lost:
            message = f"lies in the disaster area {blast.area}: no drill {verb} its own blast"
            self.fault(place, name, message, remedy)
        return name

    def way(self, conductor: str, areas: Areas, blast: Blast) -> None:
        """Complain where the disaster, or a dropped port, takes the way from the conductor."""
        if conductor not in areas.hosts or conductor in blast.hosts:
            return
        site = self.estate.sites[str(self.estate.hosts[conductor].site)]
        lines = set(areas.lines_of([site.routed_by]))
        if not lines - set(blast.lines):
            message = f"{conductor} has no line that the disaster spares"
            remedy = "conduct the drill from a site whose lines stay up"
            self.fault(("conductor",), self.scenario.conductor, message, remedy)
        for index, step in enumerate(self.scenario.steps):
            if isinstance(step, s.BlockPort) and step.port == _SSH:
                message = f"is the way from {conductor} to the hosts (SSH)"
                remedy = "drop another port: the drill would lose its own hands"
                self.fault(("steps", index, "port"), step.port, message, remedy)

    def patches(self, conductor: str, areas: Areas) -> None:
        """Complain about changes that would take too much away at once, or that name what there is not."""
        if conductor not in areas.hosts:
            return
        leaders = {
            name: cluster.members[0]
            for name, cluster in self.estate.clusters_within(areas.hosts).items()
        }
        for index, step in enumerate(self.scenario.steps):
            if not isinstance(step, s.Patch):
                continue
            place: Place = ("steps", index)
            if (step.program in RESTARTS) is not (step.change == "restart"):
                known = f"with `change: restart`, and only then: {', '.join(RESTARTS)}"
                self.fault((*place, "program"), step.program, "is not what is restarted", known)
                continue
            roll = plan_roll(
                self.estate,
                areas.hosts,
                Change(step.change, step.program or ""),
                conductor=conductor,
                leaders=leaders,
                roles=step.roles,
                hosts=step.hosts,
            )
            for refusal in roll.refusals:
                hosts = ", ".join(refusal.hosts)
                self.fault(place, hosts, refusal.sentence, refusal.remedy)
            if not roll.batches:
                self.fault(place, step.change, "concerns no host of the slice", "name others")

    def witnesses_of_the_drill(
        self, terminals: tuple[Terminal, ...], areas: Areas, blast: Blast
    ) -> None:
        """Complain where nobody would be left to tell what happened."""
        if not [t for t in terminals if t.host not in blast.hosts]:
            message = "has no terminal outside the disaster area: nobody would send transactions"
            self.fault(("slice",), self.scenario.slice, message, "choose a slice with offices")
        if not set(areas.hosts_with("etcd")) - set(blast.hosts):
            message = "has no member of etcd outside the disaster area: nobody could be asked"
            self.fault(("slice",), self.scenario.slice, message, "choose a slice with witnesses")
