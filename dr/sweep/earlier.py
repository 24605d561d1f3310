"""What earlier sittings of a sweep have tried: read from the document that they left."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from dr.sweep.trial import Trial

__all__ = ["Earlier", "read_earlier"]


@dataclass(frozen=True, slots=True)
class Earlier:
    """Trials are of any round; `sittings` are when each began and ended, `time.time()`."""

    trials: tuple[Trial, ...] = ()
    sittings: tuple[tuple[float, float], ...] = ()
    stray: int = 0
    late: int = 0


def read_earlier(document: Mapping[str, Any]) -> Earlier:
    """From the object that `hikae net sweep --json` prints; KeyError or TypeError where it is none."""
    return Earlier(
        trials=tuple(
            Trial(**{**trial, "not_healed": tuple(trial["not_healed"])})
            for row in document["failures"]
            for trial in row["trials"]
        ),
        sittings=tuple((began, ended) for began, ended in document["sittings"]),
        stray=document["stray"],
        late=document["late"],
    )
