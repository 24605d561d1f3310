"""`hikae watch`: the estate on one screen, as its own monitoring says it is; or as a web page. Nothing changes."""

from __future__ import annotations

import http.client
import json
import ssl
import time
from collections.abc import Callable
from contextlib import nullcontext
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import click

from cli.acting import Acting, acting_options
from cli.capacity_source import context_of, source_options
from cli.exits import Exit, RefusedCall
from cli.options import Call, Production, verb_options
from cli.output import print_json, print_line, print_table
from cli.running import Reached, reach
from inventory import Estate
from monitors.metrics.targets import GATE_PORT
from monitors.watching.view import Night, View, read_view

__all__ = ["command", "show"]

_DEADLINE_S = 3.0
_EVERY_S = 30.0
_OUT = click.Path(path_type=Path, dir_okay=False)
_CLEAR = "\x1b[2J\x1b[H"


@click.command()
@click.option(
    "--follow",
    type=float,
    metavar="SECONDS",
    help="Look again every so many seconds, until interrupted.",
)
@click.option("--page", type=_OUT, metavar="FILE", help="Write a web page that needs nothing else.")
@click.option("--serve", is_flag=True, help="Serve the page on this machine's loopback.")
@click.option(
    "--port",
    type=click.IntRange(0, 65535),
    default=9480,
    show_default=True,
    help="Where it is served; 0 = any that is free.",
)
@click.option("--events", type=_OUT, metavar="FILE", help="Page: what the night's jobs did.")
@click.option("--state", type=_OUT, metavar="FILE", help="Page: the night's state file.")
@source_options("the estate's monitoring hosts, through the bastion")
@verb_options(Production.CONFIRMED)
@acting_options
def command(
    call: Call,
    follow: float | None,
    *,
    page: Path | None,
    serve: bool,
    port: int,
    events: Path | None,
    state: Path | None,
    url: str | None,
    certificate: Path | None,
    trust: Path | None,
    acting: Acting,
) -> Exit:
    """Show alerts, sites, services, clusters and the night; ends with 1 when something fires, with 3 when nobody answers.

    A web page shows more: a map, the night's bars with their forecast, curves of capacity, runbooks of what fires.
    """
    if page and serve:
        raise RefusedCall("Say --page or --serve: one writes a page, the other serves it.")
    if (page or serve) and call.as_json:
        raise RefusedCall("A page is no JSON: leave out --json, or --page and --serve.")
    if (events or state) and not (page or serve):
        raise RefusedCall("--events and --state are for the page: add --page FILE or --serve.")
    estate = call.estate()
    reached = None if url else reach(call, acting)
    within = estate.slice_hosts(call.slice_name) if call.slice_name else None
    if reached is not None:
        within = reached.fleet.names
    look_at = _looking(estate, within, reached, url, certificate, trust)
    if page or serve:
        # Pictures and forecasts are slow to load.
        from cli.watch_paging import files_of, looker_of, serve_page, write_page
        from twin.places import Places

        looker = looker_of(
            estate,
            files_of(Places.default().home, estate, events, state),
            look_at,
            reached=reached,
            url=url,
            certificate=certificate,
            trust=trust,
        )
        if page is None:
            serve_page(looker, within, call.estate_path, port, max(2.0, follow or _EVERY_S))
            return Exit.FINE
        view = write_page(looker, within, call.estate_path, page)
        print_line(f"Page: {page}")
    else:
        view = _shown(call, look_at, follow, estate.calendar.timezone, reached)
    if view.source is None:
        return Exit.UNREACHABLE
    return Exit.FINE if view.is_fine else Exit.FINDING


def _shown(
    call: Call,
    look_at: Callable[[], View],
    follow: float | None,
    timezone: str,
    reached: Reached | None,
) -> View:
    while True:
        with nullcontext() if reached is None else reached.conductor.at_bastion():
            view = look_at()
        if follow is not None and not call.as_json:
            click.echo(_CLEAR, nl=False)
        if call.as_json:
            print_json(view)
        else:
            show(view, timezone)
        if follow is None:
            return view
        time.sleep(max(1.0, follow))


