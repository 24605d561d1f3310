"""`hikae net diff` and `hikae net push`: what devices would be sent and in which waves, and the push that does it."""

from __future__ import annotations

import click

from cli.acting import Acting, acting_options
from cli.exits import Exit
from cli.head_keeping import recorded_at
from cli.options import Call, Production, verb_options
from cli.output import Progress, print_error, print_json, print_line
from cli.running import Reached, ensure_host, reach
from cli.settlers.net_push import FINISH, finish_way
from netconfig.kit import Pushed, WaveResult
from netconfig.push import plan_text
from netconfig.waves import Wave
from twin.lock import hold
from twin.pushing import push_network

__all__ = ["diff", "push", "show_pushed"]


@click.command()
@click.argument("hosts", nargs=-1)
@verb_options(Production.CONFIRMED)
@acting_options
def diff(call: Call, hosts: tuple[str, ...], *, acting: Acting) -> int:
    """Show what a push would send, in which waves, and what the devices will look like; nothing changes."""
    return _plan(call, hosts, acting)


@click.command()
@click.argument("hosts", nargs=-1)
@click.option("--plan", "is_plan", is_flag=True, help="Only show it, as `hikae net diff` does.")
@click.option(
    "--soak",
    "soak_s",
    type=click.FloatRange(0, 3600),
    help="Watch each wave for so many seconds (default: what the estate says).",
)
@click.option(
    "--degraded", is_flag=True, help="Also change routers that have a line down: to mend it."
)
@click.option("--why", default="push", help="Why, for the devices' histories.")
@verb_options(Production.CONFIRMED)
@acting_options
def push(
    call: Call,
    hosts: tuple[str, ...],
    *,
    is_plan: bool,
    soak_s: float | None,
    degraded: bool,
    why: str,
    acting: Acting,
) -> int:
    """Push the configurations (default: of all routers and balancers) in waves and read them back.

    It stops at the first deviation and rolls that wave back; earlier waves stay.
    """
    if is_plan:
        return _plan(call, hosts, acting)
    if call.is_production:
        acting.refuse_frozen(call.estate(), "hikae net push")
    reached = _reach(call, hosts, acting)
    fleet = reached.fleet
    context = {"hosts": hosts, "slice": fleet.slice_name}
    with (
        hold(fleet.places, "hikae net push"),
        recorded_at(reached, acting, "net push", call.target, context) as recording,
    ):
        finish = recording.journal.begun(FINISH, finish_way(hosts))
        recording.take_over()
        with Progress() as progress, reached.conductor.at_bastion():
            progress.phase("push")
            pushed = push_network(
                fleet,
                reached.conductor,
                limit=hosts,
                why=why,
                says=progress.doing,
                soak_s=soak_s,
                is_careful=not degraded,
            )
        recording.journal.undone(finish)
        recording.show(
            "\n".join(plan_text(result) for result in pushed.devices),
            {
                "devices changed": sum(result.changed for result in pushed.devices),
                "waves": len(pushed.waves),
            },
        )
        folder = fleet.places.run / "transcripts"
        recording.keep([folder / f"{result.device}.txt" for result in pushed.devices])
        code = Exit.ABORTED if pushed.failed else Exit.FINE
        recording.end(code, pushed.failed)
    show_pushed(call, pushed)
    return code


def _plan(call: Call, hosts: tuple[str, ...], acting: Acting) -> int:
    reached = _reach(call, hosts, acting)
    with hold(reached.fleet.places, "hikae net diff"), reached.conductor.at_bastion():
        pushed = push_network(reached.fleet, reached.conductor, apply=False, limit=hosts)
    show_pushed(call, pushed)
    return Exit.FINDING if any(result.changed for result in pushed.devices) else Exit.FINE


def _reach(call: Call, hosts: tuple[str, ...], acting: Acting) -> Reached:
    reached = reach(call, acting)
    for name in hosts:
        ensure_host(reached.fleet, name)
    return reached


def show_pushed(call: Call, pushed: Pushed) -> None:
    """Print what came of every device and of every wave."""
    if call.as_json:
        print_json({"devices": pushed.devices, "waves": pushed.waves})
        return
    for result in pushed.devices:
        print_line(plan_text(result).rstrip())
    for wave in pushed.waves:
        print_line(_wave_text(wave))
    for sentence in pushed.failed:
        print_error(sentence)


def _wave_text(wave: WaveResult) -> str:
    whole = Wave(wave.number, wave.stage, wave.devices, wave.network)
    watched = f", {wave.soak_s:g} s of them watched" if wave.soak_s else ""
    took = f" in {wave.seconds:.1f} s{watched}" if wave.seconds else ""
    lines = [f"{whole}: {wave.state}{took}", f"  {', '.join(wave.devices)}"]
    return "\n".join([*lines, *(f"  {sentence}" for sentence in wave.sentences)])
