"""`hikae batch hold`: a job does not start until somebody lets it."""

from __future__ import annotations

import click

from cli.acting import Acting, acting_options
from cli.batch_acts import JOB, NIGHT, WHY, act_on_job
from cli.exits import Exit
from cli.options import Call, Production, verb_options

__all__ = ["command"]


@click.command("hold")
@JOB
@NIGHT
@WHY
@verb_options(Production.CONFIRMED)
@acting_options
def command(call: Call, job: str, *, night: str | None, why: str, acting: Acting) -> Exit:
    """Keep JOB from starting until it is released; what waits for it waits too."""
    return act_on_job(call, acting, "hold", night, job, why)
