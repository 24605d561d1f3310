"""`hikae provision`: servers by Ansible and terminals by pyinfra; plans unless told to act."""

from __future__ import annotations

from collections.abc import Sequence

import click

from cli.acting import Acting, acting_options
from cli.exits import Exit
from cli.head_keeping import recorded_at
from cli.options import Call, Production, verb_options
from cli.output import Progress, print_error, print_json, print_line, print_table
from cli.record import Recording
from cli.running import ensure_host, reach
from cli.settlers.provision import FINISH, finish_way
from playbooks.run import Outcome, Verification
from proof import difference_of
from twin import converge, verification
from twin.fleet import Fleet
from twin.lock import hold

__all__ = ["command"]


@click.command()
@click.argument("limit", required=False, default="")
@click.option("--apply", is_flag=True, help="Act; without it only the plan is shown.")
@verb_options(Production.CONFIRMED)
@acting_options
def command(call: Call, limit: str, apply: bool, *, acting: Acting) -> int:
    """Show what would change on servers and terminals; --apply acts.

    LIMIT is one host; default: all.
    """
    if apply and call.is_production:
        acting.refuse_frozen(call.estate(), "hikae provision --apply")
    reached = reach(call, acting, only=limit)
    fleet, conductor = reached.fleet, reached.conductor
    if limit:
        ensure_host(fleet, limit)
    if not apply:
        with hold(fleet.places, "hikae provision"), Progress() as progress:
            progress.phase("plan")
            with conductor.at_bastion():
                planned = converge.provision(
                    fleet, conductor, progress.doing, check=True, limit=limit
                )
        return _show(call, fleet, planned, None)
    context = {"limit": limit, "slice": fleet.slice_name}
    with (
        hold(fleet.places, "hikae provision"),
        recorded_at(reached, acting, "provision", call.target, context) as recording,
        Progress() as progress,
    ):
        verified = None
        progress.phase("provision")
        # What a kill leaves undone is known to nobody else: tasks that changed something and announced a restart.
        finish = recording.journal.begun(FINISH, finish_way(limit))
        recording.take_over()
        with conductor.at_bastion():
            outcomes = converge.provision(
                fleet,
                conductor,
                progress.doing,
                limit=limit,
                is_unfinished=recording.is_finishing,
            )
            recording.journal.undone(finish)
            if not any(outcome.failed_hosts for outcome in outcomes):
                progress.phase("verify")
                verified = verification.verify(
                    fleet, conductor, progress.doing, limit=[limit] if limit else ()
                )
        progress.done()
        recording.keep([outcome.log for outcome in outcomes])
        return _show(call, fleet, outcomes, verified, recording)


def _show(
    call: Call,
    fleet: Fleet,
    outcomes: Sequence[Outcome],
    verified: Verification | None,
    recording: Recording | None = None,
) -> int:
    """Print the result, write down what came of it (without a recording it is a plan), give the exit code."""
    is_plan = recording is None
    hosts = [host for outcome in outcomes for host in outcome.hosts]
    failed = [name for outcome in outcomes for name in outcome.failed_hosts]
    changed = sum(host.changed for host in hosts)
    complaints = [converge.complaint_of(fleet, outcome) for outcome in outcomes]
    complaints += [] if verified is None else [verification.complaint_of(fleet, verified)]
    if call.as_json:
        print_json(
            {
                "applied": not is_plan,
                "changed": changed,
                "failed": failed,
                "hosts": hosts,
                "verified": None if verified is None else verified.passed,
                "findings": [] if verified is None else verified.findings,
            }
        )
    else:
        rows = [(host.host, host.ok, host.changed, host.failed) for host in hosts]
        print_table("Hosts", ("host", "ok", "changed", "failed"), rows)
        print_line(f"changed={changed} failed={len(failed)}")
        if verified is not None:
            print_line(f"{verified.passed} assertions hold, {len(verified.findings)} do not")
    said = [complaint for complaint in complaints if complaint]
    for complaint in said:
        print_error(complaint)
    code = Exit.ABORTED if said else Exit.FINDING if changed and is_plan else Exit.FINE
    if recording is not None:
        recording.difference = difference_of(
            "\n".join(f"{host.host} {host.changed}" for host in hosts), {"changed": changed}
        )
        recording.end(code, said)
    return code
