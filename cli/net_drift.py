"""`hikae net drift`: what devices run against what they should run, section by section."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click

from cli.acting import Acting, acting_options
from cli.exits import Exit
from cli.options import Call, Production, verb_options
from cli.output import print_error, print_json, print_line
from cli.running import ensure_host, reach
from inventory.transport import Transport
from netconfig.dialects import DIALECTS, Dialect
from netconfig.drift import DeviceDrift, drift_metrics, drift_text
from netconfig.equipment import dialect_of
from twin.drift import read_drift
from twin.lock import hold

__all__ = ["as_rows", "drift", "show_drift", "tell_monitors", "write_metrics"]

_TEXTFILE = "/var/lib/prometheus/node-exporter/hikae_drift.prom"


@click.command()
@click.argument("hosts", nargs=-1)
@click.option(
    "--metrics",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Also write a file for Prometheus' textfile collector.",
)
@verb_options(Production.CONFIRMED)
@acting_options
def drift(
    call: Call, hosts: tuple[str, ...], *, acting: Acting, metrics: Path | None = None
) -> Exit:
    """Name every line that a device runs and nobody intended, and every one that it lacks; nothing changes."""
    reached = reach(call, acting)
    fleet = reached.fleet
    for name in hosts:
        ensure_host(fleet, name)

    def spoken(name: str) -> Dialect:
        # A twin boots FRR on every router, whatever it speaks in production.
        return dialect_of(fleet.estate, name) if call.is_production else DIALECTS["frr"]

    with hold(fleet.places, "hikae net drift"), reached.conductor.at_bastion() as transport:
        found = read_drift(fleet, reached.conductor, spoken, hosts)
        if not hosts:
            tell_monitors(transport, reached.conductor.bastion, found)
    if metrics is not None:
        write_metrics(metrics, found)
    return show_drift(call, found)


def tell_monitors(transport: Transport, bastion: str, found: Sequence[DeviceDrift]) -> None:
    """Leave what was found of the whole slice to the bastion's exporter; that it could not be left is no drift."""
    try:
        transport.put(bastion, _TEXTFILE, drift_metrics(found).encode())
    except OSError as error:
        print_error(f"The monitors were not told: {error}")


def write_metrics(path: Path, found: Sequence[DeviceDrift]) -> None:
    """Write the file at once: a collector never reads half of it."""
    beside = path.with_name(f".{path.name}.new")
    beside.write_text(drift_metrics(found), encoding="utf-8")
    beside.replace(path)


def show_drift(call: Call, found: Sequence[DeviceDrift]) -> Exit:
    """Print what was found; a drifted device is a finding, and one that was not read leaves the question open."""
    if call.as_json:
        print_json({"devices": as_rows(found)})
    else:
        for each in found:
            (print_line if each.error is None else print_error)(drift_text(each).rstrip())
    verdicts = {each.verdict for each in found}
    if "drifted" in verdicts:
        return Exit.FINDING
    return Exit.UNREACHABLE if "unread" in verdicts else Exit.FINE


def as_rows(found: Sequence[DeviceDrift]) -> list[dict[str, Any]]:
    """One row for each device, with every section and the lines to add to it and to remove from it."""
    return [
        {
            "device": each.device,
            "verdict": each.verdict,
            "sections": [
                {
                    "section": section.section,
                    "verdict": "intended" if section.is_intended else "drifted",
                    "add": section.add,
                    "remove": section.remove,
                    "excepted": section.excepted,
                }
                for section in each.sections
            ],
            "error": each.error,
            "seconds": each.seconds,
        }
        for each in found
    ]
