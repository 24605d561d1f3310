"""The database role's programs: what they compare and what they refuse."""

from __future__ import annotations

from types import ModuleType
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

_PLAIN = st.one_of(st.integers(), st.booleans(), st.text(max_size=3))
_TREES = st.dictionaries(
    st.sampled_from("abc"),
    st.recursive(_PLAIN, lambda inner: st.dictionaries(st.sampled_from("abc"), inner, max_size=2)),
    max_size=3,
)


def _merged(present: Any, patch: Any) -> Any:
    """What Patroni makes of a PATCH: dictionaries are merged, the rest is replaced."""
    if not isinstance(patch, dict):
        return patch
    base = present if isinstance(present, dict) else {}
    return {**base, **{key: _merged(base.get(key), value) for key, value in patch.items()}}


@pytest.mark.parametrize(
    ("wanted", "present", "patch"),
    [
        ({"ttl": 20}, {"ttl": 20, "pause": True}, {}),
        ({"ttl": 20}, {"ttl": 30}, {"ttl": 20}),
        ({"ttl": 20}, {}, {"ttl": 20}),
        ({"p": {"q": {"a": 1, "b": 2}}}, {"p": {"q": {"a": 1, "b": 3}}}, {"p": {"q": {"b": 2}}}),
        ({"p": {"q": 1}}, {"p": None}, {"p": {"q": 1}}),
    ],
)
def test_difference(
    postgres_objects: ModuleType, wanted: Any, present: Any, patch: dict[str, Any]
) -> None:
    assert postgres_objects.difference(wanted, present) == patch


@given(wanted=_TREES, present=_TREES)
def test_a_second_run_changes_nothing(
    postgres_objects: ModuleType, wanted: dict[str, Any], present: dict[str, Any]
) -> None:
    patch = postgres_objects.difference(wanted, present)
    assert postgres_objects.difference(wanted, _merged(present, patch)) == {}


@pytest.mark.parametrize(
    "arguments",
    [
        ["failover", "records", "--force"],
        ["-c", "/etc/patroni/patroni.yml", "failover"],
        ["--insecure", "failover"],
        ["remove", "records"],
        ["edit-config"],
        ["demote-cluster"],
        ["promote-cluster"],
        ["dsn"],
        ["query"],
        [],
        ["--help"],
    ],
)
def test_patronictl_refuses(patronictl: ModuleType, arguments: list[str]) -> None:
    assert patronictl.refusal(arguments)


@pytest.mark.parametrize("arguments", [["list"], ["switchover", "records"], ["pause"]])
def test_patronictl_passes_on(patronictl: ModuleType, arguments: list[str]) -> None:
    assert patronictl.refusal(arguments) is None
