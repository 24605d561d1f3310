"""The folder of a chain: its files, who may write them now, and how a write survives a crash.

A chain's folder holds `records.jsonl` (one entry a line), `head.json` and, where an append was cut
short, `torn-N-H.bin`: bytes that were no entry, set aside before entry N took their place.
"""

from __future__ import annotations

import contextlib
import errno
import fcntl
import os
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from proof.canonical import digest
from proof.errors import AppendFailed, ChainBusy, InvalidChain

__all__ = [
    "HEAD_FILE",
    "RECORDS_FILE",
    "ChainFiles",
    "Tail",
    "commit",
    "hold",
    "list_asides",
    "make_folder",
    "read_chain",
    "read_first_line",
    "read_head_file",
    "read_tail",
    "set_aside",
    "write_head",
]

RECORDS_FILE = "records.jsonl"
HEAD_FILE = "head.json"
_NEW_HEAD = "head.json.new"
_BLOCK = 65536
_PAUSE_S = 0.01
_MODE = 0o640


@dataclass(frozen=True, slots=True)
class ChainFiles:
    """The bytes of a chain's files; the arguments of `proof.verify.verify`."""

    lines: bytes
    head: bytes | None
    asides: Mapping[str, bytes]


@dataclass(frozen=True, slots=True)
class Tail:
    """The end of `records.jsonl`: at most its last two whole lines, and what follows them."""

    lines: tuple[bytes, ...]
    end: int
    """Where the last whole line ends, in bytes from the beginning."""
    size: int


