"""What a Prometheus knows: the worst of each day, and what its own `predict_linear` makes of it."""

from __future__ import annotations

import json
import math
import re
import ssl
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any
from urllib.error import HTTPError, URLError
from urllib.parse import urlencode
from urllib.request import Request, urlopen
from zoneinfo import ZoneInfo

import numpy as np

from inventory.capacity import Measure
from monitors.capacity.series import Series

__all__ = ["InvalidQuery", "Prometheus", "Straight", "UnreachablePrometheus"]

_SELECTOR = re.compile(r"[a-zA-Z_:][a-zA-Z0-9_:]*(\{[^{}]*\})?")
_RESOLUTION = "5m"
"""Between two evaluations of a query that is no plain selector: the length of a rate's usual window."""
_MOMENT_S = 0.001


class UnreachablePrometheus(Exception):
    """No Prometheus answers there; the sentence names the address and what came back."""


class InvalidQuery(Exception):
    """Prometheus does not take a query; the sentence has its own words."""


@dataclass(frozen=True, slots=True)
class Straight:
    """A straight line through the last days, as `predict_linear` draws it: its value now and its slope a day."""

    value: float
    slope: float

    def reaches(self, limit: float, since: date) -> date | None:
        """The day on which the line is at a limit; None where it leads away from it or only after ten years."""
        if self.value >= limit:
            return since
        days = (limit - self.value) / self.slope if self.slope > 0 else math.inf
        return since + timedelta(days=math.ceil(days)) if days < 3653 else None


@dataclass(frozen=True, slots=True)
class Prometheus:
    """A running Prometheus at an address such as `https://mon:9090`; `timezone` says when a day begins."""

    url: str
    timezone: str
    context: ssl.SSLContext | None = None
    timeout_s: float = 60.0

    def worst_by_day(self, measure: Measure, since: date, until: date) -> list[Series]:
        """The largest value of every day from `since` to `until`, a series for each value of the measure's label."""
        # A window has both its ends: it is asked for just before midnight, whose figure is the next day's.
        found = self._ask(
            "query_range",
            query=over_a_day(measure.query),
            start=self._end_of(since),
            end=self._end_of(until),
            step="86400",
        )
        count = (until - since).days + 1
        series = []
        for one in found:
            values = np.full(count, np.nan)
            for second, value in one["values"]:
                values[(self._day_of(float(second)) - since).days] = float(value)
            first = int(np.argmax(np.isfinite(values)))
            name = one["metric"].get(measure.label, measure.name)
            series.append(Series(name, since + timedelta(days=first), values[first:]))
        return sorted(series, key=lambda one: one.name)

    def straight(self, measure: Measure, until: date, days: int) -> dict[str, Straight]:
        """By series: `predict_linear` over the worst of each of the last days, now and a day later."""
        worst = f"{over_a_day(measure.query)}[{days}d:1d]"
        moment = self._end_of(until)
        now, later = (
            {
                one["metric"].get(measure.label, measure.name): float(one["value"][1])
                for one in self._ask(
                    "query", query=f"predict_linear({worst}, {ahead})", time=moment
                )
            }
            for ahead in (0, 86400)
        )
        return {name: Straight(now[name], later[name] - now[name]) for name in now if name in later}

    def value(self, query: str) -> float | None:
        """What a query gives now, the largest where it gives several; None where it gives nothing."""
        found = [float(one["value"][1]) for one in self._ask("query", query=query)]
        return max(found, default=None)

    def _end_of(self, day: date) -> str:
        midnight = datetime.combine(day + timedelta(days=1), time(), ZoneInfo(self.timezone))
        return f"{midnight.timestamp() - _MOMENT_S:.3f}"

    def _day_of(self, second: float) -> date:
        # Where clocks are changed a day ends an hour earlier or later: its middle is meant.
        return datetime.fromtimestamp(second - 43200, ZoneInfo(self.timezone)).date()

    def _ask(self, what: str, **parameters: str) -> list[Any]:
        data = urlencode(parameters).encode()
        request = Request(f"{self.url.rstrip('/')}/api/v1/{what}", data=data)
        try:
            with urlopen(request, timeout=self.timeout_s, context=self.context) as reply:
                found = json.load(reply)
        except HTTPError as error:
            said = _error_of(error)
            message = f"Prometheus at {self.url} answers {error.code} to `{parameters.get('query')}`: {said}"
            if error.code in (400, 422):
                raise InvalidQuery(f"{message}; correct the measure's query") from None
            raise UnreachablePrometheus(f"{message}; look at its log") from None
        except (URLError, TimeoutError, ssl.SSLError, OSError, json.JSONDecodeError) as error:
            why = getattr(error, "reason", error)
            raise UnreachablePrometheus(
                f"no Prometheus at {self.url}: {why}; name one by `--prometheus URL`"
            ) from None
        return list(found["data"]["result"])


def over_a_day(query: str) -> str:
    """The largest of a query over the day before the moment of evaluation."""
    if _SELECTOR.fullmatch(query.strip()):
        return f"max_over_time({query.strip()}[1d])"
    return f"max_over_time(({query})[1d:{_RESOLUTION}])"


def _error_of(error: HTTPError) -> str:
    try:
        return str(json.load(error).get("error", error.reason))
    except (json.JSONDecodeError, OSError):
        return str(error.reason)
