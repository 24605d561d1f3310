"""What `hikae batch plan` prints as JSON."""

from __future__ import annotations

from typing import Any

from inventory import Estate
from monitors.forecast.odds import Odds
from monitors.forecast.safe_hardware import SafeHardware
from monitors.forecast.safe_kinds import JudgedNight
from monitors.night.hours import day_kind
from monitors.night.kinds import NightKind
from monitors.night.moves import Moves
from monitors.night.night import Night

__all__ = ["kind_row", "least_document", "moves_document", "night_document", "odds_document"]

_RISKS = 10


def night_document(
    estate: Estate, night: Night, wanted: float, without: tuple[str, ...]
) -> dict[str, Any]:
    """Which night it is, and with which probability all of it is wanted."""
    assert estate.batch is not None  # the night has been resolved
    return {
        "estate": estate.name,
        "day": night.day.isoformat(),
        "kind": night.kind,
        "title": day_kind(estate.batch, night.day, estate.calendar).title,
        "begins": night.begins,
        "opening": night.opening,
        "jobs": len(night.jobs),
        "confidence": wanted,
        "without": list(without),
    }


def odds_document(odds: Odds) -> dict[str, Any]:
    """What the simulated nights say; a time that never comes is infinite here."""
    return {
        "nights": odds.nights,
        "is_reached": odds.is_reached,
        "p_met": round(odds.p_met, 4),
        "error": round(odds.error, 4),
        "p_opening": round(odds.p_opening, 4),
        "median": odds.median,
        "finish": odds.finish,
        "opening": odds.opening,
        "risks": [
            {"job": risk.job, "deadline": risk.deadline, "p_miss": round(risk.p_miss, 4)}
            for risk in odds.risks[:_RISKS]
        ],
    }


def least_document(least: SafeHardware) -> dict[str, Any]:
    """The cheapest pools by plan, and those that the simulation confirms."""
    planned = least.planned
    return {
        "until": planned.until,
        "pools": planned.pools,
        "yen": planned.yen,
        "bound_yen": planned.bound_yen,
        "gap_percent": round(planned.gap_percent, 2),
        "earliest_yen": planned.earliest_yen,
        "today_yen": planned.today_yen,
        "saved_yen": planned.saved_yen,
        "saved_percent": round(planned.saved_percent, 2),
        "finish": planned.plan.finish,
        "odds": odds_document(least.planned_odds),
        "confirmed": {
            "pools": {need.name: need.needed for need in least.pools},
            "yen": least.yen,
            "price_yen": least.price_yen,
            "saved_yen": least.saved_yen,
            "quantile": least.plan.confidence,
            "finish": least.plan.finish,
            "odds": odds_document(least.odds),
        },
    }


def moves_document(moves: Moves) -> dict[str, Any]:
    """Which jobs of the day move."""
    return {
        "jobs": moves.jobs,
        "freed_core_minutes": moves.freed_core_minutes,
        "finish_without": moves.without_moves,
    }


def kind_row(kind: NightKind, judged: JudgedNight, unsafe: int) -> dict[str, Any]:
    """One kind of night of the year; `unsafe` = how many of its nights are not safe enough."""
    night, plan, odds = kind.night, judged.plan, judged.odds
    return {
        "kind": kind.kind,
        "title": kind.title,
        "hours": kind.hours,
        "before": kind.opening,
        "days": kind.days,
        "unsafe_days": unsafe,
        "day": night.day.isoformat(),
        "begins": night.begins,
        "opening": night.opening,
        "jobs": len(night.jobs),
        "state": judged.fit.value,
        "is_plain": judged.is_plain,
        "quantile": plan and plan.confidence,
        "finish": plan and plan.finish,
        "bound": plan and plan.bound,
        "p_met": odds and round(odds.p_met, 4),
        "p_opening": odds and round(odds.p_opening, 4),
        "safe_finish": odds and odds.finish,
        "reliefs": judged.reliefs,
    }
