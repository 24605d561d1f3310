"""`hikae batch skip`: a job is left out tonight."""

from __future__ import annotations

import click

from cli.acting import Acting, acting_options
from cli.batch_acts import JOB, NIGHT, WHY, act_on_job
from cli.exits import Exit
from cli.options import Call, Production, verb_options

__all__ = ["command"]


@click.command("skip")
@JOB
@NIGHT
@WHY
@verb_options(Production.CONFIRMED)
@acting_options
def command(call: Call, job: str, *, night: str | None, why: str, acting: Acting) -> Exit:
    """Leave JOB out tonight; what waits for it goes on."""
    return act_on_job(call, acting, "skip", night, job, why)
