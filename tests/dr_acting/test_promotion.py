"""When a backup centre has taken over, and when it must not."""

from __future__ import annotations

import pytest

from dr.promotion import (
    Standing,
    has_taken_over,
    is_refused,
    is_site_rpo_zero,
    refusal,
)

BACKUP = ("kansai-db1", "kansai-db2")
LOCAL = ("mitaka-db1", "mitaka-db2")
BOTH = ("mitaka-db1", "mitaka-db2", "kansai-db1")


@pytest.mark.parametrize(
    ("standing", "taken", "refused"),
    [
        (Standing("mitaka-db1", BOTH, ()), False, False),
        (Standing("kansai-db1", BOTH, ()), True, False),
        # Nobody leads and a copy is known: it is about to take over.
        (Standing(None, BOTH, BACKUP), False, False),
        (Standing(None, LOCAL, BACKUP), False, True),
        # A node that still sees a leader, or does not answer, may know better.
        (Standing(None, LOCAL, ("kansai-db1",)), False, False),
        # The old leader's lease has not run out yet.
        (Standing("mitaka-db1", LOCAL, BACKUP), False, False),
        # No synchronous set at all is no refusal: it was never known.
        (Standing(None, (), BACKUP), False, False),
    ],
)
def test_standing(standing: Standing, taken: bool, refused: bool) -> None:
    assert has_taken_over(standing, BACKUP) is taken
    assert is_refused(standing, BACKUP) is refused


def test_a_cluster_without_backup_is_never_refused() -> None:
    assert not is_refused(Standing(None, LOCAL, BACKUP), ())


def test_the_sentence() -> None:
    assert refusal("kansai") == (
        "no replica in Kansai is known to hold every acknowledged commit (/sync names none); "
        "promotion refused"
    )


@pytest.mark.parametrize(
    ("leader", "sync", "is_zero"),
    [
        ("a1", ("a1", "a2", "b1"), True),
        ("a1", ("a1", "a2"), False),
        ("a1", ("a1",), False),
        ("b1", ("b1", "b2", "a2"), True),
        ("b1", ("b1", "b2"), False),
        # Nobody leads: it is as the last leader wrote it.
        (None, ("a1", "a2", "b1"), True),
        (None, ("a1", "a2"), False),
        ("a1", (), False),
    ],
)
def test_site_rpo_is_zero_while_a_host_elsewhere_is_named(
    leader: str | None, sync: tuple[str, ...], is_zero: bool
) -> None:
    sites = {"a1": "a", "a2": "a", "b1": "b", "b2": "b"}
    assert is_site_rpo_zero(Standing(leader, sync, ()), sites) is is_zero
