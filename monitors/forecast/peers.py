"""How others compute the same probability; only to be compared with."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from scipy.special import ndtr

from monitors.forecast.belief import Belief
from monitors.forecast.drawing import draw_durations
from monitors.forecast.network import Floats, Network
from monitors.forecast.run_state import RunState
from monitors.forecast.simulation import ENDED, RUNNING, run_nights

__all__ = ["normal_curve", "plain_finishes"]


def plain_finishes(
    network: Network,
    belief: Belief,
    state: RunState,
    nights: int,
    random: np.random.Generator,
    *,
    resources: bool,
) -> Floats:
    """Finishes by Monte Carlo without a tempo: every job's noise is its own; without resources by precedence alone."""
    if not resources:
        network = replace(network, units=np.full_like(network.units, 10**6))
    plain = belief.without_tempo()
    durations = draw_durations(plain, state, np.zeros(nights), random)
    run = run_nights(network, durations, now=state.now, status=state.status, since=state.started)
    over = state.status == ENDED
    return np.asarray(np.where(over[None, :], state.ended[None, :], run.ends).max(axis=1))


def normal_curve(
    network: Network, belief: Belief, state: RunState, until: float
) -> tuple[float, float, float]:
    """The textbook: mean and standard deviation along the critical path; finish, its 95 % quantile, P(end > until)."""
    usual = np.exp(belief.mean + 0.5 * belief.sd**2)
    variance = usual**2 * np.expm1(belief.sd**2)
    count = len(network.names)
    end = np.full(count, state.now)
    doubt = np.zeros(count)
    ready = np.full(count, state.now)
    ready_doubt = np.zeros(count)
    for job in _in_order(network):
        if state.status[job] == ENDED:
            end[job] = state.ended[job]
        else:
            gone = state.now - state.started[job] if state.status[job] == RUNNING else 0.0
            begin = max(ready[job], network.not_before[job])
            end[job] = begin + max(usual[job] - gone, 0.0)
            doubt[job] = ready_doubt[job] + variance[job]
        for q in range(network.next_from[job], network.next_from[job + 1]):
            follower = network.next_of[q]
            if end[job] > ready[follower]:
                ready[follower], ready_doubt[follower] = end[job], doubt[job]
    last = int(np.argmax(end))
    spread = float(np.sqrt(doubt[last]))
    if spread == 0:
        return float(end[last]), float(end[last]), float(end[last] > until)
    p = float(ndtr((end[last] - until) / spread))
    return float(end[last]), float(end[last] + 1.6449 * spread), p


def _in_order(network: Network) -> list[int]:
    left = network.waits.copy()
    ready = [job for job in range(left.size) if left[job] == 0]
    order = []
    while ready:
        job = ready.pop()
        order.append(job)
        for follower in network.next_of[network.next_from[job] : network.next_from[job + 1]]:
            left[follower] -= 1
            if left[follower] == 0:
                ready.append(int(follower))
    return order
