"""The verifier is tried on texts that are broken on purpose: it must find what it is for."""

from __future__ import annotations

import pytest

from cli.filters import rendered_filters
from inventory import Estate
from netconfig.model.findings import Report
from netconfig.model.verify import rendered, verify
from tests.estates import estate_of
from tests.netconfig.model.mutations import MUTATIONS, UNSEEN, Mutation

SHARE = 3
"""Each so manieth mutation is tried where time is short; `make full` tries every one."""


@pytest.fixture(scope="module")
def estate() -> Estate:
    """The shipped estate."""
    return estate_of()


@pytest.fixture(scope="module")
def texts(estate: Estate) -> dict[str, str]:
    """What the core's devices would run."""
    return rendered(estate, estate.slice_hosts("core"))


@pytest.fixture(scope="module")
def rules(estate: Estate) -> dict[str, str]:
    """What the core's hosts would let in."""
    return rendered_filters(estate, estate.slice_hosts("core"))


def _verify(estate: Estate, texts: dict[str, str], rules: dict[str, str]) -> Report:
    return verify(estate, estate.slice_hosts("core"), texts=texts, rules=rules, processes=1)


def test_unbroken_texts_have_no_finding(
    estate: Estate, texts: dict[str, str], rules: dict[str, str]
) -> None:
    report = _verify(estate, texts, rules)
    assert report.violations == []
    assert report.overloads == []


@pytest.mark.parametrize(
    "mutation",
    [
        pytest.param(mutation, id=mutation.name, marks=pytest.mark.long if number % SHARE else ())
        for number, mutation in enumerate(MUTATIONS)
    ],
)
def test_mutation(
    mutation: Mutation, estate: Estate, texts: dict[str, str], rules: dict[str, str]
) -> None:
    texts, rules = dict(texts), dict(rules)
    mutation.edit(rules if mutation.is_filter else texts)
    report = _verify(estate, texts, rules)
    assert bool(report.violations) == (mutation.name not in UNSEEN)


def test_enough_is_found() -> None:
    names = {mutation.name for mutation in MUTATIONS}
    assert len(names) == len(MUTATIONS) >= 40
    assert len(names - UNSEEN.keys()) >= 0.95 * len(names)
    assert UNSEEN.keys() <= names
