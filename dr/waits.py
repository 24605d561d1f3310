"""What a drill waits for, each with a deadline; what is still missing is said meanwhile."""

from __future__ import annotations

from contextlib import closing

from dr import announcements
from dr import scenario as s
from dr.areas import BACKUP
from dr.course import Course
from dr.fetch import NoAnswer
from dr.patroni import PORT, read_cluster
from dr.promotion import has_taken_over, is_refused, is_site_rpo_zero, refusal
from dr.result import Result
from dr.steady import SteadySpan, find_steady

__all__ = [
    "prove_steady",
    "wait_home",
    "wait_new_leader",
    "wait_refusing",
    "wait_rejoined",
    "wait_site_rpo",
    "wait_steady",
    "wait_sync_excludes",
    "wait_takeover",
]

_TIMEOUT_S = 2.0


def wait_sync_excludes(course: Course, step: s.WaitSyncExcludes, until: float) -> Result:
    """Wait until `/sync` of no cluster names a host of an area."""

    def look() -> str | None:
        for name in course.plan.clusters:
            standing = course.standing(name)
            if standing is None:
                return "etcd gives no answer"
            named = set(standing.sync_members) & set(course.plan.members_in(name, step.area))
            if named:
                return f"/sync of {name} still names {', '.join(sorted(named))}"
        return None

    if course.wait(until, look, tick_s=0.2):
        return Result(True, "/sync names nobody there")
    return Result(False, look() or "too late")


def wait_takeover(course: Course, step: s.WaitTakeover, until: float) -> Result:
    """Wait until an area leads every struck cluster, or until it has refused to for long enough."""
    struck = course.struck_clusters()
    centre = course.plan.estate.backup_site().name
    refused_since: float | None = None

    def look() -> str | None:
        nonlocal refused_since
        waiting: list[str] = []
        refusals = 0
        for name in struck:
            backup = course.plan.members_in(name, step.area)
            standing = course.standing(name)
            if standing is None:
                waiting.append(f"{name}: etcd gives no answer")
            elif not has_taken_over(standing, backup):
                waiting.append(f"{name}: {standing.leader or 'nobody'} holds the leader key")
                refusals += is_refused(standing, backup)
        if not waiting:
            refused_since = None
            return None
        # A refusal must stand for some loops: Patroni may still be on its way to a decision.
        is_refusal = refusals == len(waiting)
        refused_since = (refused_since or course.now()) if is_refusal else None
        if refused_since is not None and course.now() - refused_since >= step.refusal_s:
            return None
        return "; ".join(waiting)

    is_over = course.wait(until, look, tick_s=0.2)
    leaders = {n: standing.leader for n in struck if (standing := course.standing(n)) is not None}
    if is_over and refused_since is None:
        for name, leader in leaders.items():
            course.mark("decision", f"{leader} leads {name}", f"{name}の主系: {leader}")
        return Result(True, "; ".join(f"{leader} leads {name}" for name, leader in leaders.items()))
    if is_over:
        course.mark("decision", refusal(centre), "昇格の拒否")
        return Result(False, refusal(centre))
    return Result(False, look() or "too late")


def wait_new_leader(course: Course, until: float) -> Result:
    """Wait until a host that lives leads every cluster that was struck."""
    dead = {each.host for each in course.dead if each.until is None}

    def look() -> str | None:
        for name in course.struck_clusters():
            standing = course.standing(name)
            if standing is None:
                return "etcd gives no answer"
            if standing.leader is None or standing.leader in dead:
                return f"{name}: {standing.leader or 'nobody'} holds the leader key"
        return None

    if not course.wait(until, look, tick_s=0.2):
        return Result(False, look() or "too late")
    leaders = []
    for name in course.struck_clusters():
        standing = course.standing(name)
        leader = None if standing is None else standing.leader
        course.mark("decision", f"{leader} leads {name}", f"{name}の主系: {leader}")
        leaders.append(f"{leader} leads {name}")
    return Result(True, "; ".join(leaders))


def wait_refusing(course: Course, step: s.WaitRefusing, until: float) -> Result:
    """Wait until no write was acknowledged, and no host was a writer, for a while on end."""
    quiet_since: float | None = None

    def look() -> str | None:
        nonlocal quiet_since
        now = course.now()
        samples = course.probes.last_samples()
        writers = [h for h, sample in samples.items() if sample is not None and sample.is_writer]
        if writers or _acked_since(course, now - 2):
            quiet_since = None
            return f"{', '.join(writers)} takes writes" if writers else "writes are acknowledged"
        quiet_since = now if quiet_since is None else quiet_since
        left = step.seconds - (now - quiet_since)
        return None if left <= 0 else f"refused for {now - quiet_since:.0f} s of {step.seconds:g} s"

    if course.wait(until, look, tick_s=1.0):
        return Result(True, f"no write was acknowledged for {step.seconds:g} s")
    return Result(False, look() or "too late")


