"""The pages of `hikae capacity`: one HTML file each that needs nothing else, and the same as JSON beside it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any

import monitors.capacity
from cli.capacity_pictures import (
    PART_CSS,
    balance_picture,
    cores_picture,
    cost_picture,
    forecast_picture,
)
from cli.output import plain
from dr.headline import Headline
from dr.pages import page_templates, write_pages
from inventory import Estate
from monitors.capacity.comparison import Comparison
from monitors.capacity.outlook import Outlook

__all__ = [
    "comparison_headline",
    "render_comparison",
    "spell_seconds",
    "write_comparison",
    "write_forecast_report",
]

_TEMPLATES = Path(monitors.capacity.__file__).parent / "templates"
_SOON_DAYS = 180


def write_comparison(page: Path, found: Comparison, document: Mapping[str, Any]) -> None:
    """Write a comparison's page, and its JSON beside it."""
    write_pages(page, render_comparison(found), f"{page.stem}.json", plain(document))


def render_comparison(found: Comparison) -> str:
    """Give a comparison as one HTML page."""
    return _render(
        "comparison.html.j2",
        c=found,
        headline=comparison_headline(found),
        part_css=PART_CSS,
        cost=cost_picture(found),
        balance=balance_picture(found),
        cores=cores_picture(found),
        worst=[_worst_rto(found, side) for side in (0, 1)],
    )


def write_forecast_report(
    page: Path, estate: Estate, outlooks: Sequence[Outlook], until: date
) -> None:
    """Write a page with a picture for every series, the one that is reached first at the top, and its JSON beside it."""
    known = sorted(
        (one for one in outlooks if one.forecast is not None),
        key=lambda one: (one.earliest or date.max, one.middle or date.max, one.name),
    )
    html = _render(
        "forecast.html.j2",
        estate=estate,
        until=until,
        outlooks=known,
        short=[one for one in outlooks if one.is_too_short],
        soon=[o for o in known if o.earliest and (o.earliest - until).days <= _SOON_DAYS],
        pictures=[
            forecast_picture(one.forecast, one.unit) for one in known if one.forecast is not None
        ],
        drivers=list(estate.capacity.drivers.values()),
    )
    document = {"estate": estate.name, "until": until, "outlooks": [o.row() for o in outlooks]}
    write_pages(page, html, f"{page.stem}.json", plain(document))


def comparison_headline(found: Comparison) -> Headline:
    """Say in a word and a sentence what going from A to B brings."""
    years = len(found.years)
    yen, oku = abs(found.saved_total) / 1e9, abs(found.saved_total) / 1e8
    if found.saved_total >= 0:
        pays = (
            f"; it has paid for itself in fiscal {found.pays_in_year}" if found.pays_in_year else ""
        )
        pays_ja = f"。{found.pays_in_year}年度に投資を回収" if found.pays_in_year else ""
        return Headline(
            "Saves",
            "経費削減",
            f"B costs {yen:,.2f} billion yen less than A over {years} years{pays}.",
            f"Bは{years}年間でAより{oku:,.1f}億円少ない{pays_ja}。",
        )
    running = found.saved_by_year[-1] / 1e9
    then = f" From then on it saves {running:,.2f} billion a year." if running > 0 else ""
    return Headline(
        "Costs more",
        "経費増",
        f"B costs {yen:,.2f} billion yen more than A over {years} years, fees for ending contracts counted.{then}",
        f"Bは解約金を含め{years}年間でAより{oku:,.1f}億円多い。",
    )


def _worst_rto(found: Comparison, side: int) -> int | None:
    """The longest promise of a service without which no branch works."""
    known = [p.rto_s[side] for p in found.promises if p.tier == 0 and p.rto_s[side] is not None]
    return max((seconds for seconds in known if seconds is not None), default=None)


def _render(template: str, **values: Any) -> str:
    environment = page_templates(_TEMPLATES)
    environment.filters["bn"] = lambda yen: f"{yen / 1e9:,.2f}"
    environment.filters["seconds"] = spell_seconds
    return environment.get_template(template).render(**values)


def spell_seconds(value: int | None) -> str:
    """Seconds of a promise as people say them."""
    if value is None:
        return "–"
    for size, word in ((86400, "d"), (3600, "h"), (60, "min")):
        if value >= size and value % size == 0:
            return f"{value // size} {word}"
    return f"{value} s"
