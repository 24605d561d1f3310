"""What the files may say of the night batch: hours, kinds of days, pools, volumes, and nets of jobs."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, BeforeValidator, Field

from inventory.clock import PATTERN
from inventory.scalars import STRICT, Count, Name, Positive, Text

__all__ = [
    "BatchText",
    "ClusterPoolText",
    "CutOffText",
    "DeclaredJobText",
    "DeclaredText",
    "HardwareText",
    "HoursText",
    "JobText",
    "KindText",
    "NetText",
    "PoolText",
    "VolumeText",
]


def _listed(value: object) -> object:
    """One text where several may stand."""
    return (value,) if isinstance(value, str) else value


def _by_kind(value: object) -> object:
    """One figure for every kind of day."""
    return value if isinstance(value, dict) else {"usual": value}


Clock = Annotated[str, Field(pattern=PATTERN)]
Minutes = Annotated[float, Field(gt=0, le=2880)]
Percent = Annotated[int, Field(strict=True, ge=0, le=100)]
Share = Annotated[float, Field(ge=0, le=1)]
Occasions = Annotated[tuple[Text, ...], BeforeValidator(_listed), Field(min_length=1)]
Several = Annotated[tuple[Text, ...], BeforeValidator(_listed)]
MinutesByKind = Annotated[dict[Name, Minutes], BeforeValidator(_by_kind)]
Yen = Annotated[float, Field(ge=0)]


class _Text(BaseModel):
    model_config = STRICT


class HoursText(_Text):
    """When offices are open on certain days; the first entry that holds counts."""

    when: Occasions
    title: Text
    open: Clock
    close: Clock


class KindText(_Text):
    """A class of calendar day, by which durations are learned; the first entry that holds counts."""

    kind: Name
    when: Occasions
    title: Text


class CutOffText(_Text):
    """A time until which somebody outside takes in what a job makes."""

    at: Clock
    reason: Text


class VolumeText(_Text):
    """How much there is to do, in one unit, on a usual day and on days of other kinds."""

    usual: Annotated[float, Field(gt=0)]
    kinds: dict[Name, Annotated[float, Field(ge=0)]] = {}
    source: Text


class SiteHardwareText(_Text):
    """What the batch hosts of one centre have instead."""

    cores: Positive | None = None
    memory_gb: Positive | None = None


class HardwareText(_Text):
    """What one batch host has, and what one unit of it costs a year."""

    cores: Positive
    memory_gb: Positive
    yen_per_core: Yen
    yen_per_gb: Yen
    source: Text
    sites: dict[Name, SiteHardwareText] = {}


class ClusterPoolText(_Text):
    """What one database cluster gives to batch: at night, and in percent of that while it is online."""

    io: Positive
    connections: Positive
    online_percent: Percent
    declared_io: dict[Literal["reads", "writes", "light"], Positive]


class PoolText(_Text):
    """Something else that jobs share: units, where it stands, and from when on there are how many."""

    title: Text
    units: Count
    site: Name | None = None
    steps: dict[Clock, Count] = {}


class BatchText(_Text):
    """The frame of every night."""

    confidence: Annotated[float, Field(ge=0.5, le=0.999)]
    hours: Annotated[tuple[HoursText, ...], Field(min_length=1)]
    closing_minutes: Count
    ready_minutes: Count
    closed_begins: Clock
    kinds: Annotated[tuple[KindText, ...], Field(min_length=1)]
    cut_offs: dict[Name, CutOffText] = {}
    volumes: dict[Name, VolumeText] = {}
    hardware: HardwareText
    clusters: ClusterPoolText
    pools: dict[Name, PoolText] = {}


class _DefaultsText(_Text):
    """What a net may say for all its jobs, and a job for itself."""

    at: Name | None = None
    cluster: Name | None = None
    per: Name | None = None
    when: Occasions | None = None
    unless: Occasions | None = None
    owner: Name | None = None
    tier: Annotated[int, Field(strict=True, ge=1, le=3)] | None = None
    cv: Annotated[float, Field(gt=0, le=3)] | None = None
    failure: Share | None = None
    rerun: Share | None = None
    fixed: Share | None = None
    not_before: Clock | None = None
    deadline: Text | None = None
    because: Text | None = None


class JobText(_DefaultsText):
    """One job, or one for each site of a kind (`per`), or so many that share its volume (`parts`)."""

    program: Text | None = None
    minutes: MinutesByKind | None = None
    volume: Name | None = None
    part: Annotated[float, Field(gt=0, le=1000)] = 1.0
    parts: Annotated[int, Field(strict=True, ge=1, le=256)] = 1
    after: Several = ()
    cores: Count | None = None
    memory_gb: Count | None = None
    io: Count | None = None
    connections: Count | None = None
    pools: dict[Name, Positive] = {}
    exclusive: Several = ()
    day: Annotated[bool, Field(strict=True)] = False
    movable: Annotated[bool, Field(strict=True)] = False


class NetText(_DefaultsText):
    """A job net: what its jobs have in common, and the jobs in the order of their names' writing."""

    title: Text
    title_ja: Text
    after: Several = ()
    jobs: Annotated[dict[Name, JobText], Field(min_length=1)]


class DeclaredJobText(_Text):
    """What a program declares of one of its batch jobs."""

    cores: Count
    memory_mb: Count
    connections: Count
    io: Literal["reads", "writes", "light"]
    unit: Text
    fixed_s: Annotated[float, Field(ge=0)]
    seconds_per_million: Annotated[float, Field(ge=0)]
    rerun: Text
    parts: Count = 1


class DeclaredText(_Text):
    """The batch jobs that a program declares, taken over from what it says of itself."""

    program: Text
    jobs: dict[Text, DeclaredJobText]
