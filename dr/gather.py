"""From what a drill left behind, on hosts alive and dead, to the evidence that the judge reads."""

from __future__ import annotations

import contextlib
from collections.abc import Mapping

from dr import evidence as e
from dr.consult import players_of
from dr.course import Course
from dr.diverged import gather_diverged
from dr.history import ParsedHistory, parse_history
from dr.ledger import LedgerUnread, farthest, read_ledger, read_received
from dr.plan import Plan
from dr.probes import STEP_S, parse_samples
from dr.real_load import WRITE_SHARE, multiple_of_real
from dr.scenario import BlockPort
from dr.versions import describe_load
from dr.wal_tail import WalTailUnread, read_tail

__all__ = ["Gathered", "gather", "make_evidence"]

_ANSWER_S = 4.0
"""Connect and reply time-out of the clients together."""


class Gathered:
    """What was read from the hosts after the last act."""

    def __init__(self) -> None:
        self.history = ParsedHistory()
        self.samples: tuple[e.WriterSample, ...] = ()
        self.ledgers: dict[str, Mapping[str, e.LedgerEntry] | None] = {}
        self.leaders: dict[str, str | None] = {}
        self.bytes_at_risk: dict[str, int | None] = {}
        self.diverged: tuple[e.Diverged, ...] = ()


def gather(course: Course, found: Gathered) -> None:
    """Read histories, samples, ledgers and dead disks; what cannot be read becomes a mark."""
    say = course.kit.progress.doing
    say("who leads at the end")
    for name in course.plan.clusters:
        standing = course.standing(name)
        found.leaders[name] = None if standing is None else standing.leader
    say("the ledgers")
    for name in course.plan.services:
        found.ledgers[name] = _ledger(course, found, name)
    say("the dead leaders' disks")
    for name in course.plan.clusters:
        if found.leaders[name] is None and course.plan.blast.is_deadly:
            found.bytes_at_risk[name] = _bytes_at_risk(course, name)
    say("what was saved before rewinds")
    found.diverged = gather_diverged(course)
    say("the clients' histories")
    texts = []
    for terminal, _, path in course.clients.histories():
        text = _read(course, terminal.host, path)
        texts.append((f"{terminal.office}:{path}", text))
    found.history = parse_history(texts)
    say("the probes' samples")
    samples: list[e.WriterSample] = []
    for host in course.plan.databases:
        samples += parse_samples(_read(course, host, course.probes.path))
    found.samples = tuple(samples)


def _read(course: Course, host: str, path: str) -> str:
    """Read a host's file in-band, from its disk where that is impossible, "" where both are."""
    if course.kit.faults.is_alive(host):
        with contextlib.suppress(OSError):
            return course.kit.transport.get(host, path).decode("utf-8", "replace")
    try:
        return course.kit.faults.read_disk(host, path).decode("utf-8", "replace")
    except OSError as error:
        course.mark("note", f"{host}: {path} could not be read: {error}")
        return ""


def _ledger(
    course: Course, found: Gathered, service_name: str
) -> Mapping[str, e.LedgerEntry] | None:
    """Read a ledger on the leader; where nobody leads, on the replica that has received most."""
    plan, kit = course.plan, course.kit
    service = plan.services[service_name]
    cluster = str(service.cluster)
    host = found.leaders.get(cluster)
    if host is None:
        alive = [m for m in plan.clusters[cluster].members if kit.faults.is_alive(m)]
        best = farthest(read_received(kit.transport, kit.layout, alive))
        if best is None:
            course.mark("note", f"no replica of {cluster} says how far it is: no ledger")
            return None
        host = best.host
        course.mark("note", f"the ledger of {service_name} is read on {host}: nobody leads")
    try:
        return read_ledger(kit.transport, kit.layout, host, service)
    except LedgerUnread as unread:
        course.mark("note", str(unread))
        return None


