"""`hikae net routes`: the routing table that the model computes for one device, as it stands or after a failure."""

from __future__ import annotations

import click

from cli.exits import Exit, RefusedCall
from cli.options import Call, Production, verb_options
from cli.output import print_json, print_line, print_table
from netconfig.model.failures import every_failure
from netconfig.model.tables import rows_after
from netconfig.model.verify import settled

__all__ = ["command"]


@click.command("routes")
@click.argument("host")
@click.option("--after", metavar="FAILURE", help="As `link kansai-r1:carrier`, `router kansai-r2`.")
@click.option("--slice", "slice_name", metavar="SLICE", help="A part of the estate (default: all).")
@verb_options(Production.INDIFFERENT)
def command(call: Call, host: str, *, after: str | None, slice_name: str | None) -> Exit:
    """Show the routes that a device should have; nothing is asked of it."""
    estate = call.estate()
    within = None if slice_name is None else estate.slice_hosts(slice_name)
    network = settled(estate, within)
    if host not in network.plan.index:
        raise RefusedCall(f"'{host}' has no routing; `hikae show hosts` lists routers.")
    failures = {str(failure): failure for failure in every_failure(network.plan)}
    if after is not None and after not in failures:
        near = [name for name in failures if host in name][:8]
        raise RefusedCall(f"'{after}' is no failure; some of {host}'s: {'; '.join(near)}.")
    rows = rows_after(network, host, *([failures[after]] if after else []))
    if call.as_json:
        print_json({"host": host, "after": after, "routes": rows})
        return Exit.FINE
    print_table(
        f"{host}{f' after {after}' if after else ''}",
        ("prefix", "protocol", "distance", "metric", "ways"),
        [
            (
                row.prefix,
                row.protocol,
                row.distance,
                row.metric,
                ", ".join(f"{name} {gateway}".rstrip() for name, gateway in row.ways) or "discards",
            )
            for row in rows
        ],
    )
    print_line(f"{len(rows)} routes")
    return Exit.FINE
