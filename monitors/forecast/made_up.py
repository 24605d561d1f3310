"""Nights made up by a seed: a job network of a usual size, its plan, and what its durations truly are."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta

import numpy as np

from monitors.forecast.belief import Belief
from monitors.forecast.network import Floats, Network, network_of
from monitors.night.night import Duration, Night, NightJob, Pool

__all__ = ["KINDS", "MadeUp", "TrueNight", "made_up", "serial_plan"]

KINDS = {"weekday": 0.70, "after-holiday": 0.12, "month-end": 0.10, "pay-day": 0.08}
"""Classes of calendar day and how often each comes."""

_POOLS = ("cpu", "io", "connections", "memory")
_BEGINS, _LENGTH = 1200, 480


@dataclass(frozen=True, slots=True)
class TrueNight:
    """What the seed decided for one night, in plan order: minutes of the first attempt, and of the rerun (0 = none)."""

    night: Night
    first: Floats
    rerun: Floats
    tempo: float


@dataclass(frozen=True, slots=True)
class MadeUp:
    """A network with its plan, and the truth behind its durations."""

    night: Night
    starts: dict[str, float]
    minutes: dict[str, float]
    network: Network
    mean: Floats
    sd: Floats
    slope: Floats
    by_kind: dict[str, Floats]
    failure: Floats
    share: Floats
    tempo_sd: float
    volume_sd: float

    def truth(self, night: Night) -> Belief:
        """What an observer knows who knows everything but tonight's draws."""
        volumes = {job.name: job.volume for job in night.jobs}
        logs = np.log([volumes[name] for name in self.network.names])
        mean = self.mean + self.by_kind[night.kind] + self.slope * logs
        return Belief(mean, self.sd, self.failure, self.share, self.tempo_sd)

    def dressed(self, number: int, random: np.random.Generator) -> Night:
        """Make the night of the n-th day: its kind, and its input volumes, which are known beforehand."""
        kind = str(random.choice(list(KINDS), p=list(KINDS.values())))
        heavier = {"weekday": 0.0, "after-holiday": 0.05, "month-end": 0.08, "pay-day": 0.06}[kind]
        nets = sorted({job.net for job in self.night.jobs})
        volumes = np.exp(heavier + self.volume_sd * random.standard_normal(len(nets)))
        by_net = dict(zip(nets, volumes, strict=True))
        jobs = tuple(replace(job, volume=float(by_net[job.net])) for job in self.night.jobs)
        return replace(
            self.night, day=date(2026, 4, 1) + timedelta(days=number), kind=kind, jobs=jobs
        )

    def drawn(self, number: int, random: np.random.Generator) -> TrueNight:
        """Draw one night."""
        night = self.dressed(number, random)
        belief = self.truth(night)
        tempo = self.tempo_sd * random.standard_normal()
        count = belief.mean.size
        first = np.exp(belief.mean + tempo + belief.sd * random.standard_normal(count))
        rerun = np.exp(belief.mean + tempo + belief.sd * random.standard_normal(count))
        fails = random.random(count) < belief.failure
        return TrueNight(night, first, np.where(fails, belief.share * rerun, 0.0), float(tempo))


def made_up(seed: int, jobs: int = 270, *, opening: int = _BEGINS + 600) -> MadeUp:
    """Make a network of `jobs` jobs in nets of about nine, four pools, and a plan of about eight hours."""
    random = np.random.default_rng(seed)
    usual = np.maximum(1.0, np.round(np.exp(random.normal(np.log(8), 0.9, jobs))))
    rows = _rows(jobs, usual, random)
    demands = np.array([[row.demands.get(pool, 0) for pool in _POOLS] for row in rows])
    work = (demands * usual[:, None]).sum(axis=0)
    capacity = np.maximum(np.ceil(work / (_LENGTH * 0.9)).astype(int), demands.max(axis=0))
    pools = tuple(
        Pool(name, ((0, int(units)),)) for name, units in zip(_POOLS, capacity, strict=True)
    )
    night = Night(date(2026, 4, 1), "weekday", tuple(rows), pools, _BEGINS, opening)
    starts = serial_plan(night, usual)
    minutes = {row.name: float(m) for row, m in zip(rows, usual, strict=True)}
    network = network_of(night, starts, minutes)
    order = np.array([next(i for i, r in enumerate(rows) if r.name == n) for n in network.names])
    failure = np.where(random.random(jobs) < 0.3, 0.01, 0.002)
    return MadeUp(
        night,
        starts,
        minutes,
        network,
        mean=np.log(usual[order]) - 0.045,
        sd=random.uniform(0.15, 0.4, jobs),
        slope=random.uniform(0.4, 1.1, jobs),
        by_kind={k: (k != "weekday") * random.normal(0.03, 0.06, jobs) for k in KINDS},
        failure=failure,
        share=np.full(jobs, 0.6),
        tempo_sd=0.08,
        volume_sd=0.12,
    )


