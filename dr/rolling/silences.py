"""How long offices are likely to wait at each kind of step: the worst that was measured, from docs/performance.md.

A kind that was never measured has no figure: a plan says so, rather than a number that nobody has seen.
"""

from __future__ import annotations

from collections.abc import Mapping

from dr.rolling.change import Change

__all__ = ["MEASURED_S", "expected_silence_s"]

MEASURED_S: Mapping[tuple[str, str], float] = {
    ("restart etcd", "vote"): 1.5,
    ("restart postgres", "standby"): 0.9,
    ("restart postgres", "leader"): 2.9,
}
"""By change and stage: seconds without an acknowledged write at any office that is not cut off by the step."""


def expected_silence_s(change: Change, stage: str) -> float | None:
    """Seconds; None where nobody has measured it."""
    return MEASURED_S.get((change.name, stage))
