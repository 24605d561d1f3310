"""The database role's programs: what they compare, how they store a password, what they refuse."""

from __future__ import annotations

from types import ModuleType
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

# The example of RFC 7677: password 'pencil', its salt and its iterations.
STORED = (
    "SCRAM-SHA-256$4096:W22ZaJ0SNY7soEsUEjb6gQ=="
    "$WG5d8oPm3OtcPnkdi4Uo7BkeZkBFzpcXkuLmtbsT4qY=:wfPLwcE6nTWhTAmQ7tl2KeoiWGPlZqQxSrmfPwDl2dU="
)

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


def test_password_is_recognised(postgres_objects: ModuleType) -> None:
    assert postgres_objects.is_verifier_of(STORED, "pencil")
    assert not postgres_objects.is_verifier_of(STORED, "Pencil")
    for rubbish in (None, "", "md5aa", "SCRAM-SHA-256$x:y$z:w", "SCRAM-SHA-1$1:AA==$b:c"):
        assert not postgres_objects.is_verifier_of(rubbish, "pencil")


@given(password=st.from_regex(r"[A-Za-z0-9_-]{1,40}", fullmatch=True), salt=st.binary(min_size=1))
def test_own_verifier_is_recognised(
    postgres_objects: ModuleType, password: str, salt: bytes
) -> None:
    stored = postgres_objects.verifier(password, salt, 1)
    assert postgres_objects.is_verifier_of(stored, password)
    assert not postgres_objects.is_verifier_of(stored, password + "x")


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
