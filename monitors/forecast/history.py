"""Nights that have been: what each job took, kept as JSON lines."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from monitors.forecast.network import Floats

__all__ = [
    "InvalidHistory",
    "PastLook",
    "PastNight",
    "history_path",
    "history_text",
    "minutes_of",
    "read_history",
    "with_night",
    "write_history",
]


class InvalidHistory(ValueError):
    """A line of the history cannot be read; the sentence names file, line and the way out."""


@dataclass(frozen=True, slots=True)
class PastLook:
    """A forecast by what was known before that night: the share of its finishes below the true one, and the risk."""

    minute: float
    pit: float
    p_overrun: float


@dataclass(frozen=True, slots=True)
class PastNight:
    """One night that is over: by job the minutes of its first attempt, of its rerun (0 = none), and its input volume.

    A job that did not run that night is not in it. `looks` judge the forecasts; there are none where people acted in the
    night, or nothing was known before it. `finish` and `opening` are minutes of the operating day.
    """

    day: str
    kind: str
    minutes: dict[str, float]
    rerun: dict[str, float]
    volume: dict[str, float]
    looks: tuple[PastLook, ...] = ()
    finish: float | None = None
    opening: float | None = None

    @property
    def is_overrun(self) -> bool | None:
        """Whether it ran into the online day; None = not known."""
        if self.finish is None or self.opening is None:
            return None
        return self.finish > self.opening


def history_path(home: Path, estate: str) -> Path:
    """Where the nights of an estate are kept, in the folder of all that is kept."""
    return home / "nights" / f"{estate}.jsonl"


def with_night(nights: Iterable[PastNight], night: PastNight) -> tuple[PastNight, ...]:
    """The nights with this one, which takes the place of what was there for its day."""
    others = [one for one in nights if one.day != night.day]
    return tuple(sorted([*others, night], key=lambda one: one.day))


def history_text(nights: Iterable[PastNight]) -> str:
    """One line for each night."""
    lines = (json.dumps(asdict(night), ensure_ascii=False, sort_keys=True) for night in nights)
    return "".join(f"{line}\n" for line in lines)


def write_history(path: Path, nights: Iterable[PastNight]) -> None:
    """Write one line for each night."""
    path.write_text(history_text(nights), encoding="utf-8")


def read_history(path: Path) -> tuple[PastNight, ...]:
    """Read the nights, the oldest first; raises InvalidHistory."""
    nights = []
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        if not line.strip():
            continue
        try:
            read = json.loads(line)
            minutes, rerun, volume = (
                {str(name): float(value) for name, value in read[part].items()}
                for part in ("minutes", "rerun", "volume")
            )
            looks = tuple(
                PastLook(float(one["minute"]), float(one["pit"]), float(one["p_overrun"]))
                for one in read.get("looks") or ()
            )
            night = PastNight(
                str(read["day"]),
                str(read["kind"]),
                minutes,
                rerun,
                volume,
                looks,
                _minute(read.get("finish")),
                _minute(read.get("opening")),
            )
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise InvalidHistory(
                f"{path}:{number}: not a night that is over ({error!r}); it needs day, kind, and minutes, rerun and "
                "volume by job; take the line out, or write the history anew"
            ) from error
        bad = [name for name, value in night.minutes.items() if not 0 < value < float("inf")]
        if bad:
            raise InvalidHistory(
                f"{path}:{number}: {bad[0]} took {night.minutes[bad[0]]} minutes; only a number above 0 can be learned "
                "from, leave out a job that did not run"
            )
        nights.append(night)
    return tuple(sorted(nights, key=lambda night: night.day))


def _minute(value: Any) -> float | None:
    return None if value is None else float(value)


def minutes_of(nights: Sequence[PastNight], names: Sequence[str]) -> tuple[Floats, Floats, Floats]:
    """Tables of nights by jobs: minutes of the first attempt, of the rerun, and volume; nan where a job did not run."""
    shape = (len(nights), len(names))
    first, rerun, volume = np.full(shape, np.nan), np.zeros(shape), np.ones(shape)
    for row, night in enumerate(nights):
        for column, name in enumerate(names):
            if name in night.minutes:
                first[row, column] = night.minutes[name]
                rerun[row, column] = night.rerun.get(name, 0.0)
                volume[row, column] = max(night.volume.get(name, 1.0), 1e-6)
    return first, rerun, volume
