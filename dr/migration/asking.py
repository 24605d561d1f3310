"""Who asks what while a network becomes another one: a stream for each way that may change."""

from __future__ import annotations

from collections.abc import Collection

from dr.sweep.subjects import Office
from inventory import Estate
from inventory.zones import ZONE_KINDS
from netconfig.model.questions import Question, ask

__all__ = ["asked_in", "offices_between"]

Homes = tuple[str, ...]


def offices_between(source: Estate, target: Estate, within: Collection[str]) -> tuple[Office, ...]:
    """Every site of the first estate with a terminal, less the counters: their zones let nothing but work pass.

    Of services that have the same homes before and the same after, one is asked; also of those that only the second has.
    """
    before, after = _by_site(source, within), _by_site(target, within)
    found = []
    for host in source.select(role="terminal", within=within):
        site = host.site or ""
        old, new = before.pop(site, {}), after.get(site, {})
        if not old or source.sites[site].kind in ZONE_KINDS:
            continue
        ways: dict[tuple[Homes, Homes], Question] = {}
        for service, question in {**new, **old}.items():
            ways.setdefault((_homes(old.get(service)), _homes(new.get(service))), question)
        found.append(Office(site, host.name, tuple(ways.values())))
    return tuple(found)


def asked_in(estate: Estate, within: Collection[str]) -> frozenset[str]:
    """The streams (`office/service`) that somebody must answer in an estate."""
    return frozenset(
        f"{question.source.site}/{question.service}"
        for question in ask(estate, within).asked
        if question.target is None
    )


def _by_site(estate: Estate, within: Collection[str]) -> dict[str, dict[str, Question]]:
    found: dict[str, dict[str, Question]] = {}
    for question in ask(estate, within).asked:
        if question.target is None:
            found.setdefault(question.source.site, {})[question.service] = question
    return found


def _homes(question: Question | None) -> Homes:
    return () if question is None else tuple(place.name for place in question.homes)
