"""How honest forecasts of made-up histories are: whether the true day lies in the interval, beside `predict_linear`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from statistics import median

from inventory.capacity import Measure
from monitors.capacity.forecast import LimitDate, forecast
from monitors.capacity.outlook import STRAIGHT_DAYS
from monitors.capacity.prometheus import Prometheus, Straight
from tests.monitors.capacity.histories import CALENDAR, History

__all__ = ["Honesty", "Judged", "judge", "measure_of"]

_NEVER = 3653
"""Days that a straight line which never gets there is off by: what it is asked at most."""


@dataclass(frozen=True, slots=True)
class Judged:
    """One history: when it truly reached its limit, and what was said beforehand."""

    history: History
    said: LimitDate
    straight: date | None

    @property
    def is_held(self) -> bool:
        """Whether the true day lies inside the 80 % interval."""
        return self.said.holds(self.history.reached)

    def miss(self, said: date | None) -> int:
        """Days between a said day and the true one."""
        return _NEVER if said is None else abs((said - self.history.reached).days)


@dataclass(frozen=True, slots=True)
class Honesty:
    """All of them."""

    judged: Sequence[Judged]

    @property
    def held(self) -> int:
        """How many true days lie inside."""
        return sum(one.is_held for one in self.judged)

    def figures(self) -> dict[str, float]:
        """Held, medians of days: the interval's width, the miss of its middle, the miss of `predict_linear`."""
        widths = [
            (one.said.latest - one.said.earliest).days
            if one.said.latest and one.said.earliest
            else _NEVER
            for one in self.judged
        ]
        ours = [one.miss(one.said.middle) for one in self.judged]
        line = [one.miss(one.straight) for one in self.judged]
        return {
            "series": len(self.judged),
            "held": self.held,
            "too_early": sum(
                one.said.latest is not None and one.said.latest < one.history.reached
                for one in self.judged
            ),
            "median_width_days": median(widths),
            "median_miss_days": median(ours),
            "straight_median_miss_days": median(line),
            "straight_never": sum(miss == _NEVER for miss in line),
            "straight_median_miss_of_the_others_days": median(
                [miss for miss in line if miss < _NEVER] or [_NEVER]
            ),
            "straight_nearer": sum(theirs < own for theirs, own in zip(line, ours, strict=True)),
        }


def measure_of(metric: str, limit: float = 1.0) -> Measure:
    """The made-up load as a measure; every history has a limit of its own."""
    return Measure(
        name="made-up", title="Made-up load", title_ja="模擬負荷", of="host", query=metric,
        label="instance", limit=limit, unit="percent", owner="nobody", drivers={},
    )  # fmt: skip


def judge(url: str, metric: str, histories: Sequence[History]) -> Honesty:
    """Read the histories from a Prometheus, forecast each, and hold them against what came."""
    prometheus = Prometheus(url, CALENDAR.timezone)
    until = histories[0].until
    measure = measure_of(metric)
    found = prometheus.worst_by_day(measure, histories[0].since, until)
    series = {one.name: one for one in found}
    lines: dict[str, Straight] = prometheus.straight(measure, until, STRAIGHT_DAYS)
    judged = []
    for history in histories:
        said = forecast(series[history.name], history.limit, CALENDAR).limit_date
        line = lines[history.name].reaches(history.limit, until + timedelta(days=1))
        judged.append(Judged(history, said, line))
    return Honesty(judged)
