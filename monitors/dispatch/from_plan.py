"""Orders made of a night and its plan: on the control machine only, so it is not in the wheel of the batch hosts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from monitors.dispatch.orders import InvalidOrders, Order, Orders
from monitors.night.night import Night, NightJob
from monitors.night.plan import Plan

__all__ = ["orders_of"]


def orders_of(
    night: Night,
    plan: Plan,
    commands: Mapping[str, Sequence[str]],
    minute_s: float = 60.0,
    name: str = "",
) -> Orders:
    """The jobs of the plan in its order, each with its program; a stand-in where none is given.

    `minute_s` is how long a minute lasts: stand-ins of a rehearsal are as much shorter. InvalidOrders names commands
    and plan that do not fit the night.
    """
    jobs = {job.name: job for job in night.jobs}
    planned = {job.name for job in plan.jobs}
    faults = [f"the plan has {n}, which does not run on {night.day}" for n in planned - set(jobs)]
    faults += [f"the plan lacks {n}; plan {night.day} anew" for n in jobs if n not in planned]
    faults += [
        f"a command is given for {n}, which is not in the night" for n in commands if n not in jobs
    ]
    if faults:
        raise InvalidOrders(tuple(sorted(faults)))
    ordered = sorted(plan.jobs, key=lambda job: (job.start, job.name))
    place = {job.name: index for index, job in enumerate(ordered)}
    made = []
    for one in ordered:
        job = jobs[one.name]
        argv = tuple(commands.get(job.name, ())) or _stand_in(job, (one.end - one.start) * minute_s)
        made.append(
            Order(
                name=job.name,
                argv=argv,
                start=one.start,
                minutes=float(one.end - one.start),
                after=tuple(sorted((n for n in job.after if n in place), key=place.__getitem__)),
                demands=dict(job.demands),
                exclusive=job.exclusive,
                not_before=job.not_before,
                deadline=one.deadline,
                tier=job.tier,
                site=_place(job),
                cores=max(1, _demand(job, "cores")),
                memory_mb=1024 * max(1, _demand(job, "memory")),
            )
        )
    return Orders(
        night=name or night.day.isoformat(),
        day=night.day,
        jobs=tuple(_after_what_they_wait_for(made)),
        pools={pool.name: pool.steps for pool in night.pools},
        begins=night.begins,
        opening=night.opening,
    )


def _place(job: NightJob) -> str:
    """The site whose cores the job takes: pools of a site are named by it."""
    return next((p.removesuffix("-cores") for p in job.demands if p.endswith("-cores")), "")


def _demand(job: NightJob, what: str) -> int:
    return sum(units for pool, units in job.demands.items() if pool.endswith(f"-{what}"))


def _stand_in(job: NightJob, seconds: float) -> tuple[str, ...]:
    return ("{python}", "-sB", "-m", "monitors.dispatch.standin", job.name, f"{seconds:.3f}")


def _after_what_they_wait_for(orders: Sequence[Order]) -> list[Order]:
    """The same order, but nobody stands before one that it waits for (both may start in the same minute)."""
    left, placed, found = list(orders), set[str](), list[Order]()
    while left:
        ready = next((job for job in left if placed.issuperset(job.after)), left[0])
        left.remove(ready)
        placed.add(ready.name)
        found.append(ready)
    return found
