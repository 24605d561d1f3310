"""`hikae provision`: servers by Ansible and terminals by pyinfra; plans unless told to act."""

from __future__ import annotations

import click

from cli.exits import Exit
from cli.options import Call, verb_options
from cli.output import Progress, print_error, print_json, print_line, print_table
from cli.running import ensure_host, running_lab
from twin import bringup, converge, verification
from twin.lock import hold
from twin.places import Places

__all__ = ["command"]


@click.command()
@click.argument("limit", required=False, default="")
@click.option("--apply", is_flag=True, help="Act; without it only the plan is shown.")
@verb_options()
def command(call: Call, limit: str, apply: bool) -> int:
    """Show what would change on servers and terminals of the running twin; --apply acts.

    LIMIT is one host; default: all.
    """
    lab = running_lab(call.estate(), Places.default())
    if limit:
        ensure_host(lab, limit)
    conductor = bringup.conductor_of(lab)
    conductor.write_ssh_config()
    verified = None
    with hold(lab.places, "hikae provision"), Progress() as progress:
        progress.phase("provision" if apply else "plan")
        with conductor.at_bastion():
            outcomes = converge.provision(
                lab, conductor, progress.doing, check=not apply, limit=limit
            )
            if apply and not any(outcome.failed_hosts for outcome in outcomes):
                progress.phase("verify")
                verified = verification.verify(
                    lab, conductor, progress.doing, limit=[limit] if limit else ()
                )
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
    for complaint in filter(None, complaints):
        print_error(complaint)
    if any(complaints):
        return Exit.ABORTED
    return Exit.FINDING if changed and not apply else Exit.FINE
