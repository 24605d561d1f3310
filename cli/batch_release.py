"""`hikae batch release`: a held job may start again."""

from __future__ import annotations

import click

from cli.acting import Acting, acting_options
from cli.batch_acts import JOB, NIGHT, act_on_job
from cli.exits import Exit
from cli.options import Call, Production, verb_options

__all__ = ["command"]


@click.command("release")
@JOB
@NIGHT
@verb_options(Production.CONFIRMED)
@acting_options
def command(call: Call, job: str, *, night: str | None, acting: Acting) -> Exit:
    """Let a held JOB start again."""
    return act_on_job(call, acting, "release", night, job, "")
