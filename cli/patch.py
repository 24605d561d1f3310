"""`hikae patch`: restart, reboot or provision hosts in turn, a batch at a time; plans unless told to act."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import click

from cli.acting import Acting, acting_options
from cli.exits import Exit, RefusedCall
from cli.options import Call, Production, verb_options
from cli.output import Progress, print_error, print_json, print_line, print_table
from cli.record import recorded
from cli.running import Reached, ensure_host, reach
from dr.rolling.batches import Roll, plan_roll
from dr.rolling.change import RESTARTS, Change
from dr.rolling.health import read_votes, standing_of
from dr.rolling.journal import Journal, Standing, read_journal
from dr.rolling.roller import Rolled, lead_back, roll
from dr.rolling.tools import Tools
from dr.rolling.ways import ways_around
from inventory.parts import HOST_ROLES
from twin.conductor import Conductor
from twin.fleet import Fleet
from twin.lock import hold
from twin.rolling import journal_of, tools_of

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
@click.option("--undo", is_flag=True, help="Lead back what a run that broke off left drained.")
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
    conductor = _conductor(reached, bastion)
    journal = journal_of(lab.places, lab.estate.name)
    standing = read_journal(journal)
    if finish or undo:
        if standing is None or not (standing.is_open or standing.left):
            raise RefusedCall("No rolling change is left half-way: there is nothing to go on with.")
        return _go_on(call, lab, conductor, journal, standing, acting, is_undone=undo)
    change = _change(program, reboot=reboot, provision=provision)
    if standing is not None and standing.is_open:
        return _say_open(call, standing, is_refused=apply)
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
        return _show_plan(call, tools, planned)
    acting.refuse_frozen(lab.estate, "hikae patch --apply") if call.is_production else None
    with (
        hold(lab.places, "hikae patch"),
        recorded(lab.estate, acting, "patch", call.target, lab.places) as recording,
        Progress() as progress,
    ):
        recording.show(_plan_text(planned), {"batches": len(planned.batches)})
        progress.phase(change.name)
        with conductor.at_bastion() as transport:
            tools = tools_of(lab, conductor, transport, progress.doing)
            log = Journal(journal)
            log.begin(change, conductor.bastion, planned.batches)
            rolled = roll(tools, change, planned.batches, log)
        recording.keep([journal])
        code = Exit.FINE if rolled.is_done else Exit.ABORTED
        recording.end(code, [rolled.why] if rolled.why else [])
    _show_result(call, change, rolled)
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


def _go_on(
    call: Call,
    lab: Fleet,
    conductor: Conductor,
    journal: Path,
    standing: Standing,
    acting: Acting,
    *,
    is_undone: bool,
) -> int:
    """Finish a run that broke off, or lead back what it left drained and end it there."""
    what = "patch undo" if is_undone else "patch finish"
    with (
        hold(lab.places, f"hikae {what}"),
        recorded(lab.estate, acting, what, call.target, lab.places) as recording,
        Progress() as progress,
    ):
        recording.show("\n".join(standing.sentences()), {"batches left": len(standing.left)})
        progress.phase(what)
        log = Journal(journal)
        with conductor.at_bastion() as transport:
            tools = tools_of(lab, conductor, transport, progress.doing)
            if is_undone:
                failed = lead_back(tools, log, list(standing.drained), is_waiting=True)
                log.write("ended", how="undone") if not failed else None
                rolled = Rolled((), standing.left, "; ".join(failed) or None, failed)
            else:
                rolled = roll(
                    tools,
                    standing.change,
                    standing.left,
                    log,
                    drained=standing.drained,
                    half_done=standing.open_batch,
                    is_changed=standing.is_changed,
                )
        recording.keep([journal])
        code = Exit.FINE if rolled.is_done else Exit.ABORTED
        recording.end(code, [rolled.why] if rolled.why else [])
    _show_result(call, standing.change, rolled)
    return code


def _say_open(call: Call, standing: Standing, *, is_refused: bool) -> int:
    sentences = standing.sentences()
    way_out = "End it first: `hikae patch --finish` goes on, `hikae patch --undo` leads back."
    if is_refused:
        raise RefusedCall(f"A rolling change is half-way: {'; '.join(sentences)}. {way_out}")
    if call.as_json:
        print_json({"open": sentences, "drained": standing.drained, "left": standing.left})
    else:
        for sentence in sentences:
            print_line(sentence)
        print_line(way_out)
    return Exit.FINDING


def _show_plan(call: Call, tools: Tools, planned: Roll) -> int:
    if call.as_json:
        print_json(
            {
                "change": planned.change.name,
                "batches": planned.batches,
                "left_out": planned.left_out,
                "refusals": planned.refusals,
            }
        )
    else:
        rows = [
            (
                batch.number,
                batch.stage,
                ", ".join(batch.hosts),
                ", ".join(_drains(tools, batch.hosts, batch.taken)) or "nothing",
                ", ".join(batch.cut_off) or "nobody",
            )
            for batch in planned.batches
        ]
        columns = ("", "stage", "hosts", "led around", "cut off")
        print_table(f"{planned.change.name}: {len(planned.batches)} batches", columns, rows)
        for left_out in planned.left_out:
            print_line(f"Left out: {left_out.host}: {left_out.why}")
    for refusal in planned.refusals:
        print_error(str(refusal))
    return Exit.WRONG_CALL if planned.refusals else Exit.FINE


def _drains(tools: Tools, hosts: Sequence[str], taken: Sequence[str]) -> list[str]:
    return list(dict.fromkeys(way.kind for way in ways_around(tools, hosts, taken)))


def _plan_text(planned: Roll) -> str:
    return "\n".join(
        f"{batch.number} {batch.stage} {','.join(batch.hosts)}" for batch in planned.batches
    )


def _show_result(call: Call, change: Change, rolled: Rolled) -> None:
    if call.as_json:
        print_json(
            {
                "change": change.name,
                "done": rolled.is_done,
                "why": rolled.why,
                "batches": rolled.gone,
                "left": rolled.left,
                "drained": rolled.not_undone,
            }
        )
        return
    rows = [
        (
            gone.batch.number,
            gone.batch.stage,
            ", ".join(gone.batch.hosts),
            f"{gone.ended - gone.started:.1f}",
            "done" if gone.is_done else "stopped",
        )
        for gone in rolled.gone
    ]
    print_table(change.name, ("", "stage", "hosts", "s", ""), rows)
    for sentence in rolled.not_undone:
        print_error(sentence)
    if rolled.why is not None:
        print_error(f"stopped at {rolled.why}")
        left = ", ".join(host for batch in rolled.left for host in batch.hosts) or "none"
        print_line(
            f"Not begun: {left}. Mend it, then `hikae patch --finish`; or `hikae patch --undo`."
        )
