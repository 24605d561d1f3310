"""From the estate's job network to one night: which jobs run, where, how long, and what they share."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator, Mapping
from datetime import date

from inventory import Estate
from inventory.batch import Batch, BatchJob
from inventory.calendar import Calendar
from inventory.occasions import Occasion
from monitors.night.hours import NightHours, day_kind, night_hours, runs_on
from monitors.night.night import Duration, Night, NightJob, Pool

__all__ = ["InvalidNight", "daytime_jobs", "resolve", "without_place"]


class InvalidNight(Exception):
    """The estate has no night to be resolved, or the call asks for one that cannot be."""


def resolve(
    estate: Estate,
    day: date,
    *,
    without: Collection[str] = (),
    moved: Collection[str] = (),
) -> Night:
    """The night that begins on a day; `without` = sites that are gone, `moved` = day jobs that run in it all the same.

    InvalidNight where the estate describes no night or a name is none.
    """
    batch = _batch(estate)
    _ensure_known(estate, batch, without, moved)
    calendar = estate.calendar
    kind = day_kind(batch, day, calendar).name
    hours = night_hours(batch, day, calendar)
    due = {
        job.name: job for job in _due(batch, day, calendar) if not job.by_day or job.name in moved
    }
    hosts = Counter(
        host.site or "" for host in estate.select(role="batch") if host.site not in without
    )
    places = {name: _place(estate, job, without, hosts) for name, job in due.items()}
    lost = {name for name, (site, _) in places.items() if site is None}
    every = {job.name: job for job in batch.jobs}
    tonight = {name: job for name, job in due.items() if name not in lost}
    jobs = tuple(
        _job(batch, job, kind, places[name], _waits_for(name, every, tonight), hours.begins)
        for name, job in tonight.items()
    )
    return Night(
        day=day,
        kind=kind,
        jobs=jobs,
        pools=tuple(_pools(estate, batch, without, hosts, hours)),
        begins=hours.begins,
        opening=hours.opening,
    )


def without_place(estate: Estate, day: date, without: Collection[str]) -> tuple[str, ...]:
    """The jobs that a day's night would have and that have no place to run once some sites are gone."""
    whole = resolve(estate, day)
    left = {job.name for job in resolve(estate, day, without=without).jobs}
    return tuple(job.name for job in whole.jobs if job.name not in left)


def daytime_jobs(estate: Estate, day: date) -> tuple[BatchJob, ...]:
    """The jobs that run on a day beside the offices."""
    return tuple(job for job in _due(_batch(estate), day, estate.calendar) if job.by_day)


def _due(batch: Batch, day: date, calendar: Calendar) -> Iterator[BatchJob]:
    """The jobs whose rules hold on a day; the rules are few and the jobs many."""
    holds: dict[tuple[Occasion, ...], bool] = {}
    for job in batch.jobs:
        for rules in (job.when, job.unless):
            if rules not in holds:
                holds[rules] = runs_on(rules, day, calendar)
        if holds[job.when] and not holds[job.unless]:
            yield job


def _batch(estate: Estate) -> Batch:
    if estate.batch is None:
        raise InvalidNight(
            f"Estate '{estate.name}' describes no night batch; write the sections `batch` and `nets`."
        )
    return estate.batch


def _ensure_known(
    estate: Estate, batch: Batch, without: Collection[str], moved: Collection[str]
) -> None:
    for site in without:
        if site not in estate.sites:
            raise InvalidNight(f"'{site}' is no site of estate '{estate.name}'.")
    movable = {job.name for job in batch.jobs if job.movable}
    for name in moved:
        if name not in movable:
            raise InvalidNight(
                f"'{name}' is no job that may move to the night; these may: {', '.join(sorted(movable))}."
            )


def _place(
    estate: Estate, job: BatchJob, without: Collection[str], hosts: Collection[str]
) -> tuple[str | None, str | None]:
    """The site where a job runs and the cluster that it works on; no site where it cannot run."""
    cluster = job.cluster
    if cluster is not None:
        home = estate.clusters[cluster]
        if {home.home, home.backup} <= set(without):
            return None, cluster
    order = estate.services[job.at].home_order if job.at in estate.services else (job.at,)
    return next((site for site in order if site in hosts), None), cluster


def _waits_for(
    name: str, every: Mapping[str, BatchJob], tonight: Mapping[str, BatchJob]
) -> tuple[str, ...]:
    """The jobs of tonight that must end before this one; where one does not run, those that it would wait for."""
    found: dict[str, None] = {}
    seen: set[str] = set()
    rest = list(reversed(every[name].after))
    while rest:
        other = rest.pop()
        if other in seen:
            continue
        seen.add(other)
        if other in tonight:
            found[other] = None
        else:
            rest += reversed(every[other].after)
    return tuple(found)


def _job(
    batch: Batch,
    job: BatchJob,
    kind: str,
    place: tuple[str | None, str | None],
    after: tuple[str, ...],
    begins: int,
) -> NightJob:
    site, cluster = place
    volume = batch.volumes[job.volume] if job.volume else None
    ratio = volume.on(kind) / volume.usual if volume else 1.0
    median = job.by_kind.get(kind, job.fixed_min + job.volume_min * ratio)
    demands = {
        f"{site}-cores": job.cores,
        f"{site}-memory": job.memory_gb,
        f"{cluster}-io": job.io,
        f"{cluster}-connections": job.connections,
        **job.pools,
    }
    return NightJob(
        name=job.name,
        net=job.net,
        duration=Duration(round(median, 3), job.cv, job.failure, job.rerun_share),
        demands={pool: units for pool, units in demands.items() if units},
        after=after,
        exclusive=job.exclusive,
        # What runs by day and was moved waits for the night like all others.
        not_before=begins if job.by_day else max(begins, job.not_before or 0),
        deadline=None if job.by_day else job.deadline,
        deadline_reason="" if job.by_day else job.deadline_reason,
        tier=job.tier,
        movable=job.movable,
        volume=round(ratio, 4),
        unit=job.volume or "",
        owner=job.owner,
        program=job.program or "",
        where=job.where,
    )


def _pools(
    estate: Estate,
    batch: Batch,
    without: Collection[str],
    hosts: Mapping[str, int],
    hours: NightHours,
) -> Iterator[Pool]:
    for site, count in hosts.items():
        cores, memory = batch.hardware.of_host(site)
        yield Pool(f"{site}-cores", ((0, count * cores),), batch.hardware.yen_per_core)
        yield Pool(f"{site}-memory", ((0, count * memory),), batch.hardware.yen_per_gb)
    for cluster in estate.clusters.values():
        if not {cluster.home, cluster.backup} <= set(without):
            share = batch.online_percent
            yield Pool(f"{cluster.name}-io", _steps(batch.cluster_io, share, hours))
            connections = _steps(batch.cluster_connections, share, hours)
            yield Pool(f"{cluster.name}-connections", connections)
    for pool in batch.pools.values():
        if pool.site is None or pool.site not in without:
            yield Pool(pool.name, pool.steps)


def _steps(units: int, percent: int, hours: NightHours) -> tuple[tuple[int, int], ...]:
    """All units at night, a part of them while offices are open."""
    part = units * percent // 100
    return (0, part), (hours.begins, units), (hours.opening, part)
