"""`hikae show`: read what is, change nothing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

import click

from cli.exits import Exit
from cli.options import Call, Production, verb_options
from cli.output import print_json, print_line, print_table
from cli.policy import STATES, read_policy
from inventory import queries

__all__ = ["command"]


@click.group()
def command() -> None:
    """Show hosts, network, services, the night batch, or where the policy stands."""


@command.command()
@click.option("--slice", "slice_name", default="full", show_default=True, help="mini, core, …")
@click.option("--site", help="Only this site.")
@click.option("--role", help="Only this role.")
@verb_options(Production.INDIFFERENT)
def hosts(call: Call, slice_name: str, site: str | None, role: str | None) -> Exit:
    """List hosts with their role, place, management address and owner."""
    estate = call.estate()
    chosen = estate.select(site=site, role=role, within=estate.slice_hosts(slice_name))
    rows = queries.host_rows(estate, within=[host.name for host in chosen])
    if call.as_json:
        print_json({"estate": estate.name, "slice": slice_name, "hosts": rows})
        return Exit.FINE
    shown = [{**row, "place": row["site"] or row["network"]} for row in rows]
    _print(f"{estate.title}: {len(rows)} hosts", shown, "host role place address cluster owner")
    return Exit.FINE


@command.command()
@verb_options(Production.INDIFFERENT)
def network(call: Call) -> Exit:
    """List wide-area networks, sites and the lines between them."""
    estate = call.estate()
    networks, sites = queries.network_rows(estate), queries.site_rows(estate)
    lines = queries.line_rows(estate)
    if call.as_json:
        print_json({"estate": estate.name, "networks": networks, "sites": sites, "lines": lines})
        return Exit.FINE
    _print(
        f"{estate.title}: {len(networks)} networks",
        networks,
        "network asn ours loopback lines mbps title",
    )
    _print(
        f"\n{len(sites)} sites with {sum(row['seats'] for row in sites)} seats",
        sites,
        "site kind title prefecture lan asn seats printers shares",
    )
    _print(f"\n{len(lines)} lines", lines, "line place mbps customer provider")
    return Exit.FINE


@command.command()
@verb_options(Production.INDIFFERENT)
def services(call: Call) -> Exit:
    """List services with what they promise, external interfaces, and who answers for them."""
    estate = call.estate()
    promised, externals = queries.service_rows(estate), queries.external_rows(estate)
    roles = queries.role_rows(estate)
    if call.as_json:
        found = {"services": promised, "externals": externals, "roles": roles}
        print_json({"estate": estate.name, **found})
        return Exit.FINE
    _print(
        f"{estate.title}: {len(promised)} services",
        promised,
        "service tier rto_s rpo_s address home_order depends_on owner",
    )
    _print(
        f"\n{len(externals)} external interfaces",
        externals,
        "external partner protocol direction centres rto_s owner",
    )
    _print(f"\n{len(roles)} roles", roles, "role holder deputies services hosts")
    return Exit.FINE


@command.command()
@click.option("--state", type=click.Choice(STATES), help="Only rows in this state.")
@verb_options(Production.INDIFFERENT)
def policy(call: Call, state: str | None) -> Exit:
    """Say for each demand of the policy what shows it today (docs/policy.md)."""
    every = read_policy()
    rows = [row for row in every if state is None or row.state == state]
    counts = {name: sum(row.state == name for row in every) for name in STATES}
    if call.as_json:
        print_json(
            {"counts": counts, "rows": [{**row.facts(), "named": row.named} for row in rows]}
        )
        return Exit.FINE
    _print("The policy, demand by demand", [row.facts() for row in rows], "number asks state by")
    print_line("\n" + ", ".join(f"{count} {name}" for name, count in counts.items()))
    return Exit.FINE


@command.command()
@click.option("--day", type=click.DateTime(["%Y-%m-%d"]), help="Operating day (default: today).")
@verb_options(Production.INDIFFERENT)
def batch(call: Call, day: datetime | None) -> Exit:
    """List the jobs of a night with their nets, pools and the calendar of its day."""
    from cli.show_batch import show_night

    estate = call.estate()
    show_night(estate, day.date() if day else estate.calendar.today(), call.as_json)
    return Exit.FINE


def _print(title: str, rows: Sequence[Mapping[str, object]], columns: str) -> None:
    """Print chosen columns of rows; a list is written with spaces."""
    names = columns.split()
    print_table(title, names, ([_cell(row[name]) for name in names] for row in rows))


def _cell(value: object) -> object:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return " ".join(map(str, value)) if isinstance(value, list | tuple) else value
