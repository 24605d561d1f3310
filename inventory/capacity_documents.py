"""What the files may say of capacity and cost: machines, contracts, registered limits, business drivers, measures."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Literal

from pydantic import BaseModel, Field

from inventory.scalars import STRICT, Count, Name, Names, Positive, Text

__all__ = [
    "ContractText",
    "CoverText",
    "DriverText",
    "LimitText",
    "MachineText",
    "MeasureText",
]

Amount = Annotated[float, Field(gt=0)]
Present = Annotated[float, Field(ge=0)]
Percent = Annotated[int, Field(strict=True, ge=1, le=100)]
ContractKind = Literal[
    "data-communication-service",
    "lease",
    "development",
    "licence",
    "maintenance",
    "line",
    "rent",
    "operation",
    "purchase",
]


class _Text(BaseModel):
    model_config = STRICT


class MachineText(_Text):
    """What a host of a role has."""

    cores: Positive
    memory_gib: Positive
    source: Text


class CoverText(_Text):
    """What a contract is about; with `per` in the contract, what is counted."""

    roles: Names = ()
    kinds: Names = ()
    sites: Names = ()
    networks: Names = ()
    services: Names = ()


class ContractText(_Text):
    """A contract; yen a year for one of what it is counted by, yen once at its beginning, yen to end it early."""

    title: Text
    title_ja: Text
    kind: ContractKind
    supplier: Text
    since: date
    until: date
    covers: CoverText = CoverText()
    per: Literal["host", "core", "site", "line", "mbps"] | None = None
    parts: Annotated[
        dict[Literal["hardware", "software", "network", "premises", "people"], Percent],
        Field(min_length=1),
    ]
    yen_yearly: Count = 0
    yen_once: Count = 0
    cancellation_yen: Count = 0
    source: Text


class LimitText(_Text):
    """A limit that somebody set or that a format has, and how much of it is used."""

    title: Text
    title_ja: Text
    kind: Literal["jobs", "file-size", "records", "table", "serial", "connections", "amount"]
    limit: Amount
    unit: Text
    owner: Name
    reviewed: date
    headroom_percent: Annotated[int, Field(strict=True, ge=1, le=99)]
    present: Present
    source: Text
    query: Text | None = None


class DriverText(_Text):
    """Something of the business that load follows: figures by day, between which it grows evenly or steps."""

    title: Text
    title_ja: Text
    unit: Text
    shape: Literal["growth", "steps"] = "growth"
    points: Annotated[dict[date, Amount], Field(min_length=1)]
    yearly_sd_percent: Annotated[float, Field(ge=0, le=100)] = 0.0
    source: Text


class MeasureText(_Text):
    """Something that Prometheus measures and that has a limit: the worst value of each day counts."""

    title: Text
    title_ja: Text
    of: Literal["host", "service", "estate"]
    query: Text
    label: Annotated[str, Field(pattern=r"^[a-zA-Z_][a-zA-Z0-9_]*$")] = "instance"
    limit: Amount
    unit: Text
    owner: Name
    drivers: dict[Name, Annotated[float, Field(ge=0, le=3)]] = {}
