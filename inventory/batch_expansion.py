"""From the texts of a faultless night to its jobs: one for each site of a kind (`per`), or for each share (`parts`)."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TypeVar

from inventory.batch import (
    Batch,
    BatchJob,
    CutOff,
    DayKind,
    Hardware,
    Hours,
    Net,
    SharedPool,
    Volume,
)
from inventory.batch_documents import (
    BatchText,
    DeclaredJobText,
    DeclaredText,
    HardwareText,
    JobText,
    NetText,
    PoolText,
)
from inventory.clock import minute_of
from inventory.documents import ServiceText
from inventory.marks import Marks
from inventory.occasions import Occasion
from inventory.parts import Site

__all__ = ["DEFAULT_CV", "expand_batch", "leaves"]

DEFAULT_CV = 0.3
# What of a job's time does not depend on its volume, unless it says otherwise (an assumption).
_FIXED = 0.2
# What of a job is done again that begins at the first part that is missing (an assumption: half of it).
_FROM_PART = 0.5
T = TypeVar("T")


def expand_batch(
    text: BatchText,
    nets: Mapping[str, NetText],
    declared: DeclaredText | None,
    sites: Mapping[str, Site],
    services: Mapping[str, ServiceText],
    marks: Marks,
) -> Batch:
    """The whole night batch; the texts must have passed every check."""
    jobs = _Jobs(text, nets, declared, sites, services, marks)
    return Batch(
        confidence=text.confidence,
        hours=tuple(
            Hours(_occasions(one.when), one.title, minute_of(one.open), minute_of(one.close))
            for one in text.hours
        ),
        closing_minutes=text.closing_minutes,
        ready_minutes=text.ready_minutes,
        closed_begins=minute_of(text.closed_begins),
        kinds=tuple(DayKind(k.kind, _occasions(k.when), k.title) for k in text.kinds),
        cut_offs={n: CutOff(n, minute_of(c.at), c.reason) for n, c in text.cut_offs.items()},
        volumes={
            name: Volume(name, volume.usual, dict(volume.kinds), volume.source)
            for name, volume in text.volumes.items()
        },
        hardware=_hardware(text.hardware),
        cluster_io=text.clusters.io,
        cluster_connections=text.clusters.connections,
        online_percent=text.clusters.online_percent,
        pools={name: _pool(name, pool) for name, pool in text.pools.items()},
        nets={name: Net(name, net.title, net.title_ja) for name, net in nets.items()},
        jobs=tuple(jobs.all()),
    )


def leaves(net: NetText) -> tuple[str, ...]:
    """The jobs of a net that no other job of it waits for: when they have ended, the net has."""
    waited = {name for job in net.jobs.values() for name in job.after}
    return tuple(name for name in net.jobs if name not in waited)


def _occasions(texts: tuple[str, ...] | None) -> tuple[Occasion, ...]:
    return tuple(Occasion(text) for text in texts or ())


def _hardware(text: HardwareText) -> Hardware:
    return Hardware(
        text.cores,
        text.memory_gb,
        text.yen_per_core,
        text.yen_per_gb,
        {
            name: (site.cores or text.cores, site.memory_gb or text.memory_gb)
            for name, site in text.sites.items()
        },
    )


def _pool(name: str, text: PoolText) -> SharedPool:
    steps = sorted((minute_of(clock), units) for clock, units in text.steps.items())
    if not steps or steps[0][0] > 0:
        steps.insert(0, (0, text.units))
    return SharedPool(name, text.title, text.site, tuple(steps))


def _first(*values: T | None, default: T) -> T:
    return next((value for value in values if value is not None), default)


@dataclass(frozen=True, slots=True)
class _Jobs:
    """The expansion of all nets' jobs."""

    text: BatchText
    nets: Mapping[str, NetText]
    declared: DeclaredText | None
    sites: Mapping[str, Site]
    services: Mapping[str, ServiceText]
    marks: Marks

    def all(self) -> Iterator[BatchJob]:
        for net_name, net in self.nets.items():
            for name, job in net.jobs.items():
                members = self._members(net, job)
                mean = sum(site.seats for site in members if site) / max(1, len(members))
                for site in members:
                    # A larger bureau has more to do; seats stand for its share (an assumption).
                    weight = site.seats / mean if site and mean else 1.0
                    for instance in _parts_of(f"{name}-{site.name}" if site else name, job):
                        yield self._job(net_name, net, name, job, site, weight, instance)

    def _members(self, net: NetText, job: JobText) -> list[Site | None]:
        per = job.per or net.per
        if per is None:
            return [None]
        return [site for site in self.sites.values() if site.kind == per]

    def _job(
        self,
        net_name: str,
        net: NetText,
        name: str,
        job: JobText,
        site: Site | None,
        weight: float,
        instance: str,
    ) -> BatchJob:
        # What of the time does not depend on the volume every part takes.
        weight /= job.parts
        known = self.declared.jobs[job.program] if job.program and self.declared else None
        volume = known.unit if known else job.volume
        by_kind: dict[str, float] = {}
        if known:
            usual = self.text.volumes[known.unit].usual * job.part
            fixed_min = known.fixed_s / 60
            volume_min = known.seconds_per_million * usual / 1e6 / 60 * weight
        else:
            minutes = job.minutes or {}
            fixed = _first(job.fixed, net.fixed, default=_FIXED)
            fixed_min, volume_min = (
                minutes["usual"] * fixed,
                minutes["usual"] * (1 - fixed) * weight,
            )
            by_kind = {
                kind: figure * (fixed + (1 - fixed) * weight)
                for kind, figure in minutes.items()
                if kind != "usual"
            }
        file, line = self.marks.find(("nets", net_name, "jobs", name))
        at = _first(job.at, net.at, site.name if site else None, default="")
        service = self.services.get(at)
        deadline, reason = self._deadline(net, job)
        clock = _first(job.not_before, net.not_before, default="")
        return BatchJob(
            name=instance,
            net=net_name,
            template=name,
            at=at,
            cluster=job.cluster or net.cluster or (service.cluster if service else None),
            when=_occasions(_first(job.when, net.when, default=("daily",))),
            unless=_occasions(_first(job.unless, net.unless, default=())),
            owner=_first(job.owner, net.owner, default=""),
            tier=_first(job.tier, net.tier, default=2),
            fixed_min=fixed_min,
            volume_min=volume_min,
            by_kind=by_kind,
            cv=_first(job.cv, net.cv, default=DEFAULT_CV),
            failure=_first(job.failure, net.failure, default=0.0),
            rerun_share=self._rerun_share(net, job, known),
            volume=volume,
            after=self._after(net, name, job, site),
            cores=known.cores if known else _first(job.cores, default=1),
            memory_gb=(
                math.ceil(known.memory_mb / 1024) if known else _first(job.memory_gb, default=1)
            ),
            io=self.text.clusters.declared_io[known.io] if known else job.io or 0,
            connections=known.connections if known else job.connections or 0,
            pools=dict(job.pools),
            exclusive=job.exclusive,
            not_before=minute_of(clock) if clock else None,
            deadline=deadline,
            deadline_reason=reason,
            by_day=job.day,
            movable=job.movable,
            program=job.program,
            where=f"{file}:{line}",
        )

    def _rerun_share(self, net: NetText, job: JobText, known: DeclaredJobText | None) -> float:
        said = _first(job.rerun, net.rerun, default=1.0)
        return _FROM_PART if known and "part" in known.rerun else said

    def _deadline(self, net: NetText, job: JobText) -> tuple[int | None, str]:
        said = job.deadline or net.deadline
        if said is None:
            return None, ""
        because = (job.because if job.deadline else net.because) or ""
        if said in self.text.cut_offs:
            cut_off = self.text.cut_offs[said]
            return minute_of(cut_off.at), because or cut_off.reason
        return minute_of(said), because

    def _after(self, net: NetText, name: str, job: JobText, site: Site | None) -> tuple[str, ...]:
        wanted = list(job.after)
        if not any(other in net.jobs for other in job.after):
            wanted += net.after
        names: dict[str, None] = {}
        for other in wanted:
            for template in leaves(self.nets[other]) if other in self.nets else (other,):
                names |= dict.fromkeys(self._instances(template, net, job, site))
        return tuple(names)

    def _instances(self, template: str, net: NetText, job: JobText, site: Site | None) -> list[str]:
        """The jobs of a template, all parts: only the same site's where both are for each site of one kind."""
        for other in self.nets.values():
            if template in other.jobs:
                members = self._members(other, other.jobs[template])
                same = (other.jobs[template].per or other.per) == (job.per or net.per)
                if site is not None and same:
                    members = [site]
                return [
                    instance
                    for one in members
                    for instance in _parts_of(
                        f"{template}-{one.name}" if one else template, other.jobs[template]
                    )
                ]
        return []


def _parts_of(name: str, job: JobText) -> list[str]:
    if job.parts == 1:
        return [name]
    return [f"{name}-{number}" for number in range(1, job.parts + 1)]