def _acked_since(course: Course, moment: float) -> bool:
    return any(
        second.acked
        for status in course.clients.statuses()
        if status is not None
        for second in status.seconds
        if second.kind == "write" and second.at >= moment
    )


def wait_site_rpo(course: Course, step: s.WaitSiteRpo, until: float) -> Result:
    """Wait until every cluster's *site-RPO is zero* is what the step says."""

    def look() -> str | None:
        for name, cluster in course.plan.clusters.items():
            standing = course.standing(name)
            if standing is None:
                return "etcd gives no answer"
            sites = {m: str(course.plan.estate.hosts[m].site) for m in cluster.members}
            is_zero = is_site_rpo_zero(standing, sites)
            if is_zero is not step.is_zero:
                return f"{name}: site-RPO is zero: {'yes' if is_zero else 'no'}"
            if not _alarm_says(course, standing.leader, is_zero=step.is_zero):
                return f"{name}: the alarm of {standing.leader or 'nobody'} does not say so yet"
        return None

    words = "true" if step.is_zero else "false"
    if not course.wait(until, look, tick_s=0.2):
        return Result(False, look() or "too late")
    course.mark("decision", f"site-RPO = 0 is {words}", f"拠点間損失ゼロ: {words}")
    return Result(True, f"site-RPO = 0 is {words} for every cluster")


def _alarm_says(course: Course, leader: str | None, *, is_zero: bool) -> bool:
    """Whether the gauge on the leader itself says the same."""
    if leader is None:
        return False
    argv = ["cat", course.kit.layout.site_rpo_file]
    said = course.kit.transport.run(leader, argv, deadline_s=_TIMEOUT_S)
    return said.is_ok and f"}} {int(is_zero)}\n" in said.stdout


def wait_home(course: Course, until: float) -> Result:
    """Wait until the homes lead, and every service is announced by its own first."""

    def look() -> str | None:
        for name, cluster in course.plan.clusters.items():
            standing = course.standing(name)
            leader = None if standing is None else standing.leader
            if leader is None or course.plan.estate.hosts[leader].site != cluster.home:
                return f"{name} is led by {leader or 'nobody'}"
        for service in course.plan.services.values():
            home = service.home_order[0]
            (balancer, *_) = course.plan.areas.hosts_at((home,), "balancer")
            try:
                address = course.plan.address(balancer)
                with closing(course.kit.connect(address, announcements.PORT, _TIMEOUT_S)) as fetch:
                    board = announcements.read_board(fetch)
            except NoAnswer as silence:
                return str(silence)
            if not board.get(service.name, False):
                return f"{balancer} does not announce {service.name}"
        return None

    if course.wait(until, look, tick_s=1.0):
        return Result(True, "every cluster and every service is at home")
    return Result(False, look() or "too late")


def prove_steady(
    course: Course, *, seconds: float, share: float, since: float, until: float
) -> SteadySpan | str:
    """Wait until every office is served for `seconds` on end, or say what lacks."""
    span: SteadySpan | str = "no status yet"

    def look() -> str | None:
        nonlocal span
        span = find_steady(
            course.clients.statuses(),
            since=since,
            seconds=seconds,
            share=share,
            rate=course.clients.rate,
        )
        return span if isinstance(span, str) else None

    course.wait(until, look, tick_s=1.0)
    return span


def wait_steady(course: Course, step: s.WaitSteady, until: float) -> Result:
    """Wait until every office is served for a while on end."""
    span = prove_steady(
        course,
        seconds=step.seconds,
        share=course.plan.scenario.steady.acked_share,
        since=course.now() - 1,
        until=until,
    )
    if isinstance(span, str):
        return Result(False, span)
    return Result(True, f"steady for {span.until - span.since} s")


def wait_rejoined(course: Course, until: float) -> Result:
    """Wait until every member of every cluster streams from its leader, or leads."""

    def look() -> str | None:
        for name, cluster in course.plan.clusters.items():
            asked = course.plan.members_in(name, BACKUP)[0]
            address = course.plan.address(asked)
            try:
                with closing(course.kit.connect(address, PORT, _TIMEOUT_S)) as fetch:
                    well = {member.name for member in read_cluster(fetch) if member.is_well}
            except NoAnswer as silence:
                return str(silence)
            missing = [host for host in cluster.members if host not in well]
            if missing:
                return f"{name}: {', '.join(missing)} not back yet"
        return None

    if course.wait(until, look, tick_s=1.0):
        return Result(True, "every member streams or leads")
    return Result(False, look() or "too late")
