"""Who acts, under which change, and who set a rule aside: the options of every verb that acts.

On the twin a rehearsal may go unnamed; production wants a person of the estate and a change number, and
refuses a change shortly before a pay date unless two persons answer for it.
"""

from __future__ import annotations

import functools
import os
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Any, Concatenate, ParamSpec, TypeVar

import click

from cli.exits import RefusedCall
from cli.options import Call
from inventory import Estate
from playbooks.ssh_certificates import key_id
from proof import Override

__all__ = ["UNNAMED", "Acting", "acting_options", "rehearsing_options"]

P = ParamSpec("P")
R = TypeVar("R")

UNNAMED = "unnamed"
_REHEARSAL = "rehearsal"
_NOBODY = "none"


@dataclass(frozen=True, slots=True)
class Acting:
    """A person and a change number; `override` is the reason and the two persons of it."""

    person: str = UNNAMED
    change: str = _REHEARSAL
    override: tuple[str, tuple[str, ...]] | None = None

    def role_in(self, estate: Estate) -> str:
        """The first role that the person holds, else one in which they deputise, else `none`."""
        holds = [name for name, role in estate.roles.items() if role.holder == self.person]
        stands_in = [name for name, role in estate.roles.items() if self.person in role.deputies]
        return next(iter([*holds, *stands_in]), _NOBODY)

    @property
    def named(self) -> dict[str, str]:
        """Person and change, as the certificates say them with which hosts are logged in to."""
        return {"person": self.person, "change": self.change}

    @property
    def overrides(self) -> tuple[Override, ...]:
        """The change freeze set aside, or nothing."""
        if self.override is None:
            return ()
        reason, persons = self.override
        return (Override(rule="change-freeze", reason=reason, persons=persons),)

    def refuse_unnamed(self, estate: Estate, *, is_production: bool) -> None:
        """Refuse persons that the estate does not know, and an act on production without a name."""
        if is_production and (self.person == UNNAMED or self.change == _REHEARSAL):
            raise RefusedCall(
                "An act on production has a person and a change number: add `--as PERSON --change NUMBER`."
            )
        _, others = self.override or ("", ())
        for person in (self.person, *others):
            if person != UNNAMED and person not in estate.persons:
                known = ", ".join(estate.persons)
                raise RefusedCall(f"'{person}' is no person of the estate; known: {known}.")

    def refuse_frozen(self, estate: Estate, verb: str, today: date | None = None) -> None:
        """Refuse a change in the days before a pay date, unless two persons set the rule aside."""
        freeze = estate.calendar.freeze_on(today or estate.calendar.today())
        if freeze is None or self.override is not None:
            return
        raise RefusedCall(
            f"`{verb}` is refused: changes are frozen from {freeze.since} until pensions are paid on "
            f"{freeze.pay_date}; wait until then, or set the rule aside by "
            "`--override REASON --override-by PERSON --override-by PERSON`."
        )


def acting_options(
    function: Callable[Concatenate[Call, P], R],
) -> Callable[..., R]:
    """Give a command the options of acts; it receives an Acting as `acting`, already checked."""
    return _with_options(function, lambda call: call.is_production)


def rehearsing_options(
    function: Callable[Concatenate[Call, P], R],
) -> Callable[..., R]:
    """The same for a command that acts on the twin only and reads on either: nobody need give a name to read."""
    return _with_options(function, lambda _: False)


def _with_options(
    function: Callable[Concatenate[Call, P], R], wants_name: Callable[[Call], bool]
) -> Callable[..., R]:
    @click.option(
        "--as",
        "person",
        metavar="PERSON",
        default=lambda: os.environ.get("HIKAE_PERSON", UNNAMED),
        help="Who acts (also HIKAE_PERSON); production wants it.",
    )
    @click.option(
        "--change",
        metavar="NUMBER",
        default=lambda: os.environ.get("HIKAE_CHANGE", _REHEARSAL),
        help="Under which change (also HIKAE_CHANGE); production wants it.",
    )
    @click.option("--override", metavar="REASON", help="Set the change freeze aside, and why.")
    @click.option("--override-by", multiple=True, metavar="PERSON", help="Who answers for it: two.")
    @functools.wraps(function)
    def run(call: Call, *args: Any, **options: Any) -> R:
        person, change = options.pop("person"), options.pop("change")
        reason, persons = options.pop("override"), tuple(options.pop("override_by"))
        acting = Acting(person, change, _override(reason, persons))
        key_id(person, change)
        acting.refuse_unnamed(call.estate(), is_production=wants_name(call))
        return function(call, *args, acting=acting, **options)  # type: ignore[arg-type]

    return run


def _override(reason: str | None, persons: tuple[str, ...]) -> tuple[str, tuple[str, ...]] | None:
    if reason is None and not persons:
        return None
    if not reason or len(persons) != 2 or persons[0] == persons[1]:
        raise RefusedCall(
            "An override has a reason and two different persons: "
            "`--override REASON --override-by PERSON --override-by PERSON`."
        )
    return reason, persons
