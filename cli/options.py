"""The options that every verb has: `--json`, `--estate`, `--on`, `--confirm`."""

from __future__ import annotations

import functools
from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from typing import Any, Concatenate, ParamSpec, TypeVar

import click

from cli.exits import RefusedCall
from inventory import Estate, load_estate

P = ParamSpec("P")
R = TypeVar("R")

_load = functools.cache(load_estate)


class Production(Enum):
    """What a verb does when it is told `--on production`."""

    INDIFFERENT = "reads the description only, which is the same for both"
    REFUSED = "not built yet for production"
    CONFIRMED = "acts on it, once `--confirm` names the estate"

    @property
    def reaches(self) -> bool:
        """Whether the verb goes to hosts of either: then it may be told which of them stand."""
        return self is Production.CONFIRMED


@dataclass(frozen=True, slots=True)
class Call:
    """What the user said by the options that every verb has."""

    as_json: bool
    estate_path: Path | None
    target: str
    confirmed: str | None
    slice_name: str | None = None
    """The part of the estate that stands, or that a drill is to take; None = not said."""

    def estate(self) -> Estate:
        """Load the estate once; raises InvalidEstate with all its errors."""
        return _load(self.estate_path)

    @property
    def is_production(self) -> bool:
        return self.target == "production"


def verb_options(
    production: Production = Production.REFUSED,
) -> Callable[[Callable[Concatenate[Call, P], R]], Callable[P, R]]:
    """Give a command the common options; it receives them as its first argument, a Call."""

    def decorate(function: Callable[Concatenate[Call, P], R]) -> Callable[P, R]:
        @click.option("--json", "as_json", is_flag=True, help="Print the result as JSON.")
        @click.option(
            "--estate",
            "estate_path",
            type=click.Path(path_type=Path, exists=True, file_okay=False),
            help="Folder of the estate to work on (default: the one shipped).",
        )
        @click.option(
            "--on",
            "target",
            type=click.Choice(["twin", "production"]),
            default="twin",
            show_default=True,
            help="Where to act.",
        )
        @click.option(
            "--confirm",
            "confirmed",
            metavar="NAME",
            help="Name of the estate; production wants it.",
        )
        @_slice_option(production)
        @functools.wraps(function)
        def run(*args: Any, **options: Any) -> R:
            call = Call(
                slice_name=options.pop("slice_name") if production.reaches else None,
                as_json=options.pop("as_json"),
                estate_path=options.pop("estate_path"),
                target=options.pop("target"),
                confirmed=options.pop("confirmed"),
            )
            ensure_allowed(call, production, click.get_current_context().command_path)
            return function(call, *args, **options)

        return run

    return decorate


def _slice_option(production: Production) -> Callable[[Callable[P, R]], Callable[P, R]]:
    if not production.reaches:
        return lambda function: function
    return click.option(
        "--slice",
        "slice_name",
        metavar="SLICE",
        help="Production: the part of the estate that stands (default: all). "
        "A drill: the slice to take instead of the scenario's.",
    )


def ensure_allowed(call: Call, production: Production, verb: str) -> None:
    """Refuse production where the verb cannot act there or nobody confirmed it."""
    if not call.is_production or production is Production.INDIFFERENT:
        return
    if production is Production.REFUSED:
        raise RefusedCall(f"`{verb}` does not act on production yet; leave out `--on production`.")
    name = call.estate().name
    if call.confirmed != name:
        raise RefusedCall(
            f"`{verb} --on production` acts on the real estate; confirm it by `--confirm {name}`."
        )
