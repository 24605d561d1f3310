"""Heads of the record in the store: put there under names of their own, and a missing, old or contrary one is found."""

from __future__ import annotations

import io
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from dr.backups.heads import finding_of_head, keep_head, newest_head
from proof import Head, Purpose, make_key
from proof.entry import make_head

HOURS = 26
NOW = datetime(2026, 11, 24, 3, tzinfo=UTC)
KEY = make_key()
CHAIN, OTHER = "a" * 32, "b" * 32


def head(size: int, hours_ago: float, chain: str = CHAIN) -> bytes:
    made: Head = make_head(
        KEY, chain=chain, size=size, hash_="0" * 64, at=NOW - timedelta(hours=hours_ago)
    )
    assert made.is_signed(KEY.public, Purpose.HEAD)
    return made.data()


class Store:
    """Objects in the order in which they came."""

    def __init__(self) -> None:
        self.objects: dict[str, bytes] = {}

    def put_object(self, **how: Any) -> None:
        assert how["Bucket"] == "backups"
        assert how["Key"] not in self.objects
        self.objects[how["Key"]] = how["Body"]

    def get_paginator(self, name: str) -> Any:
        assert name == "list_objects_v2"
        return self

    def paginate(self, **how: Any) -> Any:
        for number, key in enumerate(self.objects):
            if key.startswith(how["Prefix"]):
                yield {"Contents": [{"Key": key, "LastModified": NOW + timedelta(seconds=number)}]}
        yield {}

    def get_object(self, **how: Any) -> dict[str, Any]:
        return {"Body": io.BytesIO(self.objects[how["Key"]])}


def test_each_head_has_a_name_of_its_own_and_the_last_is_found() -> None:
    store = Store()
    assert newest_head(store, "backups", "kyosai") is None
    names = [keep_head(store, "backups", "kyosai", head(n, 9 - n)) for n in (1, 2, 10)]
    # A chain that was begun anew is shorter, and later.
    names.append(keep_head(store, "backups", "kyosai", head(1, 0, OTHER)))
    keep_head(store, "backups", "another", head(7, 0))
    assert names[0] == f"heads/kyosai/{CHAIN}/00000001.json"
    assert len(set(names)) == 4
    assert newest_head(store, "backups", "kyosai") == head(1, 0, OTHER)


@pytest.mark.parametrize(
    ("local", "kept", "words"),
    [
        (None, None, None),
        (None, head(3, 1), None),
        (head(5, 1), None, "no head of the record is kept in the store"),
        (head(5, 1), b"rubbish", "no head of the record is kept in the store"),
        (head(5, 1), head(5, 1), None),
        (head(5, 900), head(5, 900), None),  # nothing was recorded since
        (head(5, 1), head(4, 25), None),
        (head(5, 1), head(4, 27), "27 hours old and speaks for 4 of 5 entries"),
        (head(5, 1), head(6, 2), "has 5 entries, and a head kept in the store speaks for 6"),
        (head(5, 1), head(5, 1, OTHER), "is of chain bbb"),
    ],
)
def test_what_is_found(local: bytes | None, kept: bytes | None, words: str | None) -> None:
    found = finding_of_head(local, kept, NOW, HOURS)
    assert (found is None) == (words is None)
    assert words is None or words in (found or "")


def test_a_kept_head_finds_a_record_that_was_put_back(tmp_path: Path) -> None:
    """What it is for: the whole chain exchanged for an earlier state of its own."""
    assert finding_of_head(head(3, 5), head(9, 1), NOW, HOURS) is not None
