"""Exports the run state and the forecast of tonight's batch, from the file that the dispatcher and the forecast write.

The file is one JSON object, replaced whole; every key but `written` may be missing:

    {"written": 1796070000.0, "night": "2026-11-30", "is_running": true,
     "jobs": {"waiting": 120, "running": 8, "done": 150, "failed": 0, "held": 1},
     "deadline": 1796108400.0, "finish": {"0.5": 1796100000.0, "0.95": 1796104800.0},
     "miss_probability": 0.031, "slack_seconds": 3600.0, "decide_by": 1796090000.0}

Moments are Unix seconds; `finish` is by quantile; `slack_seconds` = deadline less the median of the finish.
Runs on hosts with Debian's Python and prometheus-client: `python3 -m monitors.metrics.batch PORT FILE`.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from monitors.metrics.serving import server_of

__all__ = ["BatchCollector", "read_state"]

# Key of the file, name and words of the gauge.
_SINGLE = (
    ("written", "hikae_batch_written_timestamp_seconds", "When the state was last written."),
    ("is_running", "hikae_batch_running", "1 while a night is under way."),
    ("deadline", "hikae_batch_deadline_timestamp_seconds", "When the night must be over."),
    ("miss_probability", "hikae_batch_miss_probability", "Probability that the night runs into the online day."),
    ("slack_seconds", "hikae_batch_slack_seconds", "Deadline less the median of the predicted finish."),
    ("decide_by", "hikae_batch_decide_by_timestamp_seconds", "Latest time at which a decision still helps."),
)  # fmt: skip


def read_state(path: Path) -> Mapping[str, Any] | None:
    """What the file says; None where there is none, or where it is no JSON object."""
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return found if isinstance(found, dict) else None


class BatchCollector(Collector):
    """The file as it stands at the scrape; nothing is kept."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def collect(self) -> Iterable[Metric]:
        state = read_state(self._path)
        yield GaugeMetricFamily(
            "hikae_batch_readable", "1 while the state file can be read.", float(state is not None)
        )
        yield from _gauges(state or {})


def _gauges(state: Mapping[str, Any]) -> Iterator[Metric]:
    for key, name, words in _SINGLE:
        value = _number(state.get(key))
        if value is not None:
            yield GaugeMetricFamily(name, words, value)
    jobs = GaugeMetricFamily("hikae_batch_jobs", "Jobs of the night by state.", labels=["state"])
    for label, value in _numbers(state.get("jobs")):
        jobs.add_metric([label], value)
    finish = GaugeMetricFamily(
        "hikae_batch_finish_timestamp_seconds",
        "Predicted end of the night, by the probability that it is over by then.",
        labels=["level"],
    )
    for label, value in _numbers(state.get("finish")):
        finish.add_metric([label], value)
    yield jobs
    yield finish


def _numbers(said: object) -> Iterator[tuple[str, float]]:
    for label, each in said.items() if isinstance(said, dict) else ():
        value = _number(each)
        if value is not None:
            yield str(label), value


def _number(value: object) -> float | None:
    return float(value) if isinstance(value, bool | int | float) else None


if __name__ == "__main__":
    server_of(BatchCollector(Path(sys.argv[2])), int(sys.argv[1])).serve_forever()
