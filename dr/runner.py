"""A drill from its first look to its verdict.

Everything was validated before (`dr.preflight`). The order: look, clients, steady state, the steps of
the scenario, evidence, undo, verdict. The undo is walked whatever happens, also after Ctrl-C; a drill
that does not reach its evidence has no verdict.
"""

from __future__ import annotations

import contextlib
import uuid
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace

from dr.acts import act
from dr.clients import Clients
from dr.consult import consult, person_of
from dr.course import Course
from dr.database_facts import read_facts
from dr.evidence import Evidence, PeopleStep
from dr.failure import DrillAborted
from dr.fetch import NoAnswer
from dr.gather import Gathered, gather, make_evidence
from dr.judge import Verdict, judge
from dr.kit import Kit
from dr.observe import Targets
from dr.plan import Plan
from dr.probes import Probes
from dr.scenario import AnyStep, StartPayRun
from dr.undo import UndoStack
from dr.versions import find_versions, read_patroni
from dr.votes import Votes
from dr.waits import prove_steady
from dr.ways import CLEAN, register

__all__ = ["SETTLE_S", "Outcome", "begin_course", "run_drill"]

_LEAD_DEADLINE_S = 60.0
SETTLE_S = 3.0
"""After the last answer: time for commits under way to end, one way or the other."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a drill ends in."""

    evidence: Evidence
    verdict: Verdict
    undo_failures: tuple[str, ...]
    """A sentence for each thing that could not be put back."""
    was_interrupted: bool = False


def run_drill(plan: Plan, kit: Kit, *, run_id: str | None = None) -> Outcome:
    """Run a drill and judge it; whatever was done is undone before this returns or raises."""
    course = begin_course(plan, kit, run_id or str(uuid.uuid4()))
    if kit.journal is not None:
        kit.journal.learn(run_id=course.run_id)
    found = Gathered()
    aborted: str | None = None
    was_interrupted = False
    failures: tuple[str, ...] = ()
    try:
        aborted = _attempt(course, found)
    except KeyboardInterrupt:
        was_interrupted = True
        aborted = "the drill was interrupted: no verdict"
    finally:
        # An interruption from here on delays the way back and never stops it.
        with course.phase("undo"):
            failures = course.undo.walk(kit.progress.doing)
    for sentence in failures:
        course.mark("undo", f"not undone: {sentence}")
    course.set_moments(ended=course.now())
    kit.progress.phase("verdict")
    evidence = make_evidence(course, found, aborted)
    return Outcome(evidence, judge(evidence), failures, was_interrupted)


def _attempt(course: Course, found: Gathered) -> str | None:
    """Perform and collect; the reason where the drill had to be given up, None where it went on."""
    try:
        _perform(course)
    except (DrillAborted, OSError) as reason:
        # What there is may show why; without it the reason alone must do. Clients at work would go on to be acknowledged
        # after the ledger was read, and look like losses.
        with contextlib.suppress(DrillAborted, OSError):
            _stop(course)
            with course.phase("evidence"):
                gather(course, found)
        return str(reason)
    with course.phase("evidence"):
        gather(course, found)
    return None


def begin_course(plan: Plan, kit: Kit, run_id: str) -> Course:
    """Give a course with its tools; nothing has been done or asked yet."""
    outside = [h for h in plan.databases if h not in plan.blast.hosts]
    observer = kit.observe(
        Targets(
            voters={voter: plan.address(voter) for voter in plan.outside_voters},
            nodes={host: plan.address(host) for host in outside},
            clusters={name: cluster.members for name, cluster in plan.clusters.items()},
        )
    )
    return Course(
        plan=plan,
        kit=kit,
        run_id=run_id,
        observer=observer,
        clients=Clients(plan, kit.transport, kit.layout, run_id),
        probes=Probes(plan, kit.transport, kit.layout),
        votes=Votes(plan, kit.transport, kit.layout, observer, kit.clock, kit.faults.is_alive),
        undo=UndoStack(kit.journal),
    )


def _perform(course: Course) -> None:
    scenario = course.plan.scenario
    with course.phase("look"):
        course.undo.push("stop watching etcd", course.observer.stop)
        course.observer.start()
        _look(course)
    with course.phase("clients"):
        hosts = (*(t.host for t in course.plan.terminals), *course.plan.databases)
        if any(isinstance(step, StartPayRun) for step in scenario.steps):
            hosts += course.plan.areas.hosts_with("batch")
        register(course, CLEAN, hosts=hosts)
        course.kit.progress.doing("installing clients and probes")
        _both(course.clients.install, lambda: course.probes.install(course.facts))
        course.kit.progress.doing("starting clients and probes")
        _both(course.clients.start, course.probes.start)
        course.kit.progress.doing(f"etcd's lead: {scenario.etcd_leader}")
        leader = course.votes.arrange(
            scenario.etcd_leader, course.undo, deadline_s=_LEAD_DEADLINE_S
        )
        course.mark("etcd", f"{leader} leads etcd")
    with course.phase("steady state"):
        _prove_steady_state(course)
    _take_steps(course, scenario.steps)
    _stop(course)


