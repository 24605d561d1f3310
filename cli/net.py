"""`hikae net`: what routers should run, what they run, and the push that makes it one."""

from __future__ import annotations

import click

from cli import net_probe, net_routes, net_sweep, net_verify
from cli.acting import Acting, acting_options
from cli.exits import Exit
from cli.net_drift import drift
from cli.net_import import import_command
from cli.net_show import show
from cli.options import Call, Production, verb_options
from cli.output import print_error, print_json, print_line
from cli.record import recorded
from cli.running import Reached, ensure_host, reach
from cli.settlers.net_push import FINISH, finish_way
from netconfig.push import PushResult, plan_text
from twin import converge
from twin.lock import hold

__all__ = ["command"]


@click.group()
def command() -> None:
    """Compare and push router configurations over SSH from a bastion; verify them by computing."""


command.add_command(net_verify.command, "verify")
command.add_command(net_routes.command, "routes")
command.add_command(net_sweep.command, "sweep")
command.add_command(net_probe.command, "probe")


command.add_command(show, "show")
command.add_command(drift, "drift")
command.add_command(import_command, "import")


@command.command()
@click.argument("hosts", nargs=-1)
@verb_options(Production.CONFIRMED)
@acting_options
def diff(call: Call, hosts: tuple[str, ...], *, acting: Acting) -> int:
    """Show what a push would send and what the devices will look like; nothing changes."""
    reached = _reach(call, hosts, acting)
    with hold(reached.fleet.places, "hikae net diff"):
        results = _push(reached, hosts, apply=False)
    _show(call, results)
    return Exit.FINDING if any(result.changed for result in results) else Exit.FINE


@command.command()
@click.argument("hosts", nargs=-1)
@verb_options(Production.CONFIRMED)
@acting_options
def push(call: Call, hosts: tuple[str, ...], *, acting: Acting) -> int:
    """Push the configurations (default: of all routers and balancers) and read them back."""
    if call.is_production:
        acting.refuse_frozen(call.estate(), "hikae net push")
    reached = _reach(call, hosts, acting)
    fleet = reached.fleet
    context = {"hosts": hosts, "slice": fleet.slice_name}
    with (
        hold(fleet.places, "hikae net push"),
        recorded(
            fleet.estate, acting, "net push", call.target, fleet.places, context=context
        ) as recording,
    ):
        finish = recording.journal.begun(FINISH, finish_way(hosts))
        recording.take_over()
        results = _push(reached, hosts, apply=True)
        recording.journal.undone(finish)
        recording.show(
            "\n".join(plan_text(result) for result in results),
            {"devices changed": sum(result.changed for result in results)},
        )
        recording.keep([fleet.places.run / "transcripts" / f"{r.device}.txt" for r in results])
        failed = [f"{r.device}: {r.error}" for r in results if r.error is not None]
        code = Exit.ABORTED if failed else Exit.FINE
        recording.end(code, failed)
    _show(call, results)
    return code


def _reach(call: Call, hosts: tuple[str, ...], acting: Acting) -> Reached:
    reached = reach(call, acting)
    for name in hosts:
        ensure_host(reached.fleet, name)
    return reached


def _push(reached: Reached, hosts: tuple[str, ...], *, apply: bool) -> tuple[PushResult, ...]:
    with reached.conductor.at_bastion():
        return converge.push_network(reached.fleet, reached.conductor, apply=apply, limit=hosts)


def _show(call: Call, results: tuple[PushResult, ...]) -> None:
    if call.as_json:
        print_json({"devices": results})
        return
    for result in results:
        print_line(plan_text(result).rstrip())
        if result.error is not None:
            print_error(f"{result.device}: {result.error}")
