"""The banks' files of a run: made from the database alone, noted with their sums, made again and sent again at will.

Noting a file posts its sum once, from what is under way to the treasury; a file that is there already is compared.
"""

from __future__ import annotations

import hashlib
import shutil
import tempfile
from datetime import date
from pathlib import Path

from nenkin.payments.connection import Connection
from nenkin.payments.ranges import locked, sender, write_ranges
from nenkin.payments.run import InvalidRun, Run
from nenkin.payments.stream import Chosen, stream_rows
from nenkin.zengin.dialect import Dialect
from nenkin.zengin.manifest import Entry, Manifest
from nenkin.zengin.run import Limits, RunDiffers, write_manifest, write_run

__all__ = ["is_closed", "resend_file", "write_files"]

_NOTE = """
    WITH noted AS (
        INSERT INTO nenkin.files (name, paid, bank, sequence, count, total, size, sha256)
        VALUES (%s, %s, %s, %s, %s, %s, %s, %s) RETURNING paid, total)
    INSERT INTO nenkin.postings (amount, paid, debit, credit) SELECT total, paid, 'transit', 'treasury' FROM noted"""
_CLOSE = "INSERT INTO nenkin.manifests (paid, count, total, sha256) VALUES (%s, %s, %s, %s)"
_FILES = """
    SELECT name, bank, sequence, count, total, size, sha256 FROM nenkin.files WHERE paid = %s ORDER BY bank, sequence"""


def is_closed(connection: Connection, paid: date) -> bool:
    """Whether the files of a day were made and noted."""
    query = "SELECT 1 FROM nenkin.manifests WHERE paid = %s"
    return connection.execute(query, (paid,)).fetchone() is not None


def write_files(
    dsn: str,
    connection: Connection,
    run: Run,
    folder: Path,
    limits: Limits | None = None,
    workers: int = 1,
) -> Manifest:
    """Writes the files and the manifest of a run whose parts are done, and notes them.

    Raises RunDiffers where they are not what was noted before; RangeFailed, OSError.
    """
    with locked(folder):
        entries = write_ranges(dsn, connection, run, folder, workers, limits)
        manifest = write_manifest(folder, run.paid, entries)
    with connection.transaction():
        connection.execute("LOCK TABLE nenkin.manifests IN SHARE ROW EXCLUSIVE MODE")
        if is_closed(connection, run.paid):
            noted = tuple(Entry(*row) for row in connection.execute(_FILES, (run.paid,)).fetchall())
            _require_same(noted, manifest.files, folder)
            return manifest
        for file in manifest.files:
            values = (file.bank, file.sequence, file.count, file.total, file.size, file.sha256)
            connection.execute(_NOTE, (file.name, run.paid, *values))
        sha256 = hashlib.sha256(manifest.to_json().encode()).hexdigest()
        connection.execute(_CLOSE, (run.paid, manifest.count, manifest.total, sha256))
    return manifest


def resend_file(
    connection: Connection,
    name: str,
    folder: Path,
    who: str,
    why: str,
    limits: Limits | None = None,
) -> Entry:
    """Makes one noted file anew, alone, and notes who sent it again and why; it pays and posts nothing.

    Raises InvalidRun where there is none of that name; RunDiffers, OSError.
    """
    query = """
        SELECT f.name, f.bank, f.sequence, f.count, f.total, f.size, f.sha256, r.paid, r.through
        FROM nenkin.files f JOIN nenkin.runs r USING (paid) WHERE name = %s"""
    row = connection.execute(query, (name,)).fetchone()
    if row is None:
        raise InvalidRun(f"file {name!r}: no run has made a file of that name")
    wanted, paid, through = Entry(*row[:7]), row[7], row[8]
    with tempfile.TemporaryDirectory(dir=folder, prefix=".again-") as scratch:
        rows = stream_rows(connection, Chosen(paid, through).of_bank(wanted.bank))
        made = write_run(Path(scratch), paid, sender(paid), rows, Dialect.at(paid), limits)
        _require_same((wanted,), tuple(f for f in made.files if f.name == name), folder)
        path = folder / name
        if not path.exists():
            shutil.move(Path(scratch) / name, path)
        with path.open("rb") as there:
            if hashlib.file_digest(there, "sha256").hexdigest() != wanted.sha256:
                raise RunDiffers(f"{path} is there with other bytes; take it away, then ask again")
    note = "INSERT INTO nenkin.sendings (name, who, why) VALUES (%s, %s, %s)"
    connection.execute(note, (name, who, why))
    return wanted


def _require_same(noted: tuple[Entry, ...], made: tuple[Entry, ...], folder: Path) -> None:
    if noted == made:
        return
    differing = {entry.name for entry in noted} ^ {entry.name for entry in made}
    differing |= {a.name for a in noted for b in made if a.name == b.name and a != b}
    raise RunDiffers(
        f"{folder}: {', '.join(sorted(differing)[:10])} are not the files that were noted; send none of them"
    )