def _looking(
    estate: Estate,
    within: tuple[str, ...] | None,
    reached: Reached | None,
    url: str | None,
    certificate: Path | None,
    trust: Path | None,
) -> Callable[[], View]:
    """How to look: at the address that was named, or at the monitoring hosts by whoever stands at the bastion."""
    if reached is None:
        from cli.watch_paging import ask_url

        ask = ask_url(str(url), context_of(certificate, trust))
        return lambda: read_view(estate, within, ask, named=url)
    # A certificate lasts shorter than a page that is left open.
    return lambda: read_view(estate, within, partial(_ask, reached.conductor.tls()))


def _ask(context: ssl.SSLContext, address: str, path: str) -> Any:
    line = http.client.HTTPSConnection(address, GATE_PORT, timeout=_DEADLINE_S, context=context)
    try:
        line.request("GET", path)
        answer = line.getresponse()
        text = answer.read()
    except http.client.HTTPException as error:
        raise OSError(str(error)) from error
    finally:
        line.close()
    if answer.status != 200:
        raise OSError(f"status {answer.status}")
    return json.loads(text)


def show(view: View, timezone: str) -> None:
    """The screen as tables."""
    zone = ZoneInfo(timezone)
    for name in view.silent:
        print_line(f"Prometheus on {name} does not answer.")
    if view.source is None:
        print_line("Nobody answers: what the estate is like now is not known from here.")
        return
    print_line(f"As {view.source} says, {datetime.now(zone):%Y-%m-%d %H:%M:%S}")
    if view.alerts:
        print_table(
            f"Alerts ({len(view.alerts)})",
            ("severity", "alert", "what", "owner", "since", "open"),
            [
                (a.severity, a.name, a.summary, a.owner, _clock(_moment(a.since), zone), a.runbook)
                for a in view.alerts
            ],
        )
    else:
        print_line("No alert fires.")
    print_table(
        "Sites",
        ("site", "area", "answer"),
        [(s.name, s.area, f"{s.up} of {s.hosts}") for s in view.sites],
    )
    print_table(
        "Services",
        ("service", "tier", "ready", "seconds"),
        [
            (s.name, s.tier, _word(s.is_ready), "" if s.seconds is None else f"{s.seconds:.3f}")
            for s in view.services
        ],
    )
    print_table(
        "Clusters",
        ("cluster", "led", "members", "site-RPO = 0", "bytes at risk"),
        [
            (
                c.name,
                _word(c.has_leader),
                f"{_count(c.members)} of {_count(c.expected)}",
                _word(c.is_site_safe),
                _count(c.bytes_at_risk),
            )
            for c in view.clusters
        ],
    )
    print_line(f"Votes of etcd to spare: {_count(view.votes_to_spare)}")
    print_line(_night_words(view.night, zone))


def _night_words(night: Night | None, zone: ZoneInfo) -> str:
    if night is None:
        return "Night: nothing is known of it."
    words = [f"{count} {state}" for state, count in sorted(night.jobs.items()) if count]
    said = f"Night: {'under way' if night.is_running else 'not running'}; {', '.join(words) or 'no jobs'}"
    for quantile, moment in sorted(night.finish.items()):
        said += f"; {float(quantile):.0%} by {_clock(moment, zone)}"
    if night.deadline is not None:
        said += f"; deadline {_clock(night.deadline, zone)}"
    if night.miss_probability is not None:
        said += f"; runs into the day with {night.miss_probability:.1%}"
    return said


def _moment(text: str) -> float:
    # Prometheus writes nanoseconds, which Python 3.11 does not read.
    return datetime.fromisoformat(f"{text[:19]}+00:00").timestamp()


def _clock(moment: float, zone: ZoneInfo) -> str:
    return f"{datetime.fromtimestamp(moment, zone):%H:%M}"


def _word(value: bool | None) -> str:
    return "?" if value is None else "yes" if value else "NO"


def _count(value: float | None) -> str:
    return "?" if value is None else f"{value:,.0f}"
