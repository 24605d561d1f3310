"""The bucket seen from outside, as its administrator: versions, locks, and bringing back what a stolen key took away."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from dr.backups.recovery import Plan, Version, plan_recovery, unlocked
from dr.backups.tidying import overdue, plan_tidying
from playbooks.objects import default_retention, is_versioned

__all__ = [
    "BucketState",
    "findings_of_bucket",
    "inspect",
    "list_versions",
    "plan_for",
    "recover",
    "tidy",
]

_AT_ONCE = 8


@dataclass(frozen=True, slots=True)
class BucketState:
    """What the bucket promises, and which objects do not have it."""

    is_versioned: bool
    mode: str
    days: int
    objects: int
    """Versions of objects, markers apart."""
    markers: int
    unlocked: tuple[str, ...]
    overdue: int = 0
    """Versions and markers that nobody needs any more and that are still there."""


def list_versions(client: Any, bucket: str) -> Iterator[Version]:
    """Every version and marker; locks are not asked for."""
    for page in client.get_paginator("list_object_versions").paginate(Bucket=bucket):
        for kind, is_marker in (("Versions", False), ("DeleteMarkers", True)):
            for each in page.get(kind, []):
                yield Version(
                    each["Key"],
                    each["VersionId"],
                    each["LastModified"],
                    bool(each["IsLatest"]),
                    is_marker,
                    each.get("ETag", ""),
                )


def inspect(client: Any, bucket: str, days: int) -> BucketState:
    """Ask for the bucket's promises and for the lock of every object."""
    versions = list(list_versions(client, bucket))
    objects = [each for each in versions if not each.is_marker]
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        locked = list(pool.map(lambda each: _with_lock(client, bucket, each), objects))
    mode, kept = default_retention(client, bucket)
    return BucketState(
        is_versioned=is_versioned(client, bucket),
        mode=mode,
        days=kept,
        objects=len(objects),
        markers=len(versions) - len(objects),
        unlocked=tuple(each.key for each in unlocked(locked, days)),
        overdue=len(overdue(versions, datetime.now(UTC), days)),
    )


def findings_of_bucket(state: BucketState, days: int) -> Iterable[str]:
    """Say what of the promise does not hold."""
    if not state.is_versioned:
        yield "the bucket keeps no versions: what is overwritten is gone"
    if (state.mode, state.days) != ("COMPLIANCE", days):
        found = f"{state.mode or 'no lock'}, {state.days} days"
        yield f"new objects are locked by {found}; promised is COMPLIANCE, {days} days"
    if state.unlocked:
        shown = ", ".join(state.unlocked[:3])
        yield f"{len(state.unlocked)} objects are not locked as promised: {shown}"
    if state.overdue:
        yield (
            f"{state.overdue} old versions are out of use and unlocked, and still there: "
            "`hikae backup run` removes them, and has not for two days"
        )


def recover(client: Any, bucket: str, plan: Plan, days: int) -> None:
    """Do what a plan says; the same plan again does no harm. Copies are locked for so many days, as if written now."""
    until = datetime.now(UTC) + timedelta(days=days)
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        for _ in pool.map(lambda each: _remove_marker(client, bucket, each), plan.markers):
            pass
        for _ in pool.map(lambda each: _copy_over(client, bucket, each, until), plan.copies):
            pass


def tidy(client: Any, bucket: str, days: int, now: datetime | None = None) -> int:
    """Remove old versions that nobody needs any more; how many. What is still locked stays."""
    moment = now or datetime.now(UTC)
    stacks: dict[str, list[Version]] = {}
    for version in plan_tidying(list_versions(client, bucket), moment, days):
        stacks.setdefault(version.key, []).append(version)

    def remove(stack: list[Version]) -> int:
        for count, version in enumerate(stack):
            until = None if version.is_marker else _with_lock(client, bucket, version).until
            if until is not None and until > moment:
                return count  # what stands above it would uncover it
            client.delete_object(Bucket=bucket, Key=version.key, VersionId=version.version)
        return len(stack)

    with ThreadPoolExecutor(_AT_ONCE) as pool:
        return sum(pool.map(remove, stacks.values()))


def _with_lock(client: Any, bucket: str, version: Version) -> Version:
    said = client.head_object(Bucket=bucket, Key=version.key, VersionId=version.version)
    mode, until = said.get("ObjectLockMode", ""), said.get("ObjectLockRetainUntilDate")
    return replace(version, mode=mode, until=until)


def _remove_marker(client: Any, bucket: str, marker: Version) -> None:
    client.delete_object(Bucket=bucket, Key=marker.key, VersionId=marker.version)


def _copy_over(client: Any, bucket: str, version: Version, until: datetime) -> None:
    source = {"Bucket": bucket, "Key": version.key, "VersionId": version.version}
    made = client.copy_object(Bucket=bucket, Key=version.key, CopySource=source)
    # A copy in SeaweedFS has the lock of its source, which began earlier: it is extended.
    lock = {"Mode": "COMPLIANCE", "RetainUntilDate": until}
    client.put_object_retention(
        Bucket=bucket, Key=version.key, VersionId=made["VersionId"], Retention=lock
    )


def plan_for(client: Any, bucket: str, before: datetime) -> Plan:
    """What brings the bucket back to a moment."""
    return plan_recovery(list_versions(client, bucket), before)
