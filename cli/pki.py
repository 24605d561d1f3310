"""`hikae pki`: where the certificate authority stands, renewal before the time, and the rollover of its roots."""

from __future__ import annotations

import dataclasses
import datetime
from collections.abc import Sequence

import click

from cli.acting import Acting, acting_options
from cli.exits import Exit
from cli.options import Call, Production, verb_options
from cli.output import Progress, print_error, print_json, print_line, print_table
from cli.running import ensure_host, running_lab
from playbooks.authority import RENEW_BEFORE, Authority
from playbooks.run import Outcome
from twin import bringup, converge
from twin.certification import ROLLOVER, certify, roll_over
from twin.lab import Lab
from twin.lock import hold
from twin.places import Places

__all__ = ["command"]


@click.group()
def command() -> None:
    """Show the certificate authority, renew certificates, roll the roots over."""


@command.command()
@verb_options(Production.INDIFFERENT)
def show(call: Call) -> int:
    """Show what signs, until when, how far a rollover is, and when hosts' SSH certificates end.

    Ends with 1 when somebody must act: what signs is due within 60 days, a rollover half done, a host due.
    """
    estate = call.estate()
    authority = Authority(bringup.secrets_of(estate, Places.default()), estate.name)
    zones = authority.standing() if authority.exists else ()
    signers = [s.standing() for s in authority.ssh.signers] if authority.ssh.exists else []
    now = datetime.datetime.now(datetime.UTC)
    findings = [words for zone in zones if (words := zone.finding(now))]
    findings += [words for signer in signers if (words := signer.finding(now))]
    hosts = {name: ends for name, ends in authority.ssh.issued().items() if name in estate.hosts}
    if due := [name for name, ends in hosts.items() if ends - now < RENEW_BEFORE]:
        findings.append(
            f"SSH certificates of {', '.join(due)} are due: `hikae provision --apply` renews them"
        )
    outcome = Exit.FINDING if findings else Exit.FINE
    if call.as_json:
        print_json(
            {
                "estate": estate.name,
                "zones": [
                    {
                        **dataclasses.asdict(zone),
                        "root_ends": f"{zone.root_ends:%Y-%m-%d}",
                        "intermediate_ends": f"{zone.intermediate_ends:%Y-%m-%d}",
                    }
                    for zone in zones
                ],
                "ssh": [
                    {**dataclasses.asdict(each), "due": f"{each.due:%Y-%m-%d}"} for each in signers
                ],
                "hosts": {name: f"{ends:%Y-%m-%d}" for name, ends in hosts.items()},
                "findings": findings,
            }
        )
        return outcome
    if not zones and not signers:
        print_line("There is no authority yet: the first provision makes it.")
        return Exit.FINE
    rows = [
        (
            zone.zone,
            f"{zone.root_ends:%Y-%m-%d}",
            f"{zone.intermediate_ends:%Y-%m-%d}",
            "here" if zone.has_root_key else "offline",
            zone.rollover,
        )
        for zone in zones
    ]
    heads = ("zone", "root until", "intermediate until", "root's key", "rollover")
    print_table(f"Authority of {estate.name}", heads, rows)
    print_table(
        "SSH",
        ("signs", "to be replaced by", "rollover"),
        [(each.signs, f"{each.due:%Y-%m-%d}", each.rollover) for each in signers],
    )
    print_table(
        "Hosts by SSH",
        ("host", "certificate until"),
        [(name, f"{ends:%Y-%m-%d}") for name, ends in hosts.items()],
    )
    for words in findings:
        print_line(words)
    return outcome


@command.command()
@click.argument("limit", required=False, default="")
@click.option("--intermediate", is_flag=True, help="Sign new intermediates first (root's keys).")
@click.option("--apply", is_flag=True, help="Act; without it only the plan is shown.")
@verb_options()
@acting_options
def renew(call: Call, limit: str, intermediate: bool, apply: bool, *, acting: Acting) -> int:
    """Renew the certificate of every host of the running twin, due or not; --apply acts.

    LIMIT is one host; default: all. What is due is renewed by `hikae provision` too.
    """
    lab = running_lab(call.estate(), Places.default())
    if limit:
        ensure_host(lab, limit)
    conductor = bringup.conductor_of(lab, only=limit, **acting.named)
    with hold(lab.places, "hikae pki renew"), Progress() as progress:
        progress.phase("renew" if apply else "plan")
        if intermediate and apply:
            Authority(lab.secrets, lab.estate.name).renew_intermediates()
        with conductor.at_bastion():
            outcomes = certify(
                lab, conductor, progress.doing, check=not apply, all_of_them=True, limit=limit
            )
    return _tell(call, lab, [("renew", outcomes)], applied=apply)


@command.command()
@click.option("--apply", is_flag=True, help="Act; without it only the steps are shown.")
@verb_options()
@acting_options
def rollover(call: Call, apply: bool, *, acting: Acting) -> int:
    """Replace the roots: all trust both, all get certificates of the new, nobody trusts the old.

    A call that broke off is taken up by the next.
    """
    lab = running_lab(call.estate(), Places.default())
    conductor = bringup.conductor_of(lab, **acting.named)
    authority = Authority(lab.secrets, lab.estate.name)
    if not apply:
        left = list(ROLLOVER.values())[list(ROLLOVER).index(authority.rollover) :]
        if call.as_json:
            print_json({"applied": False, "steps": [{"step": step} for step in left]})
        else:
            print_line(f"Steps to take: {', '.join(left)}; --apply takes them.")
        return Exit.FINDING
    done = []
    with hold(lab.places, "hikae pki rollover"), Progress() as progress:
        progress.phase("rollover")
        with conductor.at_bastion():
            for step, outcomes in roll_over(lab, conductor, progress.doing):
                progress.doing(f"{step}: done")
                done.append((step, outcomes))
    return _tell(call, lab, done, applied=True)


def _tell(
    call: Call, lab: Lab, steps: Sequence[tuple[str, Sequence[Outcome]]], *, applied: bool
) -> int:
    complaints = [
        words for _, outcomes in steps for o in outcomes if (words := converge.complaint_of(lab, o))
    ]
    rows = [
        {
            "step": step,
            "changed": sorted(h.host for o in outcomes for h in o.hosts if h.changed),
            "failed": sorted({name for o in outcomes for name in o.failed_hosts}),
        }
        for step, outcomes in steps
    ]
    if call.as_json:
        print_json({"applied": applied, "steps": rows})
    else:
        for row in rows:
            changed, failed = row["changed"], row["failed"]
            print_line(f"{row['step']}: {len(changed)} certificates, {len(failed)} hosts failed")
    for complaint in complaints:
        print_error(complaint)
    if complaints:
        return Exit.ABORTED
    return Exit.FINE if applied else Exit.FINDING
