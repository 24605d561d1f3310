"""A second maker of nights, unlike what the forecast assumes: heavy tails, a tempo that wanders, failures in clusters.

The forecasting code may not import this folder (`tests/monitors/forecast/test_apart.py`).
"""

from __future__ import annotations

import numpy as np

from monitors.forecast.made_up import MadeUp, TrueNight

__all__ = ["drawn_heavy"]

_FREEDOM = 4.0
_WANDER, _KEEPS = 0.06, 0.97
_BAD_NIGHT = 0.1


def drawn_heavy(made: MadeUp, number: int, random: np.random.Generator) -> TrueNight:
    """Draw a night: Student-t noise with 4 degrees of freedom, a tempo that wanders from job to job in plan order, and
    nights in which five times as many jobs fail, some of them taking twice their time again."""
    night = made.dressed(number, random)
    centre = made.truth(night).mean
    count = centre.size
    tempo = made.tempo_sd * random.standard_t(6)
    wander = np.empty(count)
    level = _WANDER * random.standard_normal()
    for job in range(count):
        level = _KEEPS * level + np.sqrt(1 - _KEEPS**2) * _WANDER * random.standard_normal()
        wander[job] = level
    scale = made.sd / np.sqrt(_FREEDOM / (_FREEDOM - 2))
    first = np.exp(centre + tempo + wander + scale * random.standard_t(_FREEDOM, count))
    rate = made.failure * (5 if random.random() < _BAD_NIGHT else 1)
    fails = random.random(count) < rate
    share = np.where(random.random(count) < 0.2, 2.0, made.share)
    rerun = share * np.exp(centre + tempo + wander + scale * random.standard_t(_FREEDOM, count))
    return TrueNight(night, first, np.where(fails, rerun, 0.0), float(tempo))
