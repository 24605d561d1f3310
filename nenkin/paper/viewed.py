"""A record from an answer of `Desk.view_person`."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from nenkin.benefits.ages import month_of
from nenkin.paper.record import Decision, Period, Record, Run

__all__ = ["record_of"]


def record_of(body: Mapping[str, Any]) -> Record:
    """The record in an answer of `Desk.view_person`."""
    last_address = body["addresses"][-1] if body["addresses"] else {}
    return Record(
        number=body["number"],
        name_kana=body["name_kana"],
        name_kanji=body["name_kanji"] or "",
        birth=_day(body["birth_date"]),
        sex=body["sex"],
        postcode=last_address.get("postcode", ""),
        address=last_address.get("address", ""),
        periods=tuple(
            Period(
                _day(one["acquired"]),
                _day(one["lost"]) if one["lost"] else None,
                one["category"],
                one["establishment"],
            )
            for one in body["periods"]
        ),
        runs=tuple(
            Run(
                _month(one["first"]),
                _month(one["last"]),
                one["kind"],
                one["amount"],
                one["is_additional"],
            )
            for one in body["contribution_runs"]
        ),
        postings=tuple((_month(one["month"]), one["amount"]) for one in body["contributions"]),
        decisions=tuple(
            Decision(_month(one["first"]), one["kind"], one["standard"])
            for one in body["decisions"]
        ),
    )


def _day(text: str) -> date:
    return date.fromisoformat(text)


def _month(text: str) -> int:
    return month_of(date.fromisoformat(f"{text}-01"))
