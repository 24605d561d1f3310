"""Couples: what one claim says of the spouse is held against the spouse's own claim, found by number."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from nenkin.recalculation.facts import Facts, day_of, facts_in, is_reached, month_of

__all__ = ["Partner", "beside_partner"]

_FULL = 240
_OLD_AGE = ("old_age", "special")


@dataclass(frozen=True)
class Partner:
    """A claim of the spouse with what changed of it."""

    claim: Facts
    changes: Sequence[Facts] = ()


def beside_partner(
    facts: Facts, month: date, partners: Sequence[Partner]
) -> tuple[Facts, tuple[str, ...]]:
    """The facts of a month as the spouse's own claims have them, and in words what was told otherwise."""
    notes: list[str] = []
    found = dict(facts)
    spouse = facts.get("spouse")
    for partner in partners:
        if partner.claim["number"] == facts["number"]:
            continue
        own = facts_in(month, partner.claim, partner.changes)
        if spouse and spouse.get("number") == partner.claim["number"]:
            _take_spouse(found, own, partner.claim, month, notes)
        if facts["kind"] == "old_age" and _names(own or partner.claim, facts["number"]):
            _take_transfer(found, partner.claim, month, notes)
    return found, tuple(notes)


def _take_spouse(
    found: dict[str, object], own: Facts | None, claim: Facts, month: date, notes: list[str]
) -> None:
    """Birth and pension from the spouse's own claim; a spouse whose right ended is none."""
    told = found.get("spouse")
    if not isinstance(told, dict):
        return
    if own is None:
        found["spouse"] = None
        found["has_spouse"] = False
        notes.append("the spouse's own pension has ended")
        return
    taken = {**told, "birth": own["birth"]}
    if told["birth"] != own["birth"]:
        notes.append(f"the spouse's own claim says born {own['birth']}, not {told['birth']}")
    if own["kind"] in _OLD_AGE and own.get("employees_months", 0) >= _FULL:
        taken |= {"employees_months": own["employees_months"], "pension_from": claim["begun"]}
        taken.pop("is_suspended", None)
        if told.get("is_suspended"):
            taken["is_suspended"] = True
    elif own["kind"] == "disability":
        taken |= {"has_disability": True, "pension_from": claim["begun"]}
    is_new = taken.get("pension_from") != told.get("pension_from")
    if is_new and month_of(taken["pension_from"]) <= month:
        notes.append(f"the spouse has an own pension since {month_of(claim['begun']):%Y-%m}")
    found["spouse"] = taken


def _take_transfer(found: dict[str, object], partner: Facts, month: date, notes: list[str]) -> None:
    """The addition passes on from 65 when the spouse, of 240 months, has the right to it."""
    if partner["kind"] not in _OLD_AGE:
        return
    is_due = partner.get("employees_months", 0) >= _FULL and month_of(partner["begun"]) <= month
    birth = day_of(found["birth"])
    if not is_reached(birth, 65, month) or bool(found.get("has_transfer")) == is_due:
        return
    found["has_transfer"] = is_due
    notes.append(
        f"by the claim of the spouse {partner['number']} the transfer addition is "
        f"{'due' if is_due else 'not due'}"
    )


def _names(facts: Facts, number: object) -> bool:
    spouse = facts.get("spouse")
    return spouse is not None and spouse.get("number") == number
