"""What old leaders had that the new ones never saw: saved on each before it was rewound, record by record."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from dr.course import Course
from dr.evidence import Diverged, DivergedRow

__all__ = ["gather_diverged", "key_of", "parse_saved"]

_HOME = "/var/lib/postgresql/diverged"
_DEADLINE_S = 20.0


def gather_diverged(course: Course) -> tuple[Diverged, ...]:
    """Read every tail that was saved since the fault, from the hosts that can be reached."""
    fault = course.moments.fault
    if fault is None:
        return ()
    found = []
    for name, cluster in course.plan.clusters.items():
        for host in cluster.members:
            if course.kit.faults.is_alive(host):
                found += list(_saved_on(course, host, name, fault))
    return tuple(found)


def _saved_on(course: Course, host: str, cluster: str, since: float) -> Iterator[Diverged]:
    argv = ["find", _HOME, "-mindepth", "2", "-name", "meta.json", "-newermt", f"@{since:.0f}"]
    listed = course.kit.transport.run(host, argv, deadline_s=_DEADLINE_S, sudo=True)
    for path in listed.stdout.split() if listed.is_ok else ():
        try:
            meta = course.kit.transport.get(host, path).decode()
            rows = course.kit.transport.get(host, path.replace("meta.json", "rows.jsonl")).decode()
            yield parse_saved(host, cluster, path.removesuffix("/meta.json"), meta, rows)
        except (OSError, ValueError, KeyError) as error:
            course.mark("note", f"{host}: the saved tail {path} cannot be read: {error}")


def parse_saved(host: str, cluster: str, folder: str, meta: str, rows: str) -> Diverged:
    """Read what was saved; ValueError or KeyError where it is not what pg_rewind's stand-in writes."""
    said = json.loads(meta)
    return Diverged(
        host=host,
        cluster=cluster,
        folder=folder,
        fork=str(said["fork"]),
        end=str(said["end"]),
        bytes=int(said["bytes"]),
        records=int(said["records"]),
        commits=int(said["commits"]),
        rows=tuple(_row(json.loads(line)) for line in rows.splitlines() if line.strip()),
    )


def _row(said: Mapping[str, Any]) -> DivergedRow:
    content = said["row"]
    return DivergedRow(
        table=f"{said['database']}.{said['table']}",
        transaction=int(said["xid"]),
        content=json.dumps(content, ensure_ascii=False, sort_keys=True),
        key=key_of(content),
    )


def key_of(content: Mapping[str, Any]) -> str | None:
    """Give the idempotency key of a row, by which its client is found; None where it has none."""
    key = content.get("key")
    return str(key) if key is not None else None
