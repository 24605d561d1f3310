"""`hikae net import`: a configuration that grew by hand, read as far as an intent reaches."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import click
import yaml

from cli.exits import Exit, RefusedCall
from cli.options import Call, Production, verb_options
from cli.output import print_json, print_line
from netconfig.brownfield import Imported, guess_dialect, import_text
from netconfig.dialects import DIALECTS

__all__ = ["import_command"]


@click.command("import")
@click.argument("file", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@click.option("--dialect", "wanted", type=click.Choice(list(DIALECTS)), help="Default: guessed.")
@click.option("--owner", required=True, metavar="ROLE", help="Who answers for what is left over.")
@click.option(
    "--until",
    required=True,
    type=click.DateTime(["%Y-%m-%d"]),
    help="The last day on which it may stay.",
)
@verb_options(Production.INDIFFERENT)
def import_command(
    call: Call, file: Path, *, wanted: str | None, owner: str, until: datetime
) -> Exit:
    """Read the configuration in FILE; print what it says, and the rest as exceptions for the estate. Writes nothing."""
    estate = call.estate()
    if owner not in estate.roles:
        raise RefusedCall(f"'{owner}' is no role of people; known: {', '.join(estate.roles)}.")
    if until.date() < estate.calendar.today():
        raise RefusedCall(f"{until.date()} is past; name a day that is still to come.")
    text = file.read_text(encoding="utf-8", errors="replace")
    dialect = DIALECTS[wanted] if wanted else guess_dialect(text)
    found = import_text(text, dialect, owner, until.date())
    if call.as_json:
        print_json(
            {
                "host": found.intent.host,
                "dialect": found.dialect,
                "lines": found.lines,
                "understood": found.understood,
                "exceptions": found.exceptions,
                "lacking": found.lacking,
                "doubtful": found.doubtful,
                "intent": found.intent,
            }
        )
    else:
        _print(found)
    return Exit.FINE


def _print(found: Imported) -> None:
    print_line(
        f"# {found.intent.host} ({found.dialect}): {found.understood} of {found.lines} lines are intent"
    )
    for name in found.doubtful:
        print_line(
            f"# {name} is read in part: without the lines below it would mean more than it does"
        )
    for line in found.lacking:
        print_line(f"# lacks: {line}")
    rows = [
        {
            "host": one.host,
            "section": one.section,
            "line": one.line,
            "owner": one.owner,
            "until": one.until.isoformat(),
        }
        for one in found.exceptions
    ]
    text = yaml.safe_dump({"exceptions": rows}, sort_keys=False, allow_unicode=True, width=200)
    print_line(text.rstrip())