def make_folder(folder: Path) -> None:
    """Make the folder of a chain where it is missing."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        _sync_folder(folder.parent)
    except OSError as error:
        raise InvalidChain(f"{folder}: {error.strerror}; name a folder that can be made") from error


@contextlib.contextmanager
def hold(
    folder: Path, *, deadline_s: float, is_writing: bool, is_new: bool = False
) -> Iterator[int]:
    """Hold a chain, alone for writing, and give its open records; ChainBusy after the deadline."""
    flags = (os.O_RDWR if is_writing else os.O_RDONLY) | (os.O_CREAT if is_new else 0)
    # A link or a pipe that somebody put there is neither followed nor waited for.
    flags |= os.O_CLOEXEC | os.O_NOFOLLOW | os.O_NONBLOCK
    try:
        records = os.open(folder / RECORDS_FILE, flags, _MODE)
    except FileNotFoundError as error:
        raise InvalidChain(
            f"{folder}: holds no {RECORDS_FILE}; name the folder of a chain"
        ) from error
    except OSError as error:
        raise InvalidChain(
            f"{folder}/{RECORDS_FILE}: {error.strerror}; it must be a file that can be opened"
        ) from error
    try:
        _wait_for_lock(records, fcntl.LOCK_EX if is_writing else fcntl.LOCK_SH, folder, deadline_s)
        yield records
    finally:
        os.close(records)  # the lock goes with it


def _wait_for_lock(records: int, kind: int, folder: Path, deadline_s: float) -> None:
    until = time.monotonic() + deadline_s
    while True:
        try:
            return fcntl.flock(records, kind | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() >= until:
                raise ChainBusy(
                    f"{folder}: another process has held the chain for {deadline_s:g} s; wait for"
                    " it and try again"
                ) from None
            time.sleep(_PAUSE_S)


def read_chain(folder: Path, *, deadline_s: float = 10.0, is_expected: bool = False) -> ChainFiles:
    """Read a chain's files as they are at one moment.

    Without any file there is no chain, InvalidChain, unless one is expected to be there: then it is
    for the verifier to say what is gone.
    """
    if not folder.is_dir():
        raise InvalidChain(f"{folder}: is no folder; name the folder of a chain")
    if not os.path.lexists(folder / RECORDS_FILE):
        head = read_head_file(folder)
        if head is not None or is_expected:
            return ChainFiles(b"", head, _read_asides(folder))
    with hold(folder, deadline_s=deadline_s, is_writing=False) as records:
        lines = b"".join(iter(lambda: os.read(records, 1 << 20), b""))
        return ChainFiles(lines, read_head_file(folder), _read_asides(folder))


def read_head_file(folder: Path) -> bytes | None:
    """Read the head, None where there is none."""
    try:
        return (folder / HEAD_FILE).read_bytes()
    except FileNotFoundError:
        return None
    except OSError as error:
        raise InvalidChain(f"{folder}/{HEAD_FILE}: {error.strerror}; it must be a file") from error


def read_first_line(records: int) -> bytes:
    """Read the first line of the records."""
    data = b""
    while b"\n" not in data and (block := os.pread(records, _BLOCK, len(data))):
        data += block
    return data.partition(b"\n")[0]


def read_tail(records: int) -> Tail:
    """Read the end of the records, however long they are."""
    size = start = os.fstat(records).st_size
    data = b""
    while start > 0 and data.count(b"\n") < 3:
        start = max(0, start - _BLOCK)
        data = os.pread(records, size - start - len(data), start) + data
    whole, end, torn = data.rpartition(b"\n")
    lines = whole.split(b"\n") if end else []
    return Tail(tuple(lines[-2:]), size - len(torn), size)


def list_asides(folder: Path, seq: int) -> dict[str, bytes]:
    """Give the bytes that were set aside to make room for an entry, by file name."""
    return _read_asides(folder, f"torn-{seq:06d}-*.bin")


def set_aside(folder: Path, records: int, *, kept: int, seq: int) -> None:
    """Move what stands behind `kept` bytes into a file; doing it again after a crash does no harm."""
    data = os.pread(records, os.fstat(records).st_size - kept, kept)
    try:
        # The name says the content, so the file of an attempt that was killed is written anew.
        _write_file(folder / f"torn-{seq:06d}-{digest(data)[:8]}.bin", data)
        _sync_folder(folder)
        os.ftruncate(records, kept)
        os.fsync(records)
    except OSError as error:
        raise _failed(folder, error, len(data)) from error


def commit(folder: Path, records: int, *, end: int, line: bytes, head: bytes) -> None:
    """Write an entry behind `end` bytes and its head; AppendFailed leaves both as they were.

    The new head is on the disk before the entry is, under another name, and takes its place after:
    a full disk is met before anything has changed, and a crash leaves at most one entry more than
    the head speaks for.
    """
    new_head = folder / _NEW_HEAD
    try:
        _write_file(new_head, head)
        _write_all(records, line, end)
        os.fsync(records)
        new_head.replace(folder / HEAD_FILE)
    except OSError as error:
        with contextlib.suppress(OSError):  # what cannot be taken back is set aside next time
            os.ftruncate(records, end)
            os.fsync(records)
        raise _failed(folder, error, len(line) + len(head)) from error
    try:
        _sync_folder(folder)
    except OSError as error:
        raise AppendFailed(
            f"{folder}: the entry is written, but the disk did not confirm its head"
            f" ({error.strerror}); verify the chain before the next act"
        ) from error


def write_head(folder: Path, head: bytes) -> None:
    """Write the head of an entry that was left without one; AppendFailed leaves the old head."""
    new_head = folder / _NEW_HEAD
    try:
        _write_file(new_head, head)
        new_head.replace(folder / HEAD_FILE)
        _sync_folder(folder)
    except OSError as error:
        raise _failed(folder, error, len(head)) from error


def _failed(folder: Path, error: OSError, needed: int) -> AppendFailed:
    before = "the act is not recorded, and the chain stands as before"
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return AppendFailed(
            f"{folder}: the disk is full ({needed} bytes are needed); {before}. Free space there"
            f" (`df {folder}` shows how much there is), then record the act again"
        )
    if error.errno == errno.EFBIG:
        return AppendFailed(
            f"{folder}: a file may not grow further; {before}. Raise the limit (`ulimit -f`), then"
            " record the act again"
        )
    return AppendFailed(
        f"{folder}: the disk refused the write ({error.strerror}); {before}. Repair that, verify"
        " the chain, then record the act again"
    )


def _write_file(path: Path, data: bytes) -> None:
    flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC | os.O_NOFOLLOW
    handle = os.open(path, flags, _MODE)
    try:
        _write_all(handle, data, 0)
        os.fsync(handle)
    finally:
        os.close(handle)


def _write_all(handle: int, data: bytes, offset: int) -> None:
    written = 0
    while written < len(data):
        written += os.pwrite(handle, data[written:], offset + written)


def _sync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _read_asides(folder: Path, pattern: str = "torn-*.bin") -> dict[str, bytes]:
    found = (path for path in sorted(folder.glob(pattern)) if not path.is_symlink())
    return {path.name: path.read_bytes() for path in found if path.is_file()}
