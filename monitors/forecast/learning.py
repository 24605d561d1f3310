"""Durations learned from past nights: by job, calendar class and input volume, each shrunk towards what is above it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from monitors.forecast.belief import NORMAL, Belief
from monitors.forecast.fitting import PRIOR_FREEDOM, PRIOR_TEMPO, Fit
from monitors.forecast.history import PastNight, minutes_of
from monitors.forecast.network import Floats, Ints
from monitors.night.night import Duration, Night

__all__ = ["Learned", "described", "learn", "usual_durations"]

_ROUNDS = 12
_LEAST_RERUNS = 30
_LEAST_BEYOND = 0.01
"""Variance of the logarithm of reruns, beyond a run's own noise, from which on they are drawn as they were seen."""
_LEAST_CLUSTER = 0.05
"""Squared variation of a night's failures from which on they are believed to come in clusters."""


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
    wander_sd: float = 0.0
    reach: float = 1.0
    freedom: float = NORMAL
    reruns: tuple[float, ...] = ()
    clusters: float = np.inf

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
            self.wander_sd,
            self.reach,
            self.freedom,
            self.reruns,
            self.clusters,
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
    nights = sorted(nights, key=lambda night: night.day)
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
            told_failure, told_share, PRIOR_TEMPO, freedom=PRIOR_FREEDOM,
        )  # fmt: skip
    fit = Fit(np.log(first), np.log(volume), [night.kind for night in nights], prior, spread)
    for _ in range(_ROUNDS):
        fit.improve()
    tempo_sd, wander_sd, reach = fit.settle()
    failed = np.where(fit.known, rerun > 0, False)
    runs = fit.known.sum(axis=0)
    rate = (failed.sum() + told_failure.mean() * 50) / (runs.sum() + 50)
    failure = np.asarray((failed.sum(axis=0) + 200 * rate) / (runs + 200))
    share, reruns = _shares(fit, failed, rerun, told_share)
    kinds = sorted(set(fit.kinds))
    seen = {kind: fit.kinds == kind for kind in kinds}
    return Learned(
        names=tuple(names),
        nights=len(nights),
        mean=fit.mean + fit.recent(),
        slope=fit.slope,
        by_kind={kind: fit.of_kind[kind] for kind in kinds},
        doubt={kind: fit.doubt(seen[kind]) for kind in kinds} | {"": fit.doubt(None)},
        sd=fit.sd,
        failure=failure,
        share=share,
        tempo_sd=tempo_sd,
        wander_sd=wander_sd,
        reach=reach,
        freedom=fit.freedom,
        reruns=reruns,
        clusters=_clusters(failed.sum(axis=1), fit.known @ failure),
    )


def _shares(
    fit: Fit, failed: np.ndarray, rerun: Floats, told: Floats
) -> tuple[Floats, tuple[float, ...]]:
    """How much of a duration a rerun takes, by job, and what was seen beside that where it varies more than runs do."""
    usual = fit.expected()
    logs = np.where(failed, np.log(np.where(failed, rerun, 1.0)) - usual, 0.0)
    counts = failed.sum(axis=0)
    middle = (logs.sum(axis=0) + 2 * np.log(np.maximum(told, 1e-3))) / (counts + 2)
    share = np.exp(middle)
    if counts.sum() < _LEAST_RERUNS:
        return share, ()
    beyond = np.where(failed, (logs - middle) ** 2 - fit.sd**2 * fit.variance, 0.0).sum()
    if beyond / counts.sum() <= _LEAST_BEYOND:
        return share, ()
    # Few reruns of each job pull its own middle along; against the middle of all they are seen as they are.
    whole = float(logs.sum() / counts.sum())
    return np.full_like(share, np.exp(whole)) * _relative(told), tuple(
        np.sort((logs - whole - np.log(_relative(told)))[failed]).tolist()
    )


def _relative(told: Floats) -> Floats:
    """What the description says of each job's rerun against the usual one."""
    logs = np.log(np.maximum(told, 1e-3))
    return np.asarray(np.exp(logs - logs.mean()), np.float64)


def _clusters(failed: Ints, expected: Floats) -> float:
    """Shape of the factor that a night's failures share; infinite where nights do not differ more than by chance."""
    squares = float((expected**2).sum())
    if squares <= 0 or failed.sum() < 20:
        return float("inf")
    excess = float(((failed - expected) ** 2 - failed).sum()) / squares
    return 1 / excess if excess > _LEAST_CLUSTER else float("inf")
