"""The group `hikae`: finds a verb, runs it, and turns errors into sentences and exit codes."""

from __future__ import annotations

import importlib
import os
import signal
import sys
import tomllib
import traceback
from collections.abc import Sequence
from pathlib import Path
from types import FrameType

import click

from cli.exits import Exit, RefusedCall, exit_of, sentences_of
from cli.output import print_error, print_errors
from cli.verbs import VERBS, Verb

ROOT = Path(__file__).resolve().parent.parent


class VerbGroup(click.Group):
    """A group that imports a verb's module only when that verb is called."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(VERBS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        verb = VERBS.get(cmd_name)
        if verb is None:
            return None
        return _load(verb) if verb.built else _refusing(verb)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        for title, built in (("Verbs", True), ("Not built yet", False)):
            with formatter.section(title):
                formatter.write_dl([(v.name, v.help) for v in VERBS.values() if v.built is built])


def _load(verb: Verb) -> click.Command:
    try:
        module = importlib.import_module(f"cli.{verb.name}")
    except ImportError as error:
        # Another verb must go on working when one lacks its module or a package.
        raise RefusedCall(
            f"the verb `{verb.name}` cannot be loaded ({error}); other verbs still work, and "
            "removing .venv makes the next start install every package again."
        ) from error
    command = module.command
    assert isinstance(command, click.Command)
    return command


def _refusing(verb: Verb) -> click.Command:
    def refuse() -> None:
        raise RefusedCall(
            f"`{verb.name}` is not built yet; `hikae show policy` says what is and what comes."
        )

    settings = {"ignore_unknown_options": True, "allow_extra_args": True}
    return click.Command(verb.name, callback=refuse, help=verb.help, context_settings=settings)


def _print_version(ctx: click.Context, _: click.Parameter, wanted: bool) -> None:
    if wanted:
        project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
        click.echo(f"hikae {project['version']}")
        ctx.exit()


@click.group(cls=VerbGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.option("--version", is_flag=True, is_eager=True, expose_value=False, callback=_print_version)
def hikae() -> None:
    """Run an estate from one description, and rehearse its disasters on a living twin.

    Exit codes: 0 fine, 1 finding or deviation, 2 wrong call or invalid estate, 3 target
    unreachable, 4 aborted.
    """


def main(args: Sequence[str]) -> int:
    """Run one command line and give its exit code."""
    # Who asks politely is answered like Ctrl-C: what was begun is undone before the end.
    signal.signal(signal.SIGTERM, _interrupt)
    try:
        # Not hikae.main(): that answers a reader that has left (`| head`) with 1, a finding.
        with hikae.make_context("hikae", list(args)) as context:
            result = hikae.invoke(context)
        sys.stdout.flush()
    except click.exceptions.Exit as done:
        return done.exit_code
    except BrokenPipeError:
        # Python flushes once more at its end, and would complain once more.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return Exit.FINE
    except BaseException as error:
        return _explain(error, as_json="--json" in args)
    return int(result) if isinstance(result, int) else Exit.FINE


def _interrupt(_number: int, _frame: FrameType | None) -> None:
    raise KeyboardInterrupt


def _explain(error: BaseException, as_json: bool) -> int:
    if isinstance(error, SystemExit):
        return error.code if isinstance(error.code, int) else Exit.WRONG_CALL
    code = exit_of(error)
    if code is None:
        traceback.print_exception(error)
        print_error(f"a defect of hikae ({type(error).__name__}); please report the lines above.")
        return Exit.ABORTED
    if isinstance(error, click.exceptions.NoArgsIsHelpError):
        error.show()
    elif isinstance(error, KeyboardInterrupt | click.Abort):
        print_error("interrupted.")
    elif isinstance(error, click.UsageError) and not as_json:
        error.show()
    elif isinstance(error, click.ClickException):
        print_errors([error.format_message()], as_json)
    else:
        print_errors(sentences_of(error), as_json)
    return code
