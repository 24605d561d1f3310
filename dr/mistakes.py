"""A wrong deletion and the way back from it: a restore beside the living service, and the rows put where they were.

The service goes on all the while. Nothing is rolled back: what was posted after the deletion stays.
"""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

from dr import scenario as s
from dr.backups import deletions
from dr.backups.prove import hand_over
from dr.backups.repository import Backup, make_backup, read_repository
from dr.backups.restore import bring_up, take_away
from dr.backups.rows import Place, array, ask, difference, table_of
from dr.brought_back import BroughtBack
from dr.course import Course
from dr.failure import DrillAborted, require
from dr.result import Result
from inventory.parts import Service

__all__ = ["PUT", "back_up", "bring_back", "delete_wrongly", "restore_beside"]

_CALL_S = 120.0
_SEGMENTS = (
    "select pg_relation_filepath('{table}'), current_setting('data_directory'),"
    " (select min(name) from pg_ls_waldir() where modification >= to_timestamp({since})"
    "  and name ~ '^[0-9A-F]{{24}}$' and left(name, 8) = left(pg_walfile_name(pg_current_wal_lsn()), 8)),"
    " pg_walfile_name(pg_current_wal_lsn())"
)
PUT = """\
create temp table brought_back (like {table}) on commit drop;
copy brought_back from stdin;
{rows}\\.
with put as (
    insert into {table} overriding system value select * from brought_back on conflict do nothing returning 1
) select count(*) from put;
"""
_REMOVE = "remove the restored server"


def back_up(course: Course) -> Result:
    """Make a full backup of every cluster with a service under drill: what a night's backup is."""
    made = []
    for name in _clusters(course):
        kit = course.kit
        backup = make_backup(kit.transport, kit.layout, _leader(course, name), name, "full")
        made.append(f"{backup.label} of {name}")
    return Result(True, ", ".join(made))


def delete_wrongly(course: Course, step: s.WrongDelete) -> Result:
    """Delete as an operator does who is the superuser: triggers do not hold him up, and every copy follows at once."""
    service, leader = _service(course, step.service)
    table = _table(course, service, leader)
    course.set_moments(fault=course.now())
    course.mark("fault", step.title, step.title_ja)
    statement = (
        "set local session_replication_role = replica;\n"
        f"with gone as (delete from {table} where {step.where} returning 1) select count(*) from gone"
    )
    said = ask(course.kit.transport, course.kit.layout, service, Place(leader), statement)
    return Result(True, f"{said.strip()} rows of {table} were deleted")


def restore_beside(course: Course, step: s.RestoreBeside) -> Result:
    """Find the deletion in the WAL and bring the backup to life as it was just before, on a host of its own."""
    kit = course.kit
    service, leader = _service(course, step.service)
    cluster, host = str(service.cluster), _restore_host(course)
    table = _table(course, service, leader)
    kit.progress.doing("looking for the deletion in the WAL")
    backups = read_repository(kit.transport, kit.layout, host, cluster).backups
    if not backups:
        raise DrillAborted(f"there is no backup of {cluster}")
    found = _find(course, service, leader, table, backups[-1])
    hand_over(kit.transport, kit.layout, leader)
    course.undo.push(_REMOVE, lambda: take_away(kit.transport, kit.layout, host, cluster))
    kit.progress.doing(f"restoring {backups[-1].label} on {host}")
    arguments = ("--type=xid", f"--target={found['transaction']}", "--target-exclusive")
    server = bring_up(kit.transport, kit.layout, host, cluster, backups[-1], arguments)
    course.restored = server
    course.brought_back.append(
        BroughtBack(
            service=service.name,
            table=table,
            leader=leader,
            transaction=int(found["transaction"]),
            committed_at=str(found["committed_at"]),
            deleted=int(found["deleted"]),
            restored_on=host,
            backup=backups[-1].label,
            bytes=server.bytes,
            copy_s=round(server.copy_s, 3),
            start_s=round(server.start_s, 3),
        )
    )
    return Result(
        True,
        f"transaction {found['transaction']} deleted {found['deleted']} rows of {table};"
        f" {host} has them as they were",
    )


def bring_back(course: Course, step: s.BringBack) -> Result:
    """Put what only the restored server has into the living one and look that nothing is missing; nothing is overwritten."""
    kit = course.kit
    service, leader = _service(course, step.service)
    server = course.restored
    if server is None:
        raise DrillAborted("no restored server is there to bring rows from")
    restored, living = Place(server.host, server.socket), Place(leader)
    table = _table(course, service, leader)
    _, before = difference(kit.transport, kit.layout, service, restored, living)
    keys = list(before.only_restored)
    count = 0
    if keys:
        copied = f"copy (select * from {table} where key::text = any({array(keys)})) to stdout"
        rows = ask(kit.transport, kit.layout, service, restored, copied)
        put = ask(kit.transport, kit.layout, service, living, PUT.format(table=table, rows=rows))
        count = int(put)
    _, after = difference(kit.transport, kit.layout, service, restored, living)
    missing = len(after.only_restored)
    course.brought_back[-1] = replace(
        course.brought_back[-1], missing=len(keys), brought_back=count, still_missing=missing
    )
    take_away(kit.transport, kit.layout, server.host, server.cluster)
    course.undo.forget(_REMOVE)
    course.restored = None
    said = f"{count} of {len(keys)} rows were brought back"
    if missing or after.unlike:
        return Result(False, f"{said}; {missing} are still missing, {len(after.unlike)} differ")
    return Result(True, said)


def _find(
    course: Course, service: Service, leader: str, table: str, since: Backup
) -> dict[str, Any]:
    kit = course.kit
    statement = _SEGMENTS.format(table=table, since=since.started)
    said = ask(kit.transport, kit.layout, service, Place(leader), statement).strip()
    path, data, first, last = said.split("\t")
    # base/<database>/<file>; 1663 is the default tablespace.
    relation = "1663/" + path.removeprefix("base/")
    argv = [
        kit.layout.python,
        "-sB",
        "-",
        kit.layout.postgres_programs,
        data,
        first,
        last,
        relation,
    ]
    program = Path(deletions.__file__).read_text(encoding="utf-8")
    done = kit.transport.run(leader, argv, deadline_s=_CALL_S, stdin=program, sudo=True)
    found: dict[str, Any] | None = json.loads(require(done, "read its WAL").stdout)
    if found is None:
        raise DrillAborted(f"the WAL of {leader} since {since.label} has no deletion in {table}")
    return found


def _clusters(course: Course) -> list[str]:
    return list(dict.fromkeys(str(service.cluster) for service in course.plan.services.values()))


def _service(course: Course, name: str) -> tuple[Service, str]:
    service = course.plan.services[name]
    return service, _leader(course, str(service.cluster))


def _leader(course: Course, cluster: str) -> str:
    standing = course.standing(cluster)
    if standing is None or standing.leader is None:
        raise DrillAborted(f"nobody leads {cluster}")
    return standing.leader


def _table(course: Course, service: Service, leader: str) -> str:
    table = table_of(course.kit.transport, course.kit.layout, service, Place(leader))
    if table is None:
        raise DrillAborted(f"the ledger of {service.name} has no table with keys below it")
    return table


def _restore_host(course: Course) -> str:
    hosts = course.plan.areas.hosts_with("restore")
    if not hosts:
        raise DrillAborted("the slice has no host of role restore")
    return hosts[0]
