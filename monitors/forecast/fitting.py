"""Log-minutes of past nights taken apart: mean, class of calendar day, input volume, tempo and noise."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from scipy.linalg import cho_factor, cho_solve
from scipy.optimize import nnls

from monitors.forecast.belief import NORMAL
from monitors.forecast.network import Floats
from monitors.forecast.noise import log_density, weight

__all__ = ["PRIOR_FREEDOM", "PRIOR_TEMPO", "Fit"]

PRIOR_TEMPO = 0.08
PRIOR_FREEDOM = 25.0
"""Degrees of freedom of the noise before anything is learned: tails a little heavier than normal."""

_PRIOR_NIGHTS = 2.0
"""How many nights the description of a job in the estate counts for."""
_PRIOR_SPREAD_NIGHTS = 6.0
_FREEDOMS = (3.0, 3.5, 4.0, 5.0, 6.0, 8.0, 10.0, 15.0, 25.0, 50.0, NORMAL)
_LEAST_RUNS = 500
"""Runs from which on tails and wandering are estimated."""
_LAGS = (1, 2, 3, 5, 8, 12, 18, 27, 40, 60, 90, 130)
_REACHES = (5.0, 10.0, 20.0, 30.0, 45.0, 70.0)
_WINDOWS = (5, 10, 20, 40, 80)
_SHIFTED = 4.0
"""Standard errors from which on a job's last runs count as a change: one in 3,000 jobs by chance."""
_SETTLES = 3
_LEAST_WANDER = 0.15
"""Over the root of the number of runs: a variance of the logarithm below which wandering is not told from chance."""


