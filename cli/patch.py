"""`hikae patch`: restart, reboot or provision hosts in turn, a batch at a time; plans unless told to act."""

from __future__ import annotations

from contextlib import AbstractContextManager
from dataclasses import replace

import click

from cli.acting import Acting, acting_options
from cli.exits import Exit, RefusedCall
from cli.head_keeping import recorded_at
from cli.interruption import By, killed_runs, settle_killed
from cli.options import Call, Production, verb_options
from cli.output import Progress, print_json
from cli.patch_show import plan_text, show_plan, show_result
from cli.record import Recording
from cli.running import Reached, ensure_host, reach
from cli.settlers.patch import FINISH
from dr.rolling.batches import plan_roll
from dr.rolling.change import RESTARTS, Change
from dr.rolling.health import read_votes, standing_of
from dr.rolling.journal import Log, Standing, read_standing
from dr.rolling.roller import Rolled, roll
from dr.rolling.tools import Tools
from inventory.parts import HOST_ROLES
from proof import Broken
from twin.conductor import Conductor
from twin.lock import hold
from twin.rolling import tools_of

__all__ = ["command"]


@click.command()
@click.argument("hosts", nargs=-1)
@click.option("--restart", "program", type=click.Choice(list(RESTARTS)), help="Restart a program.")
@click.option("--reboot", is_flag=True, help="Reboot.")
@click.option("--provision", is_flag=True, help="Run the playbooks.")
@click.option("--role", "roles", multiple=True, type=click.Choice(list(HOST_ROLES)))
@click.option("--from", "bastion", metavar="BASTION", help="Conduct from another bastion.")
@click.option("--apply", is_flag=True, help="Act; without it only the plan is shown.")
@click.option("--finish", is_flag=True, help="Go on with a run that broke off or stopped.")
@click.option("--undo", is_flag=True, help="Lead back what such a run left drained, and end it.")
@verb_options(Production.CONFIRMED)
@acting_options
def command(
    call: Call,
    hosts: tuple[str, ...],
    program: str | None,
    reboot: bool,
    provision: bool,
    roles: tuple[str, ...],
    bastion: str | None,
    apply: bool,
    finish: bool,
    undo: bool,
    *,
    acting: Acting,
) -> int:
    """Change HOSTS (default: all) in turn: drain, change, lead back, look whether all is whole, next.

    It stops at the first deviation, leads back what is drained, and says what stands where.
    """
    reached = reach(call, acting)
    lab = reached.fleet
    for host in hosts:
        ensure_host(lab, host)
    if undo:
        return _lead_back(call, reached, acting)
    if finish:
        return _go_on(call, reached, bastion, acting)
    conductor = _conductor(reached, bastion)
    change = _change(program, reboot=reboot, provision=provision)
    with Progress() as progress, conductor.at_bastion() as transport:
        tools = tools_of(lab, conductor, transport, progress.doing)
        planned = plan_roll(
            lab.estate,
            lab.names,
            change,
            conductor=conductor.bastion,
            leaders=_leaders(tools),
            roles=roles,
            hosts=hosts,
        )
    if planned.refusals or not apply:
        return show_plan(call, tools, planned)
    acting.refuse_frozen(lab.estate, "hikae patch --apply") if call.is_production else None
    with (
        hold(lab.places, "hikae patch"),
        _recorded(call, reached, acting, "patch", conductor) as recording,
        Progress() as progress,
    ):
        recording.show(plan_text(planned), {"batches": len(planned.batches)})
        progress.phase(change.name)
        log = Log(recording.journal)
        log.begin(change, conductor.bastion, planned.batches)
        with conductor.at_bastion() as transport:
            tools = tools_of(lab, conductor, transport, progress.doing)
            rolled = roll(tools, change, planned.batches, log)
        code = _end(recording, rolled)
    show_result(call, change, rolled)
    return code


def _recorded(
    call: Call, reached: Reached, acting: Acting, verb: str, conductor: Conductor
) -> AbstractContextManager[Recording]:
    lab = reached.fleet
    context = {"slice": lab.slice_name, "conductor": conductor.bastion}
    conducted = replace(reached, conductor=conductor)
    return recorded_at(conducted, acting, verb, call.target, context)


def _end(recording: Recording, rolled: Rolled) -> Exit:
    recording.keep([recording.journal.path])
    code = Exit.FINE if rolled.is_done else Exit.ABORTED
    recording.end(code, [rolled.why] if rolled.why else [])
    return code


def _change(program: str | None, *, reboot: bool, provision: bool) -> Change:
    if [program is not None, reboot, provision].count(True) != 1:
        raise RefusedCall(
            "Say what is to be done: one of --restart PROGRAM, --reboot, --provision."
        )
    if program is not None:
        return Change("restart", program)
    return Change("reboot" if reboot else "provision")


def _conductor(reached: Reached, bastion: str | None) -> Conductor:
    here = reached.conductor
    if bastion in (None, here.bastion):
        return here
    ensure_host(reached.fleet, bastion)
    if reached.fleet.role(bastion) != "bastion":
        raise RefusedCall(f"'{bastion}' is no bastion: acts come from one.")
    if here.is_here:
        raise RefusedCall(f"This is {here.bastion}: log in to {bastion} and act from there.")
    return replace(here, bastion=bastion, _standing=[])


def _leaders(tools: Tools) -> dict[str, str]:
    """Who leads each cluster now; a cluster that nobody leads is refused later, by its health."""
    views = read_votes(tools)
    found = {}
    for name in tools.estate.clusters_within(tools.hosts):
        standing = standing_of(views, name)
        if standing is not None and standing.leader is not None:
            found[name] = standing.leader
    return found


def _broken_off(call: Call, reached: Reached) -> tuple[Broken, Standing]:
    """The latest rolling change that broke off or stopped; RefusedCall where there is none."""
    lab = reached.fleet
    for broken in reversed(killed_runs(lab.places, call.target, lab.estate.name)):
        if (standing := read_standing(broken)) is not None:
            return broken, standing
    raise RefusedCall("No rolling change is left half-way: there is nothing to go on with.")


def _lead_back(call: Call, reached: Reached, acting: Acting) -> int:
    """Lead back what runs that broke off left drained, and end them there."""
    _broken_off(call, reached)
    estate, places = reached.fleet.estate, reached.fleet.places
    with hold(places, "hikae patch --undo"):
        settled = settle_killed(By(estate, acting, "patch undo", call.target, places, {}))
    if call.as_json:
        print_json({"undone": [name for one in settled for name in one.settlement.undone]})
    return Exit.FINE


def _go_on(call: Call, reached: Reached, bastion: str | None, acting: Acting) -> int:
    """Take what is left of a run that broke off or stopped through to its end."""
    broken, standing = _broken_off(call, reached)
    lab = reached.fleet
    conductor = _conductor(reached, bastion or str(broken.heading.context["conductor"]))
    with (
        hold(lab.places, "hikae patch --finish"),
        _recorded(call, reached, acting, FINISH, conductor) as recording,
        Progress() as progress,
    ):
        recording.show("\n".join(standing.sentences()), {"batches left": len(standing.left)})
        progress.phase(standing.change.name)
        log = Log(recording.journal)
        log.begin(standing.change, conductor.bastion, standing.batches, standing)
        recording.take_over()
        with conductor.at_bastion() as transport:
            tools = tools_of(lab, conductor, transport, progress.doing, is_unfinished=True)
            rolled = roll(
                tools,
                standing.change,
                standing.left,
                log,
                half_done=standing.open_batch,
                is_changed=standing.is_changed,
            )
        code = _end(recording, rolled)
    show_result(call, standing.change, rolled)
    return code
