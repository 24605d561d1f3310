"""`hikae batch fence`: a person vouches that a host is dead, so its jobs need not wait for their leases."""

from __future__ import annotations

import click

from cli.acting import Acting, acting_options
from cli.batch_acts import act_recorded
from cli.batch_reach import batch_hosts
from cli.exits import Exit
from cli.options import Call, Production, verb_options
from cli.output import print_json, print_line
from cli.running import ensure_host, reach

__all__ = ["command"]


@click.command("fence")
@click.argument("host")
@click.option("--how", required=True, help="How you know: powered off, cut from every network.")
@verb_options(Production.CONFIRMED)
@acting_options
def command(call: Call, host: str, *, how: str, acting: Acting) -> Exit:
    """Vouch that nothing on HOST runs any more: what it ran is started elsewhere at once, not after its lease.

    If that is wrong, a job may be at work twice; its end counts once all the same, what it does outside may not.
    """
    reached = reach(call, acting)
    ensure_host(reached.fleet, host)
    hosts = [name for name in batch_hosts(reached) if name != host]
    words = ("fence", host, acting.person, acting.change, how)
    found = act_recorded(call, acting, reached, "batch fence", hosts, words)
    if call.as_json:
        print_json(found)
    else:
        print_line(f"{host} is fenced: what it ran is started elsewhere")
    return Exit.FINE
