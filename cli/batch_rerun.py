"""`hikae batch rerun`: a job is run again, and what followed it."""

from __future__ import annotations

import click

from cli.acting import Acting, acting_options
from cli.batch_acts import JOB, NIGHT, WHY, act_on_job
from cli.exits import Exit
from cli.options import Call, Production, verb_options

__all__ = ["command"]


@click.command("rerun")
@JOB
@NIGHT
@WHY
@click.option("--alone", is_flag=True, help="Not what waited for it and has ended.")
@verb_options(Production.CONFIRMED)
@acting_options
def command(
    call: Call, job: str, *, night: str | None, why: str, alone: bool, acting: Acting
) -> Exit:
    """Run JOB again as a new generation, and after it what waited for it and has ended."""
    return act_on_job(call, acting, "rerun-alone" if alone else "rerun", night, job, why)