def _bytes_at_risk(course: Course, cluster: str) -> int | None:
    plan, kit = course.plan, course.kit
    fault = course.moments.fault or 0.0
    before = [o for o in course.observer.observations() if o.cluster == cluster and o.at <= fault]
    leader = next((o.leader for o in reversed(before) if o.leader is not None), None)
    dead = {each.host for each in course.dead if each.until is None}
    outside = [m for m in plan.clusters[cluster].members if m not in {*plan.blast.hosts, *dead}]
    best = farthest(read_received(kit.transport, kit.layout, outside))
    if leader is None or leader not in course.facts or best is None:
        course.mark("note", f"bytes at risk in {cluster} are not known: no leader or no replica")
        return None
    try:
        tail = read_tail(kit.faults, leader, course.facts[leader], best.byte)
    except WalTailUnread as unread:
        course.mark("note", f"bytes at risk in {cluster} are not known: {unread}")
        return None
    optime = course.observer.optime(cluster)
    said = "" if optime is None else f" (/status alone would say {optime - best.byte})"
    course.mark(
        "note",
        f"{tail.bytes_at_risk} bytes of {cluster} are on {leader}'s disk only: "
        f"{best.host} has received less{said}",
    )
    return tail.bytes_at_risk


def make_evidence(course: Course, found: Gathered, aborted: str | None) -> e.Evidence:
    """Put everything that is known about a run into one value."""
    plan, kit = course.plan, course.kit
    scenario, blast = plan.scenario, plan.blast
    per_second = scenario.load.transactions_per_s
    return e.Evidence(
        scenario=scenario.name,
        title=scenario.title,
        title_ja=scenario.title_ja,
        run_id=course.run_id,
        moments=course.moments,
        settings=_settings(course),
        offices=tuple(
            e.Office(t.office, (site := plan.estate.sites[t.office]).title, site.title_ja)
            for t in plan.terminals
            if t.host not in blast.hosts
        ),
        services=tuple(
            e.Service(s.name, s.title, str(s.cluster), float(s.rto_s))
            for s in plan.services.values()
        ),
        clusters=_clusters(plan),
        load=e.Load(
            per_second=per_second,
            writes_per_second=per_second * WRITE_SHARE,
            reads_per_second=per_second * (1 - WRITE_SHARE),
            multiple_of_real=multiple_of_real(per_second),
            note=describe_load(plan, course.clients.rate),
        ),
        deadline_s=_ANSWER_S,
        struck=tuple(dict.fromkeys([*blast.hosts, *(each.host for each in course.dead)])),
        struck_area=blast.area,
        lines_fell=True,
        hosts_died=blast.is_deadly,
        steady_state_held=course.moments.steady_until is not None,
        aborted=aborted,
        transactions=found.history.transactions,
        history_problems=found.history.problems,
        ledgers=found.ledgers,
        leaders=found.leaders,
        writer_samples=found.samples,
        sample_step_s=STEP_S,
        dead=tuple(course.dead),
        etcd=course.observer.observations(),
        bytes_at_risk=found.bytes_at_risk,
        diverged=found.diverged,
        brought_back=tuple(course.brought_back),
        pay_run=course.pay_run,
        batches=tuple(course.batches),
        phases=tuple(course.phases),
        events=tuple(sorted(course.events, key=lambda event: event.at)),
        people=tuple(course.people),
        cast=players_of(course),
        memory_peak_mb=course.memory_peak_mb or None,
        hosts=len(plan.hosts),
        versions=course.versions,
        bill_of_materials=kit.bill_of_materials,
        honesty=(*kit.honesty, *_honesty_about_people(course)),
    )


def _honesty_about_people(course: Course) -> tuple[e.Limit, ...]:
    """Say it where a file answered for people: then their times are made up."""
    answers = [answer for step in course.people for answer in step.answers]
    scripted = sum(answer.source == "scripted" for answer in answers)
    if not scripted:
        return ()
    return (
        e.Limit(
            f"How long people take: {scripted} of {len(answers)} answers were scripted.",
            "a drill at a terminal with the people on duty, without --unattended",
            "人の所要時間（応答は台本による）",
        ),
    )


def _clusters(plan: Plan) -> tuple[e.Cluster, ...]:
    return tuple(
        e.Cluster(
            name=cluster.name,
            databases=cluster.members,
            members=cluster.members,
            home=cluster.home,
            backup=cluster.backup,
            backup_members=tuple(
                m for m in cluster.members if plan.estate.hosts[m].site == cluster.backup
            ),
        )
        for cluster in plan.clusters.values()
    )


def _settings(course: Course) -> dict[str, str]:
    scenario = course.plan.scenario
    blocks = [step for step in scenario.steps if isinstance(step, BlockPort)]
    return {
        "slice": scenario.slice,
        "conducted from": course.plan.conductor,
        "etcd led from": scenario.etcd_leader,
        "connect time-out": "2 s",
        "reply time-out": "2 s",
        **{f"dropped from step {step.id}": f"tcp/{step.port}" for step in blocks},
        **course.settings,
    }
