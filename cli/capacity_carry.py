"""`hikae capacity carry`: the largest rate that a centre could carry, from loads that were measured at it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import click

from cli.exits import Exit
from cli.options import Call, Production, verb_options
from cli.output import plain, print_json, print_line, print_table
from monitors.capacity.carry import could_carry, learn_stations
from monitors.capacity.stations import InvalidSamples, Sample

__all__ = ["command"]


@click.command("carry")
@click.argument("measured", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@click.option(
    "--p99",
    "target_s",
    type=click.FloatRange(min=0.001),
    default=1.0,
    show_default=True,
    help="Seconds within which 99 of 100 answers must come.",
)
@verb_options(Production.INDIFFERENT)
def command(call: Call, *, measured: Path, target_s: float) -> Exit:
    """Say what a centre could carry if it had to take everything.

    MEASURED is a JSON file: `servers` by station (cores, connections), and `samples` of at least two held loads: `rate`
    (transactions a second), `p99_s`, and `busy` by station (how many of its servers were).
    """
    servers, samples = read_measured(measured)
    stations = learn_stations(servers, samples)
    found = could_carry(stations, samples, target_s)
    if call.as_json:
        print_json({**plain(found), "stations": stations})
        return Exit.FINE
    print_line(
        f"{found.rate:g} transactions a second with p99 within {target_s:g} s; {found.bottleneck} fills up first. "
        f"The largest load measured was {found.largest_measured:g} a second."
    )
    print_table(
        "Stations",
        ("station", "servers", "ms a transaction", "busy without", "busy % then"),
        [
            (
                *(one.name, one.servers, round(1000 * one.demand_s, 3), round(one.background, 3)),
                round(100 * found.utilisation[one.name], 1),
            )
            for one in stations
        ],
    )
    return Exit.FINE


def read_measured(path: Path) -> tuple[dict[str, float], list[Sample]]:
    """Stations and loads of a file; InvalidSamples names the file and what it lacks."""
    try:
        said: Any = json.loads(path.read_text(encoding="utf-8"))
        servers = {str(name): float(count) for name, count in said["servers"].items()}
        samples = [
            Sample(
                float(one["rate"]),
                {str(name): float(busy) for name, busy in one["busy"].items()},
                float(one["p99_s"]),
            )
            for one in said["samples"]
        ]
    except json.JSONDecodeError as error:
        raise InvalidSamples(f"{path}:{error.lineno}: is no JSON: {error.msg}; mend it") from None
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise InvalidSamples(
            f"{path}:1: is no measurement ({type(error).__name__}: {error}); "
            "write `servers` by station and `samples` with rate, p99_s and busy"
        ) from None
    if not servers or any(count <= 0 for count in servers.values()):
        raise InvalidSamples(
            f"{path}:1: a station has no servers; write how many cores or connections it has"
        )
    return servers, samples