def _rows(jobs: int, usual: Floats, random: np.random.Generator) -> list[NightJob]:
    nets = random.integers(0, max(1, jobs // 9), jobs)
    rows: list[NightJob] = []
    for index in range(jobs):
        own = [k for k in range(index) if nets[k] == nets[index]][-3:]
        after = set()
        if own:
            after |= {
                int(k)
                for k in random.choice(
                    own, min(len(own), int(random.integers(1, 3))), replace=False
                )
            }
        if index > 30 and random.random() < 0.25:
            after.add(int(random.integers(max(0, index - 60), index)))
        demands = {"cpu": int(random.integers(1, 5))}
        demands |= {p: int(random.integers(1, 4)) for p in _POOLS[1:] if random.random() < 0.4}
        rows.append(
            NightJob(
                name=f"net{nets[index]:02d}-{index:03d}",
                net=f"net{nets[index]:02d}",
                duration=Duration(float(usual[index]), failure=0.005, rerun_share=0.6),
                demands=demands,
                after=tuple(rows[k].name for k in sorted(after)),
                tier=int(random.choice([1, 2, 3], p=[0.3, 0.5, 0.2])),
            )
        )
    return rows


def serial_plan(night: Night, minutes: Sequence[float] | Floats) -> dict[str, float]:
    """Plan a night by placing jobs one after another as early as they fit, longest chain first (serial generation)."""
    at = {job.name: index for index, job in enumerate(night.jobs)}
    lengths = [max(1, round(float(m))) for m in minutes]
    followers: list[list[int]] = [[] for _ in night.jobs]
    for index, job in enumerate(night.jobs):
        for name in job.after:
            followers[at[name]].append(index)
    tails: dict[int, float] = {}
    waiting = [len(job.after) for job in night.jobs]
    for index in reversed(_topological(night, at)):
        tails[index] = lengths[index] + max((tails[k] for k in followers[index]), default=0.0)
    horizon = sum(lengths) + max([*(job.not_before for job in night.jobs), night.begins]) + 60
    room = {f"!{name}": np.ones(horizon, int) for job in night.jobs for name in job.exclusive}
    for pool in night.pools:
        room[pool.name] = np.zeros(horizon, int)
        for since, units in pool.steps:
            room[pool.name][since:] = units
    ready = {index for index, count in enumerate(waiting) if count == 0}
    ends = dict.fromkeys(range(len(lengths)), float(night.begins))
    starts: dict[str, float] = {}
    while ready:
        index = min(ready, key=lambda k: (-tails[k], k))
        ready.remove(index)
        job = night.jobs[index]
        takes = {
            **{p: u for p, u in job.demands.items() if u},
            **{f"!{n}": 1 for n in job.exclusive},
        }
        earliest = int(max([night.begins, job.not_before, *(ends[at[n]] for n in job.after)]))
        fits = np.ones(horizon - earliest, bool)
        for name, units in takes.items():
            fits &= room[name][earliest:] >= units
        runs = np.concatenate([[0], np.cumsum(fits)])
        length = lengths[index]
        begin = earliest + int(np.flatnonzero(runs[length:] - runs[:-length] == length)[0])
        for name, units in takes.items():
            room[name][begin : begin + length] -= units
        starts[job.name] = float(begin)
        ends[index] = begin + length
        for k in followers[index]:
            waiting[k] -= 1
            if waiting[k] == 0:
                ready.add(k)
    return starts


def _topological(night: Night, at: dict[str, int]) -> list[int]:
    order: list[int] = []
    seen: set[int] = set()

    def visit(index: int) -> None:
        if index in seen:
            return
        seen.add(index)
        for name in night.jobs[index].after:
            visit(at[name])
        order.append(index)

    for index in range(len(night.jobs)):
        visit(index)
    return order
