"""Bytes at risk: what a dead leader's disk holds beyond the farthest copy elsewhere.

The end of the WAL is read from the disk itself with `pg_waldump`, which stops where no valid record
follows. Patroni's `/status` is no substitute: it is up to a loop old and says too little.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from dr import lsn
from dr.database_facts import DatabaseFacts
from dr.faults import Faults
from inventory.transport import Completed

__all__ = ["WalTail", "WalTailUnread", "end_of_wal", "newest_timeline", "read_tail"]

_SEGMENT = re.compile(r"^([0-9A-F]{8})[0-9A-F]{16}$")
_POSITION = re.compile(r"\b([0-9A-Fa-f]+/[0-9A-Fa-f]+)\b")
_ERROR = re.compile(r"error in WAL record at ([0-9A-Fa-f]+/[0-9A-Fa-f]+): (.*)")
_IN_SEGMENT = re.compile(r"segment ([0-9A-F]{24}),.*? offset (\d+)")
_NO_SEGMENT = re.compile(r"could not (?:find|open) file .*?\b([0-9A-F]{24})\b")
_NOTHING = re.compile(r"could not find a valid record after ")
_SEGMENT_BYTES = 16 * 2**20
"""The size that `initdb` gives WAL files unless told otherwise."""


class WalTailUnread(Exception):
    """The end of the WAL could not be read: the sentence says why."""


@dataclass(frozen=True, slots=True)
class WalTail:
    """How far the WAL on a dead leader's disk goes beyond what others have received."""

    host: str
    end: int
    """First byte after the last valid record."""
    received: int
    """Farthest position that a host outside the disaster area has received."""

    @property
    def bytes_at_risk(self) -> int:
        """Bytes that exist on the dead disk only; never negative."""
        return max(0, self.end - self.received)


def read_tail(faults: Faults, host: str, facts: DatabaseFacts, received: int) -> WalTail:
    """Read the end of the WAL from the disk of a dead host; WalTailUnread where that fails."""
    folder = f"{facts.data_directory}/pg_wal"
    listed = faults.exec_disk(host, ["ls", folder])
    if not listed.is_ok:
        raise WalTailUnread(f"{host}: {folder} cannot be listed: {listed.stderr.strip()}")
    timeline = newest_timeline(listed.stdout.split())
    argv = [f"{facts.bin_directory}/pg_waldump", "-p", folder, "-t", str(timeline), "-q"]
    done = faults.exec_disk(host, [*argv, "-s", lsn.to_text(received)])
    return WalTail(host, end_of_wal(done, received), received)


def end_of_wal(done: Completed, start: int) -> int:
    """Find the end of the WAL in what `pg_waldump` said; WalTailUnread where it did not say it."""
    error = _ERROR.search(done.stderr)
    if error:
        # "error in WAL record at A: invalid record length at B": A is the last good record, and
        # its end B is the first byte that is no record.
        return _end_in(error[2]) or lsn.from_text(error[1])
    if _NOTHING.search(done.stderr):
        # Not one whole record follows: the copy is as far as the disk.
        return start
    missing = _NO_SEGMENT.search(done.stderr)
    if missing:
        return max(start, _segment_start(missing[1]))
    said = done.stderr.strip()[-300:] or f"return code {done.returncode}"
    raise WalTailUnread(f"{done.host}: the end of the WAL was not found: {said}")


def _end_in(words: str) -> int | None:
    place = _IN_SEGMENT.search(words)
    if place:
        return _segment_start(place[1]) + int(place[2])
    positions = _POSITION.findall(words)
    return lsn.from_text(positions[-1]) if positions else None


def _segment_start(name: str) -> int:
    return (int(name[8:16], 16) << 32) + int(name[16:24], 16) * _SEGMENT_BYTES


def newest_timeline(names: Iterable[str]) -> int:
    """Give the newest timeline among the names of WAL files; WalTailUnread where there is none."""
    found = [int(match[1], 16) for name in names if (match := _SEGMENT.match(name))]
    if not found:
        raise WalTailUnread("there is no WAL file")
    return max(found)
