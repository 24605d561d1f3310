"""The diverged data folder, opened to be read: a private hot standby that writes no WAL and that nobody else reaches."""

from __future__ import annotations

import json
import subprocess
import tempfile
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from pathlib import Path

__all__ = ["SaveFailed", "psql", "rows_of", "serving"]

_PORT = "5999"
_START_S = 60


class SaveFailed(Exception):
    """The tail could not be saved: the sentence says why."""


def run(argv: list[str], *, deadline_s: float = 120.0) -> subprocess.CompletedProcess[str]:
    """Run one of PostgreSQL's programs; SaveFailed where it cannot be run at all."""
    try:
        return subprocess.run(
            argv, capture_output=True, text=True, errors="replace", check=False, timeout=deadline_s
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise SaveFailed(f"{argv[0]}: {error}") from error


def psql(programs: Path, where: list[str], query: str) -> str:
    """The answer to a query, rows without decoration; SaveFailed where there is none."""
    done = run([str(programs / "psql"), "-XAtq", "-v", "ON_ERROR_STOP=1", *where, "-c", query])
    if done.returncode != 0:
        raise SaveFailed(f"a query failed: {done.stderr.strip()[-300:]}")
    return done.stdout


@contextmanager
def serving(programs: Path, data: Path) -> Iterator[list[str]]:
    """Open `data` read-only; gives psql's words that lead to it. The folder is shut down in order afterwards.

    As a standby without a source it replays what it has, on its own timeline, and adds nothing.
    """
    signal = data / "standby.signal"
    is_ours = not signal.exists()
    with tempfile.TemporaryDirectory(prefix="diverged-") as place:
        settings = {
            "listen_addresses": "",
            "port": _PORT,
            "unix_socket_directories": place,
            "primary_conninfo": "",
            "primary_slot_name": "",
            "restore_command": "",
            "recovery_target_timeline": "current",
            "archive_mode": "off",
            "hot_standby": "on",
            "ssl": "off",
            "hba_file": str(_hba(Path(place))),
        }
        options = " ".join(f"-c {key}='{value}'" for key, value in settings.items())
        log = Path(place) / "log"
        control = [str(programs / "pg_ctl"), "-D", str(data), "-w", "-t", str(_START_S)]
        if is_ours:
            signal.touch()
        try:
            done = run([*control, "-l", str(log), "-o", options, "start"])
            if done.returncode != 0:
                said = log.read_text(errors="replace") if log.exists() else done.stderr
                raise SaveFailed(f"the folder cannot be opened: {said.strip()[-300:]}")
            try:
                yield ["-h", place, "-p", _PORT]
            finally:
                stopped = run([*control, "-m", "fast", "stop"])
                if stopped.returncode != 0:
                    raise SaveFailed(f"it does not stop: {stopped.stderr.strip()[-300:]}")
        finally:
            if is_ours:
                signal.unlink(missing_ok=True)


def _hba(place: Path) -> Path:
    path = place / "pg_hba.conf"
    # The socket lies in a folder of mode 0700 that only this account can enter.
    path.write_text("local all all trust\n")
    return path


def rows_of(
    programs: Path,
    where: list[str],
    relations: Collection[tuple[int, int, int]],
    committed: Collection[int],
) -> Iterator[dict[str, object]]:
    """Every row that the committed transactions wrote, by database and table, as it stands now."""
    names = psql(
        programs,
        [*where, "-d", "postgres"],
        "select oid || '|' || datname from pg_database where datallowconn order by oid",
    )
    written = ",".join(str(xid) for xid in committed) or "0"
    for line in names.splitlines():
        oid, _, database = line.partition("|")
        nodes = sorted((space, node) for space, base, node in relations if base == int(oid))
        if not nodes:
            continue
        pairs = ",".join(f"({space}::oid,{node}::oid)" for space, node in nodes)
        tables = psql(
            programs,
            [*where, "-d", database],
            f"select c.oid::regclass from (values {pairs}) as f(space, node) "
            "join pg_class c on c.oid = pg_filenode_relation(f.space, f.node) "
            "where c.relkind = 'r' "
            "and c.relnamespace <> 'pg_catalog'::regnamespace order by 1",
        )
        for table in tables.splitlines():
            found = psql(
                programs,
                [*where, "-d", database],
                f"select jsonb_build_object('xid', xmin::text, 'row', to_jsonb(t)) from {table} t "
                f"where xmin::text::bigint in ({written})",
            )
            for row in found.splitlines():
                yield {"database": database, "table": table, **json.loads(row)}
