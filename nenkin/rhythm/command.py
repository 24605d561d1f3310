"""`python -m nenkin rhythm`: the year simulated, with both ways of award and payment side by side."""

from __future__ import annotations

import argparse
import dataclasses
from collections.abc import Callable, Mapping, Sequence
from datetime import date
from typing import Any

from nenkin.calendar.holidays import OutsideCalendar
from nenkin.dated import NoRule
from nenkin.rhythm.arrivals import Arrival, arrivals
from nenkin.rhythm.way import WAYS, paid_days, spread
from nenkin.settings import Settings

__all__ = ["add_command", "run_command"]

_CLAIMS = 50_000


def add_command(commands: Any) -> None:
    """Adds `rhythm` to a parser's commands."""
    rhythm = commands.add_parser("rhythm", help="days from claim to money over a simulated year")
    rhythm.add_argument("--year", type=int, required=True)
    rhythm.add_argument("--seed", type=int, default=1)
    rhythm.add_argument("--claims", type=int, default=_CLAIMS, metavar="N", help=f"{_CLAIMS}")
    rhythm.add_argument("--json", action="store_true", help="as JSON, which is the only form")


def run_command(
    options: argparse.Namespace, settings: Settings | None = None
) -> tuple[dict[str, Any], int]:
    """The report and 0, or 2 for a wrong call; it asks no database."""
    if options.claims < 1:
        return {"error": f"claims {options.claims}: at least 1"}, 2
    try:
        claims = list(arrivals(options.year, options.seed, options.claims))
        paid = {way.name: paid_days(way, claims) for way in WAYS}
    except (OutsideCalendar, NoRule) as error:
        return {"error": f"year {options.year}: {error}"}, 2
    kinds = sorted({claim.kind for claim in claims})
    report: dict[str, Any] = {
        "year": options.year,
        "seed": options.seed,
        "claims": len(claims),
        "ways": _ways(claims, paid, lambda claim: claim.claimed),
        # What the rhythm alone costs: from the day on which the work was done.
        "from_ready": _ways(claims, paid, lambda claim: claim.ready),
        "kinds": {kind: _ways(claims, paid, lambda claim: claim.claimed, kind) for kind in kinds},
    }
    return report, 0


def _ways(
    claims: Sequence[Arrival],
    paid: Mapping[str, Sequence[date]],
    since: Callable[[Arrival], date],
    kind: str | None = None,
) -> dict[str, Any]:
    """The spread of each way, of all claims or of one kind's."""
    return {
        name: dataclasses.asdict(
            spread(
                [
                    (day - since(claim)).days
                    for day, claim in zip(days, claims, strict=True)
                    if kind in (None, claim.kind)
                ]
            )
        )
        for name, days in paid.items()
    }
