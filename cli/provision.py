"""`hikae provision`: servers by Ansible and terminals by pyinfra; plans unless told to act."""

from __future__ import annotations

from collections.abc import Sequence

import click

from cli.acting import Acting, acting_options
from cli.exits import Exit
from cli.options import Call, verb_options
from cli.output import Progress, print_error, print_json, print_line, print_table
from cli.record import Recording, recorded
from cli.running import ensure_host, running_lab
from playbooks.run import Outcome, Verification
from proof import difference_of
from twin import bringup, converge, verification
from twin.lab import Lab
from twin.lock import hold
from twin.places import Places

__all__ = ["command"]


@click.command()
@click.argument("limit", required=False, default="")
@click.option("--apply", is_flag=True, help="Act; without it only the plan is shown.")
@verb_options()
@acting_options
def command(call: Call, limit: str, apply: bool, *, acting: Acting) -> int:
    """Show what would change on servers and terminals of the running twin; --apply acts.

    LIMIT is one host; default: all.
    """
    lab = running_lab(call.estate(), Places.default())
    if limit:
        ensure_host(lab, limit)
    conductor = bringup.conductor_of(lab, only=limit, **acting.named)
    if not apply:
        with hold(lab.places, "hikae provision"), Progress() as progress:
            progress.phase("plan")
            with conductor.at_bastion():
                planned = converge.provision(
                    lab, conductor, progress.doing, check=True, limit=limit
                )
        return _show(call, lab, planned, None, Recording())
    if call.is_production:
        acting.refuse_frozen(lab.estate, "hikae provision --apply")
    with (
        hold(lab.places, "hikae provision"),
        recorded(lab.estate, acting, "provision", call.target, lab.places) as recording,
        Progress() as progress,
    ):
        verified = None
        progress.phase("provision")
        with conductor.at_bastion():
            outcomes = converge.provision(lab, conductor, progress.doing, limit=limit)
            if not any(outcome.failed_hosts for outcome in outcomes):
                progress.phase("verify")
                verified = verification.verify(
                    lab, conductor, progress.doing, limit=[limit] if limit else ()
                )
        progress.done()
        recording.keep([outcome.log for outcome in outcomes])
        return _show(call, lab, outcomes, verified, recording)


def _show(
    call: Call,
    lab: Lab,
    outcomes: Sequence[Outcome],
    verified: Verification | None,
    recording: Recording,
) -> int:
    """Print the result, write down what came of it, and give the exit code."""
    apply = verified is not None or bool(recording.transcripts)
    hosts = [host for outcome in outcomes for host in outcome.hosts]
    failed = [name for outcome in outcomes for name in outcome.failed_hosts]
    changed = sum(host.changed for host in hosts)
    complaints = [converge.complaint_of(lab, outcome) for outcome in outcomes]
    complaints += [] if verified is None else [verification.complaint_of(lab, verified)]
    if call.as_json:
        print_json(
            {
                "applied": apply,
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
    code = Exit.ABORTED if said else Exit.FINDING if changed and not apply else Exit.FINE
    recording.difference = difference_of(
        "\n".join(f"{host.host} {host.changed}" for host in hosts), {"changed": changed}
    )
    recording.end(code, said)
    return code
