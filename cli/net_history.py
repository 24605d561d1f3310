"""`hikae net history`: what a device has run, when, by whose hand, under which change and why."""

from __future__ import annotations

from datetime import UTC, datetime
from itertools import islice

import click

from cli.exits import Exit, RefusedCall
from cli.options import Call, Production, verb_options
from cli.output import print_json, print_line
from cli.running import places_of
from netconfig.history import History, Moment
from twin.pushing import ROUTED, history_in

__all__ = ["history", "show_history"]


@click.command()
@click.argument("host")
@click.option("--diff", "with_diff", is_flag=True, help="Also the lines.")
@click.option("--text", "commit", metavar="COMMIT", help="What it ran after that, whole.")
@click.option("--last", type=click.IntRange(1), default=20, show_default=True, help="So many.")
@verb_options(Production.CONFIRMED)
def history(call: Call, host: str, *, with_diff: bool, commit: str | None, last: int) -> Exit:
    """Show the confirmed changes of one device, the latest first; nothing is asked of it."""
    estate = call.estate()
    if estate.host(host).role not in ROUTED:
        raise RefusedCall(
            f"'{host}' has no configuration of its own; `hikae show hosts` lists routers."
        )
    kept = history_in(places_of(call), estate.name, is_production=call.is_production)
    if commit is None:
        return show_history(call, host, list(islice(kept.of(host), last)), with_diff=with_diff)
    return _text(call, host, kept, commit)


def show_history(call: Call, host: str, moments: list[Moment], *, with_diff: bool) -> Exit:
    """Print changes; a device that has none has not been pushed from here yet."""
    if call.as_json:
        print_json({"device": host, "changes": [_row(moment) for moment in moments]})
        return Exit.FINE
    for moment in moments:
        added, removed = moment.counts
        print_line(
            f"{moment.commit[:10]}  {_clock(moment.at)}  {moment.person}, {moment.change}: {moment.how}"
            f" ({moment.why}), +{added} -{removed} lines"
        )
        if with_diff:
            print_line("".join(f"  {line}\n" for line in moment.diff.splitlines()).rstrip())
    if not moments:
        print_line(f"{host}: nothing was pushed to it from here")
    return Exit.FINE


def _text(call: Call, host: str, kept: History, commit: str) -> Exit:
    found = [moment for moment in kept.of(host) if moment.commit.startswith(commit)]
    if len(found) != 1:
        what = "no change" if not found else "more than one change"
        raise RefusedCall(f"'{commit}' is {what} of {host}; `hikae net history {host}` lists them.")
    if call.as_json:
        print_json({"device": host, "commit": found[0].commit, "configuration": found[0].after})
    else:
        print_line(found[0].after.rstrip())
    return Exit.FINE


def _row(moment: Moment) -> dict[str, object]:
    added, removed = moment.counts
    return {
        "commit": moment.commit,
        "at": _clock(moment.at),
        "person": moment.person,
        "change": moment.change,
        "how": moment.how,
        "why": moment.why,
        "added": added,
        "removed": removed,
        "diff": moment.diff,
    }


def _clock(at: int) -> str:
    return datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
