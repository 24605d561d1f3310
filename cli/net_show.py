"""`hikae net show`: the whole configuration of a device, in the dialect it speaks or in any other."""

from __future__ import annotations

import click

from cli.exits import Exit, RefusedCall
from cli.options import Call, Production, verb_options
from cli.output import print_json, print_line
from netconfig.derivation import NotRouted
from netconfig.dialects import DIALECTS
from netconfig.equipment import configuration, dialect_of

__all__ = ["show"]


@click.command()
@click.argument("host")
@click.option(
    "--dialect",
    "wanted",
    type=click.Choice(list(DIALECTS)),
    help="Language of the configuration (default: the one that the estate gives the device).",
)
@click.option("--drained", is_flag=True, help="The variant that nothing passes through.")
@click.option("--staged", is_flag=True, help="Day 0: one line only.")
@verb_options(Production.INDIFFERENT)
def show(call: Call, host: str, *, wanted: str | None, drained: bool, staged: bool) -> Exit:
    """Print what HOST should run; secrets stand in it by their names. Needs no twin."""
    estate = call.estate()
    dialect = dialect_of(estate, host, wanted)
    try:
        text = configuration(estate, host, dialect, is_staged=staged, is_drained=drained)
    except NotRouted as error:
        raise RefusedCall(f"{error}.") from None
    if call.as_json:
        print_json(
            {
                "host": host,
                "dialect": dialect.name,
                "drained": drained,
                "staged": staged,
                "configuration": text,
            }
        )
    else:
        print_line(text.rstrip())
    return Exit.FINE
