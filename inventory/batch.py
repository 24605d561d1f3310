"""The night batch as others see it: hours, kinds of days, pools, and every job with its templates expanded."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from inventory.occasions import Occasion

__all__ = [
    "Batch",
    "BatchJob",
    "CutOff",
    "DayKind",
    "Hardware",
    "Hours",
    "Net",
    "SharedPool",
    "Volume",
]


@dataclass(frozen=True, slots=True)
class Hours:
    """When offices are open on the days of an occasion; minutes from 00:00."""

    when: tuple[Occasion, ...]
    title: str
    opens: int
    closes: int


@dataclass(frozen=True, slots=True)
class DayKind:
    """A class of calendar day, by which durations are learned."""

    name: str
    when: tuple[Occasion, ...]
    title: str


@dataclass(frozen=True, slots=True)
class CutOff:
    """A minute of the operating day until which somebody outside takes in what a job makes."""

    name: str
    at: int
    reason: str


@dataclass(frozen=True, slots=True)
class Volume:
    """How much there is to do, in its unit, on a usual day and on days of some kinds."""

    name: str
    usual: float
    by_kind: Mapping[str, float]
    source: str

    def on(self, kind: str) -> float:
        """How much on a day of a kind."""
        return self.by_kind.get(kind, self.usual)


@dataclass(frozen=True, slots=True)
class Hardware:
    """Cores and gigabytes of each batch host by site, and yen a year for one of either."""

    cores: int
    memory_gb: int
    yen_per_core: float
    yen_per_gb: float
    by_site: Mapping[str, tuple[int, int]]

    def of_host(self, site: str) -> tuple[int, int]:
        """Cores and gigabytes of one batch host there."""
        return self.by_site.get(site, (self.cores, self.memory_gb))


@dataclass(frozen=True, slots=True)
class SharedPool:
    """Something else that jobs share: (minute, units) from that minute of the operating day on."""

    name: str
    title: str
    site: str | None
    steps: tuple[tuple[int, int], ...]


@dataclass(frozen=True, slots=True)
class Net:
    """A job net: what belongs together, and who answers for it."""

    name: str
    title: str
    title_ja: str


@dataclass(frozen=True, slots=True)
class BatchJob:
    """One job as described; which days it runs on is told by `when` and `unless`.

    It takes `fixed_min` and, at the usual volume, `volume_min` (medians, minutes); on days of a kind in `by_kind` those
    minutes instead. `at` is the service whose home it runs in, or a site; `cluster` the databases that it works on.
    `deadline` is a minute of the operating day, None = the night's opening.
    """

    name: str
    net: str
    template: str
    at: str
    cluster: str | None
    when: tuple[Occasion, ...]
    unless: tuple[Occasion, ...]
    owner: str
    tier: int
    fixed_min: float
    volume_min: float
    by_kind: Mapping[str, float]
    cv: float
    failure: float
    rerun_share: float
    volume: str | None
    after: tuple[str, ...]
    cores: int
    memory_gb: int
    io: int
    connections: int
    pools: Mapping[str, int]
    exclusive: tuple[str, ...]
    not_before: int | None
    deadline: int | None
    deadline_reason: str
    by_day: bool
    movable: bool
    program: str | None
    where: str


@dataclass(frozen=True, slots=True)
class Batch:
    """The night batch of an estate; jobs in the order of the files."""

    confidence: float
    hours: tuple[Hours, ...]
    closing_minutes: int
    ready_minutes: int
    closed_begins: int
    kinds: tuple[DayKind, ...]
    cut_offs: Mapping[str, CutOff]
    volumes: Mapping[str, Volume]
    hardware: Hardware
    cluster_io: int
    cluster_connections: int
    online_percent: int
    pools: Mapping[str, SharedPool]
    nets: Mapping[str, Net]
    jobs: tuple[BatchJob, ...]
