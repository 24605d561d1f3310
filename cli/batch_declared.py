"""`hikae batch declared`: whether the estate knows the jobs as their program declares them; --write takes them over."""

from __future__ import annotations

import shlex
import sys
from pathlib import Path

import click

from cli.exits import Exit, RefusedCall
from cli.options import Call, Production, verb_options
from cli.output import print_json, print_line
from inventory import SHIPPED_ESTATE
from monitors.night.declared import ask_program, declared_text
from monitors.night.plan_file import write_whole

__all__ = ["command"]

_FILE = "declared.yml"
_PROGRAM = "python -m nenkin jobs --json"
_CHECKOUT = Path(__file__).resolve().parent.parent


@click.command("declared")
@click.option(
    "--program", default=_PROGRAM, show_default=True, help="What prints the jobs as JSON."
)
@click.option("--write", is_flag=True, help="Take the declaration over into the estate's files.")
@verb_options(Production.INDIFFERENT)
def command(call: Call, *, program: str, write: bool) -> Exit:
    """Ask a program for its batch jobs and compare them with the estate's section `declared`."""
    path = (call.estate_path or SHIPPED_ESTATE) / _FILE
    argv = shlex.split(program)
    if argv and argv[0] == "python":
        argv[0] = sys.executable
    text = declared_text(program, ask_program(argv, _CHECKOUT))
    before = path.read_text(encoding="utf-8") if path.exists() else ""
    is_same = text == before
    if write and not is_same:
        try:
            write_whole(path, text)
        except OSError as error:
            raise RefusedCall(f"{path} cannot be written ({error.strerror}).") from error
    if call.as_json:
        print_json({"file": str(path), "is_same": is_same, "is_written": write and not is_same})
    elif is_same:
        print_line(f"{path} says what `{program}` says.")
    else:
        done = "was written" if write else "differs from what it says; --write takes it over"
        print_line(f"{path} {done} (`{program}`).")
    return Exit.FINE if is_same or write else Exit.FINDING
