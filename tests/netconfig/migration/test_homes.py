"""Home orders on the way: a new home is there before an old one is left."""

from __future__ import annotations

import pytest

from netconfig.migration.homes import orders_between

CASES = [
    (("a", "b"), ("a", "b"), []),
    (("a", "b"), ("b", "a"), [("turn", ("b", "a"))]),
    (("a", "b"), ("a",), [("leave", ("a",))]),
    (("a",), ("a", "b"), [("extend", ("a", "b"))]),
    (
        ("a",),
        ("b",),
        [("extend", ("a", "b")), ("turn", ("b", "a")), ("leave", ("b",))],
    ),
    (
        ("t", "k", "m"),
        ("m", "k"),
        [("turn", ("m", "k", "t")), ("leave", ("m", "k"))],
    ),
    (
        ("t", "k"),
        ("m", "k"),
        [("extend", ("t", "k", "m")), ("turn", ("m", "k", "t")), ("leave", ("m", "k"))],
    ),
]


@pytest.mark.parametrize(("old", "new", "orders"), CASES)
def test_orders_between(
    old: tuple[str, ...], new: tuple[str, ...], orders: list[tuple[str, tuple[str, ...]]]
) -> None:
    assert orders_between(old, new) == orders


@pytest.mark.parametrize(("old", "new", "_orders"), CASES)
def test_the_first_home_always_stood_there_before(
    old: tuple[str, ...], new: tuple[str, ...], _orders: object
) -> None:
    before = old
    for _, order in orders_between(old, new):
        assert order[0] in before, "a centre becomes the first home in the step in which it joins"
        before = order
    assert before == new