class Fit:
    """The parts of log-minutes = mean + kind + slope × volume + tempo + noise, each improved with the others held.

    `sd` is the scale of the noise, `variance` how much larger than its square the noise's variance is.
    """

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
        self.tempo_sd, self.kind_variance = PRIOR_TEMPO, 0.01
        self.freedom = PRIOR_FREEDOM
        self.counts = self.known.astype(np.float64)
        """How much each run counts: less the farther it lies, where tails are heavy."""
        self.wandering, self.wandering_doubt = np.zeros_like(self.counts), np.zeros(count)

    @property
    def variance(self) -> float:
        return 1.0 if self.freedom >= NORMAL else self.freedom / (self.freedom - 2)

    def expected(self) -> Floats:
        """What was to be expected of each run's logarithm, with the night's tempo."""
        found = self.mean + self.slope * self.volume + self.tempo[:, None] + self.wandering
        return np.asarray(found + np.array([self.of_kind[k] for k in self.kinds]), np.float64)

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
        """Go once through all parts."""
        runs = self.counts.sum(axis=0)
        self.mean = self.mean + (
            (self.counts * self.rest()).sum(axis=0) + _PRIOR_NIGHTS * (self.prior - self.mean)
        ) / (runs + _PRIOR_NIGHTS)
        volumes = np.where(self.known, self.volume, 0.0)
        middle = (self.counts * volumes).sum(axis=0) / np.maximum(runs, 1e-9)
        volumes = np.where(self.known, volumes - middle, 0.0)
        along = (self.counts * volumes * self.rest(slope=False)).sum(axis=0)
        square = (self.counts * volumes**2).sum(axis=0)
        pooled = (along.sum() + 1e-3) / (square.sum() + 1e-3)
        hold = self.sd**2 / 0.09
        self.slope = (along + hold * pooled) / (square + hold)
        self._improve_kinds()
        strengths = self.counts / self.sd**2
        doubt = 1 / (strengths.sum(axis=1) + 1 / self.tempo_sd**2)
        self.tempo = (strengths * self.rest(tempo=False)).sum(axis=1) * doubt
        nights = self.tempo.size
        variance = ((self.tempo**2 + doubt).sum() + 4 * PRIOR_TEMPO**2) / (nights + 4)
        self.tempo_sd = float(np.sqrt(variance))
        self._improve_spread()

    def _improve_spread(self) -> None:
        left = self.rest() - self.wandering
        runs = self.known.sum(axis=0)
        freedom = np.maximum(runs - 2, 0)
        square = np.where(
            runs > 2, (self.counts * (left**2 + self.wandering_doubt)).sum(axis=0), 0.0
        )
        pooled = (square.sum() + self.spread.mean() ** 2) / (freedom.sum() + 1)
        middle = 0.5 * (pooled + self.spread**2) if runs.max(initial=0) < 10 else pooled
        self.sd = np.sqrt(
            (square + _PRIOR_SPREAD_NIGHTS * middle) / (freedom + _PRIOR_SPREAD_NIGHTS)
        )
        z = left / self.sd
        if self.known.sum() >= _LEAST_RUNS:
            told = z[self.known]
            self.freedom = max(_FREEDOMS, key=lambda f: log_density(told, f).sum())
        self.counts = np.where(self.known, weight(z**2, self.freedom), 0.0)

    def _improve_kinds(self) -> None:
        found = []
        for kind in self.of_kind:
            if kind == self.usual:
                continue
            nights = self.kinds == kind
            counts = self.counts[nights]
            left = counts * self.rest(kind=False)[nights]
            runs = counts.sum(axis=0)
            # The class above: what such days add to all jobs alike, itself doubted as tempo is.
            strength = (counts / self.sd**2).sum()
            common = float((left / self.sd**2).sum() / max(strength, 1e-9))
            common *= nights.sum() / (nights.sum() + self.tempo_sd**2 / 0.01)
            hold = self.sd**2 / max(self.kind_variance, 1e-5)
            own = (left.sum(axis=0) + hold * common) / (runs + hold)
            self.of_kind[kind] = own
            found.append(((own - common) ** 2 + self.sd**2 / (runs + hold)).mean())
        if found:
            self.kind_variance = float(0.5 * self.kind_variance + 0.5 * np.mean(found))

    def doubt(self, nights: np.ndarray | None) -> Floats:
        """Variance of the estimated mean of each job on the class of these nights; None = a class never seen."""
        of_mean = self.sd**2 / (self.known.sum(axis=0) + _PRIOR_NIGHTS)
        if nights is None:
            return np.asarray(of_mean + self.kind_variance)
        if (self.kinds[nights] == self.usual).all():
            return np.asarray(of_mean)
        hold = self.sd**2 / max(self.kind_variance, 1e-5)
        return np.asarray(of_mean + self.sd**2 / (self.known[nights].sum(axis=0) + hold))

    def recent(self) -> Floats:
        """What the last runs of each job add, where they differ from all others by more than chance.

        A job that has grown is to be foreseen as it is now, not as the average of the year.
        """
        found = np.zeros(self.mean.size)
        told = self.counts * self.rest()
        for job in range(found.size):
            runs = told[self.known[:, job], job]
            best = _SHIFTED
            for last in _WINDOWS:
                if last >= runs.size:
                    break
                far = abs(runs[-last:].sum()) / (self.sd[job] * np.sqrt(last))
                if far > best:
                    best = far
                    found[job] = runs[-last:].sum() / (last + _PRIOR_NIGHTS)
        return found

    def settle(self) -> tuple[float, float, float]:
        """Tell the noise from a tempo that wanders, if it does; `wander` says what is returned."""
        found = self.wander()
        for _ in range(_SETTLES if found[1] > 0 else 0):
            self._trace(*found[1:])
            self._improve_spread()
            found = self.wander()
        return found

    def _trace(self, wander_sd: float, reach: float) -> None:
        """Where the tempo wandered in each night, and the variance of not knowing it (of a night in which all ran)."""
        places = np.arange(self.mean.size)
        alike = wander_sd**2 * np.exp(-np.abs(places[:, None] - places[None, :]) / reach)
        left = self.rest()
        for night in range(left.shape[0]):
            noise = self.sd**2 / np.maximum(self.counts[night], 1e-6)
            self.wandering[night] = alike @ cho_solve(
                cho_factor(alike + np.diag(noise)), left[night]
            )
        solved = cho_solve(cho_factor(alike + np.diag(self.sd**2)), alike)
        self.wandering_doubt = np.maximum(np.diag(alike) - (alike * solved).sum(axis=0), 0.0)

    def wander(self) -> tuple[float, float, float]:
        """Standard deviations of the whole night's tempo and of what wanders along the jobs, and after how many it forgets.

        From how alike jobs of one night are that stand so many places apart.
        """
        if self.known.sum() < _LEAST_RUNS:
            return self.tempo_sd, 0.0, 1.0
        # Weighed as runs are, so that heavy tails do not decide alone. Before wandering is known a run is weighed by its
        # whole distance, which takes (f + 1) / (f + 3) of the wandering in it (the information of Student's t on its place).
        kept = 1.0
        if self.freedom < NORMAL and not self.wandering.any():
            kept = ((self.freedom + 1) / (self.freedom + 3)) ** 2
        strength = self.counts / self.sd**2
        told = strength * self.rest(tempo=False)
        lags = [lag for lag in _LAGS if lag < told.shape[1]]
        pairs = np.array([(strength[:, lag:] * strength[:, :-lag]).sum() for lag in lags])
        alike = np.array([(told[:, lag:] * told[:, :-lag]).sum() for lag in lags]) / pairs
        least = _LEAST_WANDER / np.sqrt(self.known.sum())
        best = (np.inf, self.tempo_sd, 0.0, 1.0)
        # What wanders no faster than this looks, over so few jobs, like the whole night's tempo.
        for reach in (one for one in _REACHES if one <= told.shape[1] / 6):
            shape = np.column_stack([np.ones(len(lags)), np.exp(-np.array(lags) / reach)])
            (whole, part), miss = nnls(shape, alike)
            if miss < best[0] and part > least:
                wander_sd = float(np.sqrt(part / kept))
                best = (miss, float(np.sqrt(max(whole, 1e-4))), wander_sd, reach)
        return best[1:]
