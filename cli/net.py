"""`hikae net`: what routers should run, what they run, and the push that makes it one."""

from __future__ import annotations

import click

from cli.exits import Exit
from cli.options import Call, verb_options
from cli.output import print_error, print_json, print_line
from cli.running import ensure_host, running_lab
from netconfig.push import PushResult, plan_text
from twin import bringup, converge
from twin.lock import hold
from twin.places import Places

__all__ = ["command"]


@click.group()
def command() -> None:
    """Compare and push router configurations over SSH from the backup centre's bastion."""


@command.command()
@click.argument("hosts", nargs=-1)
@verb_options()
def diff(call: Call, hosts: tuple[str, ...]) -> int:
    """Show what a push would send and what the devices will look like; nothing changes."""
    results = _push(call, hosts, apply=False)
    _show(call, results)
    return Exit.FINDING if any(result.changed for result in results) else Exit.FINE


@command.command()
@click.argument("hosts", nargs=-1)
@verb_options()
def push(call: Call, hosts: tuple[str, ...]) -> int:
    """Push the configurations (default: of all routers and balancers) and read them back."""
    results = _push(call, hosts, apply=True)
    _show(call, results)
    return Exit.ABORTED if any(not result.is_ok for result in results) else Exit.FINE


def _push(call: Call, hosts: tuple[str, ...], *, apply: bool) -> tuple[PushResult, ...]:
    lab = running_lab(call.estate(), Places.default())
    for name in hosts:
        ensure_host(lab, name)
    conductor = bringup.conductor_of(lab)
    with hold(lab.places, "hikae net"), conductor.at_bastion():
        return converge.push_network(lab, conductor, apply=apply, limit=hosts)


def _show(call: Call, results: tuple[PushResult, ...]) -> None:
    if call.as_json:
        print_json({"devices": results})
        return
    for result in results:
        print_line(plan_text(result).rstrip())
        if result.error is not None:
            print_error(f"{result.device}: {result.error}")
