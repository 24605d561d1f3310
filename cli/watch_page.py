"""The page of `hikae watch`: everything that is known at a moment, as one HTML file that needs nothing else."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import monitors.watching
from cli.capacity_report import spell_seconds
from cli.watch_gantt import gantt_picture
from cli.watch_map import SIGNS, STATE_WORDS, map_picture, sites_in_words
from dr.pages import page_templates
from inventory import Estate
from inventory.clock import spell_minute
from monitors.forecast.options import ACCEPTED as PRICED_FROM
from monitors.watching.curves import Curve
from monitors.watching.judgement import ACCEPTED, judge
from monitors.watching.memory import Memory, silent_view
from monitors.watching.states import State, service_states, site_states
from monitors.watching.tonight import Tonight
from monitors.watching.view import Firing, View
from runbooks.runbook import Heading, InvalidRunbook
from runbooks.shelf import find_runbook

__all__ = ["Known", "Rendered", "outdated", "render"]

_FOLDER = Path(monitors.watching.__file__).parent / "templates"
_STALE_FILE_S = 300.0
_KEPT_OUTDATED = "the last look from here has not come to an end"


@dataclass(frozen=True, slots=True)
class Known:
    """What one look brought. `curves` None = not asked yet, with `curves_why`; moments are Unix seconds."""

    at: float
    view: View
    memory: Memory
    tonight: Tonight
    curves: tuple[Curve, ...] | None
    curves_why: str = ""
    curves_at: float | None = None
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Rendered:
    """A page and the policy that goes with it: nothing is loaded, and nothing runs but its own style and script."""

    html: str
    policy: str


def outdated(known: Known, now: float, stale_s: float) -> Known:
    """The same with everything that was said turned unknown, where the look itself is too old to be believed."""
    if now - known.at <= stale_s:
        return known
    return replace(
        known,
        view=silent_view(known.view.silent),
        notes=(*known.notes, f"Nothing below is fresh: {_KEPT_OUTDATED}."),
    )


def render(
    estate: Estate,
    within: Sequence[str] | None,
    known: Known,
    estate_folder: Path | None = None,
    refresh_s: float | None = None,
) -> Rendered:
    """Give the page; with `refresh_s` it loads itself anew."""
    zone = ZoneInfo(estate.calendar.timezone)
    sites = list(site_states(estate, within, known.view))
    services = list(service_states(estate, known.view))
    judgement = judge(known.view, sites, services, known.tonight.finish)
    environment = page_templates(_FOLDER)
    environment.filters |= {
        "clock": lambda at: f"{datetime.fromtimestamp(at, zone):%H:%M:%S}",
        "day_clock": lambda at: f"{datetime.fromtimestamp(at, zone):%Y-%m-%d %H:%M:%S}",
        "minute": lambda minute: spell_minute(max(0, int(minute))),
        "morning": lambda minute: spell_minute(max(0, int(minute)) % 1440),
        "seconds": spell_seconds,
        "percent": _percent,
        "since": lambda text: _since(text, zone),
        "count": lambda value: "?" if value is None else f"{value:,.0f}",
    }
    stale_s = _STALE_FILE_S if refresh_s is None else 3 * refresh_s + 30
    style = environment.get_template("watch.css").render(
        report=environment.get_template("report.css").render(), stale_s=stale_s
    )
    script = environment.get_template("watch.js").render()
    policy = "; ".join(
        (
            "default-src 'none'",
            f"style-src '{_digest(style)}'",
            f"script-src '{_digest(script)}'",
            "img-src data:",
            "base-uri 'none'",
            "form-action 'none'",
        )
    )
    html = environment.get_template("watch.html.j2").render(
        estate=estate,
        known=known,
        view=known.view,
        memory=known.memory,
        last=None if known.view.source else known.memory.view,
        night=known.tonight,
        judgement=judgement,
        header=_HEADERS[judgement.tone],
        sites=sites,
        sites_words=sites_in_words(sites),
        of_site={state: sum(s.state is state for s in sites) for state in State},
        services=services,
        ready=sum(one.state is State.GOOD for one in services),
        probed=sum(bool(one.promise.ledger) for one in services),
        State=State,
        signs=SIGNS,
        words=STATE_WORDS,
        map=map_picture(estate, sites),
        gantt=gantt_picture(estate, known.tonight),
        curves=_drawn(known.curves or ()),
        runbooks=_runbooks(known.view.alerts, estate_folder),
        critical=sum(alert.severity == "critical" for alert in known.view.alerts),
        warned=ACCEPTED,
        accepted=PRICED_FROM,
        style=style,
        script=script,
        policy=policy,
        refresh_s=refresh_s,
        stale_s=stale_s,
    )
    return Rendered(html, policy)


_HEADERS: Mapping[str, str] = {
    "critical": "failed",
    "warning": "aborted",
    "unknown": "dark",
    "fine": "passed",
}


def _digest(text: str) -> str:
    return f"sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}"


def _percent(share: float | None) -> str:
    """A probability that rounding makes neither certain nor impossible."""
    if share is None:
        return "?"
    if 0 < share < 0.005:
        return "< 1 %"
    return "> 99 %" if 0.995 < share < 1 else f"{100 * share:.0f} %"


def _since(text: str, zone: ZoneInfo) -> str:
    # Prometheus writes nanoseconds, which Python 3.11 does not read.
    try:
        moment = datetime.fromisoformat(f"{text[:19]}+00:00").astimezone(zone)
    except ValueError:
        return "?"
    return f"{moment:%m-%d %H:%M}"


def _drawn(curves: Sequence[Curve]) -> list[dict[str, object]]:
    """Curves with their pictures, the limit that is reached first at the top."""
    if not curves:
        return []
    from cli.capacity_pictures import forecast_picture  # numpy is slow to load

    far = "9999"
    rows: list[tuple[str, dict[str, object]]] = []
    for curve in curves:
        outlook = curve.outlook
        found = outlook.forecast if outlook else None
        picture = forecast_picture(found, curve.measure.unit, 110.0) if found else None
        first = str(outlook.earliest) if outlook and outlook.earliest else far
        rows.append((first if picture else far + far, {"curve": curve, "picture": picture}))
    return [row for _, row in sorted(rows, key=lambda pair: pair[0])]


def _runbooks(alerts: Sequence[Firing], folder: Path | None) -> dict[str, tuple[str, Heading]]:
    """By an alert's runbook: its title and the heading to open; those that are not found are left out."""
    found: dict[str, tuple[str, Heading]] = {}
    for alert in alerts:
        name, _, heading_id = alert.runbook.rpartition("/")[2].partition("#")
        try:
            runbook = find_runbook(name.removesuffix(".md"), folder)
        except InvalidRunbook:
            continue
        heading = runbook.find(heading_id) if runbook else None
        if runbook and heading:
            found[alert.runbook] = (runbook.title, heading)
    return found
