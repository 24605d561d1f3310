"""Durations learned from past nights: by job, calendar class and input volume, each shrunk towards what is above it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from monitors.forecast.belief import WIDE, Belief
from monitors.forecast.history import PastNight, minutes_of
from monitors.forecast.network import Floats
from monitors.night.night import Duration, Night

__all__ = ["Learned", "described", "learn", "usual_durations"]

_ROUNDS = 12
_PRIOR_NIGHTS = 2.0
"""How many nights the description of a job in the estate counts for."""
_PRIOR_TEMPO = 0.08
_PRIOR_SPREAD_NIGHTS = 6.0


@dataclass(frozen=True, slots=True)
class Learned:
    """What past nights say about each job, in the order of `names`; logarithms of minutes and of volume."""

    names: tuple[str, ...]
    nights: int
    mean: Floats
    slope: Floats
    by_kind: Mapping[str, Floats]
    """What a class of calendar day adds for each job."""
    doubt: Mapping[str, Floats]
    """Variance of the estimated mean on such a day; the key "" is for classes never seen."""
    sd: Floats
    failure: Floats
    share: Floats
    tempo_sd: float
    drift_sd: float
    wide: float

    def belief(self, night: Night) -> Belief:
        """What is believed of tonight before it begins; the night must have the same jobs."""
        volumes = {job.name: job.volume for job in night.jobs}
        logs = np.log([max(volumes[name], 1e-6) for name in self.names])
        nothing = np.zeros(len(self.names))
        mean = self.mean + self.by_kind.get(night.kind, nothing) + self.slope * logs
        doubt = self.doubt.get(night.kind, self.doubt[""])
        return Belief(
            mean,
            np.sqrt(self.sd**2 + doubt),
            self.failure,
            self.share,
            self.tempo_sd,
            self.drift_sd,
            self.wide,
        )


def described(names: Sequence[str], durations: Mapping[str, Duration]) -> Learned:
    """What the estate's description alone says, where nothing has been learned yet."""
    return learn((), names, durations)


def usual_durations(night: Night) -> dict[str, Duration]:
    """By job what it takes at its usual volume, as `learn` wants it: the night says what it takes with tonight's."""
    return {
        job.name: replace(job.duration, median_min=job.duration.median_min / max(job.volume, 1e-6))
        for job in night.jobs
    }


def learn(
    nights: Sequence[PastNight], names: Sequence[str], durations: Mapping[str, Duration]
) -> Learned:
    """Learn from past nights; `durations` is what the estate says of each job, which a few nights outweigh."""
    told = [durations[name] for name in names]
    spread = np.sqrt(np.log1p(np.array([max(d.cv, 0.02) for d in told]) ** 2))
    prior = np.log([max(d.median_min, 1e-3) for d in told])
    told_failure = np.array([d.failure for d in told])
    told_share = np.array([d.rerun_share for d in told])
    first, rerun, volume = minutes_of(nights, names)
    if not nights:
        nothing = np.zeros(len(names))
        return Learned(
            tuple(names), 0, prior, np.ones(len(names)), {}, {"": nothing + 0.02}, spread,
            told_failure, told_share, _PRIOR_TEMPO, 0.0, 0.01,
        )  # fmt: skip
    fit = _Fit(np.log(first), np.log(volume), [night.kind for night in nights], prior, spread)
    for _ in range(_ROUNDS):
        fit.improve()
    failed = np.where(np.isfinite(first), rerun > 0, False)
    runs = np.isfinite(first).sum(axis=0)
    rate = (failed.sum() + told_failure.mean() * 50) / (runs.sum() + 50)
    shares = np.where(failed, rerun / np.where(np.isfinite(first), first, 1.0), 0.0).sum(axis=0)
    kinds = sorted(set(fit.kinds))
    seen = {kind: fit.kinds == kind for kind in kinds}
    return Learned(
        names=tuple(names),
        nights=len(nights),
        mean=fit.mean,
        slope=fit.slope,
        by_kind={kind: fit.of_kind[kind] for kind in kinds},
        doubt={kind: fit.doubt(seen[kind]) for kind in kinds} | {"": fit.doubt(None)},
        sd=fit.sd,
        failure=np.asarray((failed.sum(axis=0) + 200 * rate) / (runs + 200)),
        share=np.asarray((shares + 2 * told_share) / (failed.sum(axis=0) + 2)),
        tempo_sd=fit.tempo_sd,
        drift_sd=fit.drift(first),
        wide=fit.wide(),
    )


