"""What the rest of the night will bring, with its probability."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from monitors.forecast.belief import Belief
from monitors.forecast.calibration import Calibration
from monitors.forecast.drawing import draw_durations
from monitors.forecast.network import Floats, Network
from monitors.forecast.run_state import RunState
from monitors.forecast.simulation import ENDED, Decision, run_nights
from monitors.forecast.tempo import draw_tempo
from monitors.night.night import Night

__all__ = ["Critical", "DeadlineRisk", "Draws", "Prediction", "draw_rest", "finishes_of", "predict"]

_CRITICAL_SHOWN = 10


@dataclass(frozen=True, slots=True)
class Draws:
    """The same draws serve every question of one moment, so that options differ by what they do and not by luck."""

    state: RunState
    durations: Floats
    log_tempo: tuple[float, float, float]
    """Tonight's tempo from now on as logarithm: 5 %, median, 95 %."""


@dataclass(frozen=True, slots=True)
class DeadlineRisk:
    """A job with a deadline: minutes are of the operating day."""

    job: str
    deadline: int
    reason: str
    p_miss: float
    median: float
    p95: float


@dataclass(frozen=True, slots=True)
class Critical:
    """A job and the share of simulated nights in which the finish hung on it."""

    job: str
    share: float


@dataclass(frozen=True, slots=True)
class Prediction:
    """The finish (median, central 95 % interval, 95 % quantile) in minutes of the operating day, and what is at risk."""

    now: float
    median: float
    low: float
    high: float
    p95: float
    p_overrun: float
    tempo: tuple[float, float, float]
    deadlines: tuple[DeadlineRisk, ...]
    critical: tuple[Critical, ...]
    left: int
    """Jobs not over yet."""


def draw_rest(belief: Belief, state: RunState, nights: int, seed: int) -> Draws:
    """Estimate the tempo and draw what every job still takes."""
    random = np.random.default_rng(seed)
    tempo = draw_tempo(belief, state, nights, random)
    left = state.status != ENDED
    shown = tempo[:, left].mean(axis=1) if left.any() else tempo.mean(axis=1)
    low, middle, high = np.quantile(shown, [0.05, 0.5, 0.95]).tolist()
    return Draws(state, draw_durations(belief, state, tempo, random), (low, middle, high))


def finishes_of(
    network: Network, draws: Draws, decision: Decision | None = None, only: Floats | None = None
) -> tuple[Floats, Floats, np.ndarray]:
    """Finish of each drawn night, ends of its jobs, and how often each job was critical.

    `only` is true for those jobs whose end counts as the finish (default: all).
    """
    state = draws.state
    nights = run_nights(
        network,
        draws.durations,
        now=state.now,
        status=state.status,
        since=state.started,
        decision=decision,
    )
    over = state.status == ENDED
    ends = np.where(over[None, :], state.ended[None, :], nights.ends)
    counted = ends if only is None else ends[:, only.astype(bool)]
    return np.asarray(counted.max(axis=1)), ends, nights.critical


def predict(
    network: Network,
    night: Night,
    draws: Draws,
    calibration: Calibration | None = None,
) -> Prediction:
    """Forecast the finish and every deadline from the drawn nights."""
    honest = calibration or Calibration()
    finishes, ends, critical = finishes_of(network, draws)
    at = network.position()
    risks = []
    for job in night.jobs:
        if job.deadline is None or draws.state.left_out[at[job.name]]:
            continue
        own = ends[:, at[job.name]]
        risks.append(
            DeadlineRisk(
                job.name,
                job.deadline,
                job.deadline_reason,
                float((own > job.deadline).mean()),
                _quantile(own, 0.5),
                _quantile(own, 0.95),
            )
        )
    order = np.argsort(-critical, kind="stable")[:_CRITICAL_SHOWN]
    low, middle, high = draws.log_tempo
    return Prediction(
        now=draws.state.now,
        median=_quantile(finishes, honest.level(0.5)),
        low=_quantile(finishes, honest.level(0.025)),
        high=_quantile(finishes, honest.level(0.975)),
        p95=_quantile(finishes, honest.level(0.95)),
        p_overrun=1 - honest.probability(float((finishes <= night.opening).mean())),
        tempo=(float(np.exp(low)), float(np.exp(middle)), float(np.exp(high))),
        deadlines=tuple(sorted(risks, key=lambda risk: (-risk.p_miss, risk.deadline))),
        critical=tuple(
            Critical(network.names[i], float(critical[i] / finishes.size))
            for i in order
            if critical[i]
        ),
        left=int((draws.state.status != ENDED).sum()),
    )


def _quantile(values: Floats, level: float) -> float:
    return float(np.quantile(values, level, method="inverted_cdf"))
