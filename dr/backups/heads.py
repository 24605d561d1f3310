"""Heads of the record of acts in the object store: each under a name of its own, locked from the moment it is there.

Whoever records cannot take one away, also not with every key of the conductor's machine: that is what a head kept elsewhere
is for (docs/record.md). What it cannot show is an act that was recorded and cut off before its head arrived.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from proof import Head, InvalidCanonical, InvalidEntry, head_of, parse

__all__ = ["finding_of_head", "keep_head", "newest_head"]


def keep_head(client: Any, bucket: str, estate: str, head: bytes) -> str:
    """Put a head into the store; gives its name there."""
    read = head_of(parse(head.removesuffix(b"\n")))
    name = f"{_folder(estate)}{read.chain}/{read.size:08d}.json"
    client.put_object(Bucket=bucket, Key=name, Body=head)
    return name


def newest_head(client: Any, bucket: str, estate: str) -> bytes | None:
    """The head that came last; None where there is none."""
    pages = client.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=_folder(estate))
    found = [
        (each["LastModified"], each["Key"]) for page in pages for each in page.get("Contents", ())
    ]
    if not found:
        return None
    body: bytes = client.get_object(Bucket=bucket, Key=max(found)[1])["Body"].read()
    return body


def finding_of_head(
    local: bytes | None, kept: bytes | None, now: datetime, hours: int
) -> str | None:
    """What is wrong with how the record's head is kept elsewhere, in a sentence; None where nothing is.

    `local` is the chain's own last head, None where nothing was recorded yet.
    """
    ours, theirs = _read(local), _read(kept)
    if ours is None:
        return None
    if theirs is None:
        return (
            "no head of the record is kept in the store: what was recorded could be told otherwise"
        )
    if theirs.chain != ours.chain:
        return f"the head kept in the store is of chain {theirs.chain}, here stands {ours.chain}"
    if theirs.size > ours.size:
        return (
            f"the record has {ours.size} entries, and a head kept in the store speaks for {theirs.size}: "
            "`hikae audit head` and `hikae audit verify --head` say more"
        )
    if theirs.size < ours.size and now - theirs.at > timedelta(hours=hours):
        age = (now - theirs.at).total_seconds() / 3600
        return (
            f"the last head kept in the store is {age:.0f} hours old and speaks for {theirs.size} of "
            f"{ours.size} entries; promised is at most {hours} hours"
        )
    return None


def _folder(estate: str) -> str:
    return f"heads/{estate}/"


def _read(data: bytes | None) -> Head | None:
    if data is None:
        return None
    try:
        return head_of(parse(data.removesuffix(b"\n")))
    except (InvalidCanonical, InvalidEntry):
        return None
