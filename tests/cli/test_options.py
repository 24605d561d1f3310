"""Every verb takes the common options, and production is never acted on by accident."""

from __future__ import annotations

import importlib
from collections.abc import Iterator

import click
import pytest

from cli.exits import Exit, RefusedCall
from cli.main import main
from cli.options import Call, Production, ensure_allowed
from cli.verbs import VERBS
from tests.estates import estate_of

COMMON = {"--json", "--estate", "--on", "--confirm"}


def leaves(command: click.Command, path: str) -> Iterator[tuple[str, click.Command]]:
    """Give every command that acts, with its words."""
    if isinstance(command, click.Group):
        for name, below in command.commands.items():
            yield from leaves(below, f"{path} {name}")
    else:
        yield path, command


@pytest.mark.parametrize("name", [verb.name for verb in VERBS.values() if verb.built])
def test_every_verb_takes_the_common_options(name: str) -> None:
    module = importlib.import_module(f"cli.{name}")
    for path, command in leaves(module.command, name):
        options = {option for param in command.params for option in param.opts}
        assert options >= COMMON, path
        assert command.help, f"{path} needs a sentence of help"


def call(target: str, confirmed: str | None = None) -> Call:
    return Call(as_json=False, estate_path=None, target=target, confirmed=confirmed)


@pytest.mark.parametrize("production", list(Production))
def test_the_twin_is_always_allowed(production: Production) -> None:
    ensure_allowed(call("twin"), production, "hikae x")


def test_a_verb_that_only_reads_the_description_is_allowed() -> None:
    ensure_allowed(call("production"), Production.INDIFFERENT, "hikae x")


def test_a_verb_that_is_not_built_for_production_refuses() -> None:
    name = estate_of().name
    with pytest.raises(RefusedCall, match="does not act on production yet"):
        ensure_allowed(call("production", name), Production.REFUSED, "hikae x")


@pytest.mark.parametrize("confirmed", [None, "", "another"])
def test_production_without_the_estates_name_is_refused(confirmed: str | None) -> None:
    with pytest.raises(RefusedCall, match=f"--confirm {estate_of().name}"):
        ensure_allowed(call("production", confirmed), Production.CONFIRMED, "hikae x")


def test_production_that_is_confirmed_by_name_is_allowed() -> None:
    ensure_allowed(call("production", estate_of().name), Production.CONFIRMED, "hikae x")


def test_the_refusal_reaches_the_shell(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["twin", "down", "--on", "production"]) == Exit.WRONG_CALL
    assert "`hikae twin down` does not act on production yet" in capsys.readouterr().err
