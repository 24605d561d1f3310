"""One night: the jobs of an operating day, what they take and share, and until when they must have ended."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

__all__ = ["Duration", "Night", "NightJob", "Pool"]


@dataclass(frozen=True, slots=True)
class Duration:
    """How long a job takes on nights like this: log-normal, `median_min` minutes, coefficient of variation `cv`.

    With probability `failure` it fails once and is run again from where its rerun rule says: `rerun_share` of it again.
    """

    median_min: float
    cv: float = 0.3
    failure: float = 0.0
    rerun_share: float = 1.0


@dataclass(frozen=True, slots=True)
class Pool:
    """A shared resource of the night, as a step function over minutes: (minute, units) from that minute on."""

    name: str
    steps: tuple[tuple[int, int], ...]
    unit_cost_yen: float = 0.0


@dataclass(frozen=True, slots=True)
class NightJob:
    """One job of the night; minutes count from 00:00 of the operating day, so 26:00 is 1560.

    `demands` are units by pool. Jobs that share a name in `exclusive` never run at the same time. `volume` is tonight's
    input in `unit`s over that of a usual night. `tier` 1 must run, 3 may be dropped by a decision.
    """

    name: str
    net: str
    duration: Duration
    demands: Mapping[str, int]
    after: tuple[str, ...] = ()
    exclusive: tuple[str, ...] = ()
    not_before: int = 0
    deadline: int | None = None
    deadline_reason: str = ""
    tier: int = 2
    movable: bool = False
    volume: float = 1.0
    unit: str = ""
    owner: str = ""
    program: str = ""
    """The job as the program that runs it declares it; empty where none does."""
    where: str = ""
    """File and line of its description, for messages."""


@dataclass(frozen=True, slots=True)
class Night:
    """The jobs of one operating day, in the order of the files, with the pools that they share."""

    day: date
    kind: str
    """The class of calendar day that durations are learned by, such as `weekday` or `month-end`."""
    jobs: tuple[NightJob, ...]
    pools: tuple[Pool, ...]
    begins: int
    """When online hours end and the night may begin."""
    opening: int
    """When online hours begin again: what has not ended by then runs into the day (突き抜け)."""
