"""Reading ledgers so that two millions of rows can be compared exactly without being sent.

Each server sorts its rows into shares by a hash of their key and gives for every share the number of rows and two sums of
64-bit hashes over whole rows. Shares that agree hold the same rows (but for a chance of 2^-128); of the others every row is
read.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

from dr.backups.comparison import Difference, compare
from dr.evidence import LedgerEntry
from dr.failure import require
from dr.layout import Layout
from dr.ledger import parse_ledger
from inventory.parts import Service
from inventory.transport import Transport

__all__ = ["Place", "array", "ask", "difference", "read_commits", "read_keys", "table_of"]

_SHARES = 65536
_DEADLINE_S = 600.0
_SHARE = f"(hashtextextended(key, 0) & {_SHARES - 1})"
_ROW = "concat_ws(E'\\t', key, content, entries)"


@dataclass(frozen=True, slots=True)
class Place:
    """A server that can be asked as its superuser: on its host, by a socket."""

    host: str
    socket: str = ""


def difference(
    transport: Transport, layout: Layout, service: Service, restored: Place, living: Place
) -> tuple[int, Difference]:
    """Compare every row of a service's ledger; how many the restored one has, and what differs."""
    there, here = (_shares(transport, layout, service, p) for p in (restored, living))
    shares = there.keys() | here.keys()
    unequal = sorted(share for share in shares if there.get(share) != here.get(share))
    rows = [_rows_of(transport, layout, service, p, unequal) for p in (restored, living)]
    return sum(count for count, _ in there.values()), compare(*rows)


def read_keys(
    transport: Transport, layout: Layout, service: Service, place: Place, keys: Collection[str]
) -> Mapping[str, LedgerEntry]:
    """The entries of a ledger under some keys."""
    if not keys:
        return {}
    where = f"key = any({array(keys)})"
    return parse_ledger(ask(transport, layout, service, place, _select(service, where)))


def read_commits(
    transport: Transport, layout: Layout, service: Service, place: Place, keys: Collection[str]
) -> Mapping[str, float | None]:
    """When the rows under some keys were committed, as the server's WAL has it; None where that is forgotten.

    The ledger is a view; the table below it that has its key is asked. Nothing where there is not exactly one.
    """
    if not keys:
        return {}
    table = table_of(transport, layout, service, place)
    if table is None:
        return {}
    said = ask(
        transport,
        layout,
        service,
        place,
        "select key::text, extract(epoch from pg_xact_commit_timestamp(xmin))"
        f" from {table} where key::text = any({array(keys)})",
    )
    pairs = (line.split("\t") for line in said.splitlines())
    return {key: float(at) if at else None for key, at in pairs}


def table_of(transport: Transport, layout: Layout, service: Service, place: Place) -> str | None:
    """The one table with a key below a service's ledger; None where there is not exactly one."""
    said = ask(transport, layout, service, place, _TABLES.format(ledger=service.ledger)).split()
    return said[0] if len(said) == 1 else None


_TABLES = (
    "select distinct format('%I.%I', u.table_schema, u.table_name)"
    " from information_schema.view_table_usage u"
    " join information_schema.columns c using (table_schema, table_name)"
    " where format('%s.%s', u.view_schema, u.view_name) = '{ledger}' and c.column_name = 'key'"
)


def _shares(
    transport: Transport, layout: Layout, service: Service, place: Place
) -> dict[int, tuple[int, str]]:
    statement = (
        f"select {_SHARE}, count(*), sum(hashtextextended({_ROW}, 1)::numeric),"
        f" sum(hashtextextended({_ROW}, 2)::numeric) from {service.ledger} group by 1"
    )
    found = {}
    for line in ask(transport, layout, service, place, statement).splitlines():
        share, count, *sums = line.split("\t")
        found[int(share)] = (int(count), "\t".join(sums))
    return found


def _rows_of(
    transport: Transport, layout: Layout, service: Service, place: Place, shares: Iterable[int]
) -> Mapping[str, LedgerEntry]:
    wanted = ",".join(map(str, shares))
    if not wanted:
        return {}
    where = f"{_SHARE} = any('{{{wanted}}}'::bigint[])"
    return parse_ledger(ask(transport, layout, service, place, _select(service, where)))


def _select(service: Service, where: str) -> str:
    # The relation comes from the estate, where it is held to letters, one dot and underscores.
    return f"select key, content, entries from {service.ledger} where {where}"


def array(keys: Collection[str]) -> str:
    """Keys as an array of SQL; a key that would need quoting is none of a ledger's."""
    quoted = ",".join(f"'{key}'" for key in keys if "'" not in key and "\\" not in key)
    return f"array[{quoted}]::text[]"


def ask(
    transport: Transport, layout: Layout, service: Service, place: Place, statement: str
) -> str:
    """Run a statement in a service's database; HostFailed where that fails."""
    argv = layout.script(str(service.database), socket=place.socket)
    text = f"set local work_mem = '64MB';\n{statement};\n"
    done = transport.run(place.host, argv, deadline_s=_DEADLINE_S, stdin=text, sudo=True)
    return require(done, f"read the ledger of {service.name}").stdout