class _Fit:
    """The parts of log-minutes = mean + kind + slope × volume + tempo + noise, each improved with the others held."""

    def __init__(
        self, logs: Floats, volume: Floats, kinds: Sequence[str], prior: Floats, spread: Floats
    ) -> None:
        self.logs, self.volume, self.prior, self.spread = logs, volume, prior, spread
        self.known = np.isfinite(logs)
        self.kinds = np.array(kinds)
        count = logs.shape[1]
        self.mean, self.slope, self.sd = prior.copy(), np.ones(count), spread.copy()
        self.of_kind = {kind: np.zeros(count) for kind in sorted(set(kinds))}
        self.usual = max(self.of_kind, key=lambda kind: (self.kinds == kind).sum())
        self.tempo = np.zeros(logs.shape[0])
        self.tempo_sd, self.kind_variance = _PRIOR_TEMPO, 0.01
        self.tempo_doubt = np.zeros(logs.shape[0])

    def rest(self, *, kind: bool = True, slope: bool = True, tempo: bool = True) -> Floats:
        """What is left of log-minutes after the mean and the named parts; 0 where a job did not run."""
        left = self.logs - self.mean
        if slope:
            left = left - self.slope * self.volume
        if tempo:
            left = left - self.tempo[:, None]
        if kind:
            left = left - np.array([self.of_kind[k] for k in self.kinds])
        return np.where(self.known, left, 0.0)

    def improve(self) -> None:
        runs = self.known.sum(axis=0)
        self.mean = self.mean + (
            self.rest().sum(axis=0) + _PRIOR_NIGHTS * (self.prior - self.mean)
        ) / (runs + _PRIOR_NIGHTS)
        volumes = np.where(self.known, self.volume, 0.0)
        volumes = volumes - np.where(runs > 0, volumes.sum(axis=0) / np.maximum(runs, 1), 0.0)
        volumes = np.where(self.known, volumes, 0.0)
        along = (volumes * self.rest(slope=False)).sum(axis=0)
        square = (volumes**2).sum(axis=0)
        pooled = (along.sum() + 1e-3) / (square.sum() + 1e-3)
        hold = self.sd**2 / 0.09
        self.slope = (along + hold * pooled) / (square + hold)
        self._improve_kinds()
        weight = np.where(self.known, 1 / self.sd**2, 0.0)
        strength = weight.sum(axis=1)
        self.tempo_doubt = 1 / (strength + 1 / self.tempo_sd**2)
        self.tempo = (weight * self.rest(tempo=False)).sum(axis=1) * self.tempo_doubt
        nights = self.tempo.size
        variance = ((self.tempo**2 + self.tempo_doubt).sum() + 4 * _PRIOR_TEMPO**2) / (nights + 4)
        self.tempo_sd = float(np.sqrt(variance))
        left = self.rest()
        freedom = np.maximum(runs - 2, 0)
        square = np.where(runs > 2, (left**2).sum(axis=0) * freedom / np.maximum(runs, 1), 0.0)
        square = square * np.where(freedom > 0, runs / np.maximum(freedom, 1), 0.0)
        pooled = (square.sum() + self.spread.mean() ** 2) / (freedom.sum() + 1)
        middle = 0.5 * (pooled + self.spread**2) if runs.max(initial=0) < 10 else pooled
        self.sd = np.sqrt(
            (square + _PRIOR_SPREAD_NIGHTS * middle) / (freedom + _PRIOR_SPREAD_NIGHTS)
        )

    def _improve_kinds(self) -> None:
        found = []
        for kind in self.of_kind:
            if kind == self.usual:
                continue
            nights = self.kinds == kind
            left = self.rest(kind=False)[nights]
            runs = self.known[nights].sum(axis=0)
            # The class above: what such days add to all jobs alike, itself doubted as tempo is.
            weight = np.where(self.known[nights], 1 / self.sd**2, 0.0)
            common = float((weight * left).sum() / max(weight.sum(), 1e-9))
            common *= nights.sum() / (nights.sum() + self.tempo_sd**2 / 0.01)
            hold = self.sd**2 / max(self.kind_variance, 1e-5)
            own = (left.sum(axis=0) + hold * common) / (runs + hold)
            self.of_kind[kind] = own
            found.append(((own - common) ** 2 + self.sd**2 / (runs + hold)).mean())
        if found:
            self.kind_variance = float(0.5 * self.kind_variance + 0.5 * np.mean(found))

    def doubt(self, nights: np.ndarray | None) -> Floats:
        runs = self.known.sum(axis=0)
        of_mean = self.sd**2 / (runs + _PRIOR_NIGHTS)
        if nights is None:
            return np.asarray(of_mean + self.kind_variance)
        if (self.kinds[nights] == self.usual).all():
            return np.asarray(of_mean)
        hold = self.sd**2 / max(self.kind_variance, 1e-5)
        return np.asarray(of_mean + self.sd**2 / (self.known[nights].sum(axis=0) + hold))

    def drift(self, first: Floats) -> float:
        """How much the tempo of the later half of the jobs differs from that of the earlier half: one half's sd."""
        half = first.shape[1] // 2
        left, weight = self.rest(), np.where(self.known, 1 / self.sd**2, 0.0)
        strengths = [weight[:, part].sum(axis=1) for part in (slice(half), slice(half, None))]
        if min(s.min() for s in strengths) <= 0:
            return 0.0
        early = (weight * left)[:, :half].sum(axis=1) / strengths[0]
        late = (weight * left)[:, half:].sum(axis=1) / strengths[1]
        chance = (1 / strengths[0] + 1 / strengths[1]).mean()
        more = float(((late - early) ** 2).mean() - chance) / 2
        return float(np.sqrt(more)) if more > 1e-4 else 0.0

    def wide(self) -> float:
        """Share of the noise that comes from the wide part (expectation-maximisation over all jobs and nights)."""
        z = (self.rest() / self.sd)[self.known]
        share = 0.02
        for _ in range(30):
            rare = share / WIDE * np.exp(-0.5 * (z / WIDE) ** 2)
            usual = (1 - share) * np.exp(-0.5 * z**2)
            share = float(np.clip((rare / (rare + usual)).mean(), 1e-4, 0.3))
        return share if share > 0.002 else 0.0