def _stop(course: Course) -> None:
    """Stop clients and probes, with time between for commits that are under way."""
    with course.phase("stop"):
        course.set_moments(clients_stopped=course.now())
        course.clients.stop()
        course.kit.clock.sleep(SETTLE_S)
        course.probes.stop([h for h in course.plan.databases if course.kit.faults.is_alive(h)])


def _both(first: Callable[[], None], second: Callable[[], None]) -> None:
    with ThreadPoolExecutor(max_workers=2) as pool:
        futures = [pool.submit(first), pool.submit(second)]
    for future in futures:
        future.result()


def _look(course: Course) -> None:
    """Write down what runs and how it is set; DrillAborted where a cluster is not fit for a drill."""
    plan, kit = course.plan, course.kit
    kit.progress.doing("asking the databases")
    with ThreadPoolExecutor(max_workers=8) as pool:
        read = pool.map(lambda h: read_facts(kit.transport, kit.layout, h), plan.databases)
        course.facts.update({facts.host: facts for facts in read})
    kit.progress.doing("asking for versions")
    found = find_versions(plan, kit.transport, course.facts)
    course.versions.update(found.versions)
    course.settings.update(found.settings)
    for name, cluster in plan.clusters.items():
        asked = next((m for m in cluster.members if m not in plan.blast.hosts), cluster.members[0])
        try:
            node, settings = read_patroni(plan, kit.connect, asked, name)
        except NoAnswer as silence:
            raise DrillAborted(f"Patroni on {asked} gives no answer: {silence}") from silence
        if node.is_paused:
            raise DrillAborted(f"Patroni is paused in cluster {name}: end the pause before a drill")
        course.versions["Patroni"] = node.version
        course.settings.update(settings)


def _prove_steady_state(course: Course) -> None:
    steady = course.plan.scenario.steady
    began = course.now()
    until = began + steady.deadline_s
    span = prove_steady(
        course, seconds=steady.seconds, share=steady.acked_share, since=began, until=until
    )
    if isinstance(span, str):
        raise DrillAborted(
            f"the steady state was not reached in {steady.deadline_s:g} s: {span}: no verdict"
        )
    lacking: str | None = None

    def look() -> str | None:
        nonlocal lacking
        lacking = _lacks_before_fault(course)
        return lacking

    if not course.wait(until, look):
        raise DrillAborted(f"the estate is not fit for this drill: {lacking}: no verdict")
    course.set_moments(steady_from=float(span.since), steady_until=float(span.until))


def _lacks_before_fault(course: Course) -> str | None:
    """Say what is not as it must be before a disaster, None where all is well."""
    plan = course.plan
    samples = course.probes.last_samples()
    for name, cluster in plan.clusters.items():
        mute = [h for h in cluster.members if (s := samples.get(h)) is None or not s.answered]
        if mute:
            return f"no probe answers on {', '.join(mute)}"
        writers = [h for h in cluster.members if (s := samples[h]) is not None and s.is_writer]
        if len(writers) != 1:
            return f"cluster {name} has {len(writers)} writers"
        standing = course.standing(name)
        if standing is None or standing.leader != writers[0]:
            return f"etcd does not say that {writers[0]} leads {name}"
        outside = [h for h in cluster.members if h not in plan.blast.hosts]
        is_struck = len(outside) < len(cluster.members)
        if is_struck and not set(outside) & set(standing.sync_members):
            return f"/sync of {name} names nobody outside the disaster area"
    return None


def _take_steps(course: Course, steps: Sequence[AnyStep]) -> None:
    """Take the steps in turn; after the disaster, one that fails ends them but not the drill."""
    for number, step in enumerate(steps):
        with course.phase(step.title):
            person = _take(course, step)
        course.people.append(person)
        if person.done:
            continue
        if course.moments.fault is None:
            raise DrillAborted(f"step {step.id}: {person.note}: no verdict")
        rest = (person_of(course, later) for later in steps[number + 1 :])
        note = "not taken: the step before it failed"
        course.people.extend(replace(later, note=note) for later in rest)
        return


def _take(course: Course, step: AnyStep) -> PeopleStep:
    started = course.now()
    fault = course.moments.fault
    until = (started if fault is None else fault) + step.deadline_s
    person = replace(person_of(course, step), started=started)
    consulted = consult(course, step, until)
    person = replace(person, answers=consulted.answers)
    if consulted.lacking is not None:
        return replace(person, ended=course.now(), note=consulted.lacking)
    person = replace(person, acted_at=course.now())
    try:
        result = act(course, step, until)
    except DrillAborted as failed:
        if course.moments.fault is None:
            raise
        return replace(person, ended=course.now(), note=str(failed))
    return replace(person, ended=course.now(), done=result.is_done, note=result.note)
