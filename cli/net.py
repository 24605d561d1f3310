"""`hikae net`: what routers should run, what they run, and the push that makes it one."""

from __future__ import annotations

import click

from cli.acting import Acting, acting_options
from cli.exits import Exit
from cli.options import Call, verb_options
from cli.output import print_error, print_json, print_line
from cli.record import recorded
from cli.running import ensure_host, running_lab
from netconfig.push import PushResult, plan_text
from twin import bringup, converge
from twin.lab import Lab
from twin.lock import hold
from twin.places import Places

__all__ = ["command"]


@click.group()
def command() -> None:
    """Compare and push router configurations over SSH from the backup centre's bastion."""


@command.command()
@click.argument("hosts", nargs=-1)
@verb_options()
@acting_options
def diff(call: Call, hosts: tuple[str, ...], *, acting: Acting) -> int:
    """Show what a push would send and what the devices will look like; nothing changes."""
    lab = _lab(call, hosts)
    with hold(lab.places, "hikae net diff"):
        results = _push(lab, hosts, acting, apply=False)
    _show(call, results)
    return Exit.FINDING if any(result.changed for result in results) else Exit.FINE


@command.command()
@click.argument("hosts", nargs=-1)
@verb_options()
@acting_options
def push(call: Call, hosts: tuple[str, ...], *, acting: Acting) -> int:
    """Push the configurations (default: of all routers and balancers) and read them back."""
    if call.is_production:
        acting.refuse_frozen(call.estate(), "hikae net push")
    lab = _lab(call, hosts)
    with (
        hold(lab.places, "hikae net push"),
        recorded(lab.estate, acting, "net push", call.target, lab.places) as recording,
    ):
        results = _push(lab, hosts, acting, apply=True)
        recording.show(
            "\n".join(plan_text(result) for result in results),
            {"devices changed": sum(result.changed for result in results)},
        )
        recording.keep([lab.places.run / "transcripts" / f"{r.device}.txt" for r in results])
        failed = [f"{r.device}: {r.error}" for r in results if r.error is not None]
        code = Exit.ABORTED if failed else Exit.FINE
        recording.end(code, failed)
    _show(call, results)
    return code


def _lab(call: Call, hosts: tuple[str, ...]) -> Lab:
    lab = running_lab(call.estate(), Places.default())
    for name in hosts:
        ensure_host(lab, name)
    return lab


def _push(
    lab: Lab, hosts: tuple[str, ...], acting: Acting, *, apply: bool
) -> tuple[PushResult, ...]:
    conductor = bringup.conductor_of(lab, **acting.named)
    with conductor.at_bastion():
        return converge.push_network(lab, conductor, apply=apply, limit=hosts)


def _show(call: Call, results: tuple[PushResult, ...]) -> None:
    if call.as_json:
        print_json({"devices": results})
        return
    for result in results:
        print_line(plan_text(result).rstrip())
        if result.error is not None:
            print_error(f"{result.device}: {result.error}")
