"""Saving the tail: WAL files, their records in words, and every row that would be erased; whole or not at all."""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
import socket
import time
from dataclasses import asdict, dataclass
from pathlib import Path

from diverged.server import SaveFailed, psql, rows_of, run, serving
from diverged.tail import Tail, fork_point, lsn_of, read_tail, segment_of

__all__ = ["Saved", "save"]

_CONTROL = re.compile(r"^(?P<key>[^:]+):\s+(?P<value>.*)$", re.MULTILINE)
_ROOM_BYTES = 64 * 2**20
"""What must stay free on the disk beside the copy."""


@dataclass(frozen=True, slots=True)
class Saved:
    """What was saved, as `meta.json` has it."""

    host: str
    at: float
    system: str
    data: str
    timeline: int
    source_timeline: int
    fork: str
    end: str
    bytes: int
    records: int
    commits: int
    rows: int
    kinds: dict[str, int]
    files: dict[str, str]


def save(programs: Path, data: Path, source: str, home: Path) -> Path | None:
    """Save what `data` has beyond the source's history into a folder below `home`.

    None where nothing diverged. Raises SaveFailed; then nothing may be erased.
    """
    control = _control(programs, data)
    timeline = _timeline(control)
    newest, history = _history(programs, source)
    fork = fork_point(history, timeline)
    if fork is None:
        return None
    words = run(
        [str(programs / "pg_waldump"), "-p", str(data / "pg_wal"), "-t", str(timeline), "-s", fork]
    )
    tail = read_tail(words.stdout.splitlines())
    if not tail.records:
        if "could not find a valid record after" in words.stderr:
            return None
        raise SaveFailed(f"the WAL after {fork} cannot be read: {words.stderr.strip()[-300:]}")
    folder = home / f"{timeline}-{fork.replace('/', '-')}-{tail.last.replace('/', '-')}"
    if (folder / "meta.json").exists():
        return folder
    partial = folder.with_name(f".{folder.name}.{os.getpid()}")
    try:
        return _save_into(
            partial, folder, programs, data, control, newest, fork, tail, words.stdout
        )
    except OSError as error:
        raise SaveFailed(f"{error.strerror or error}: {error.filename or partial}") from error
    finally:
        shutil.rmtree(partial, ignore_errors=True)


def _save_into(
    partial: Path,
    folder: Path,
    programs: Path,
    data: Path,
    control: dict[str, str],
    newest: int,
    fork: str,
    tail: Tail,
    words: str,
) -> Path:
    timeline = _timeline(control)
    (partial / "wal").mkdir(parents=True, mode=0o700)
    names = _segments(data, timeline, lsn_of(fork))
    needed = sum((data / "pg_wal" / name).stat().st_size for name in names) + 4 * len(words)
    free = shutil.disk_usage(partial).free
    if free < needed + _ROOM_BYTES:
        raise SaveFailed(
            f"{partial.parent} has {free // 2**20} MB free and needs {(needed + _ROOM_BYTES) // 2**20} MB"
        )
    for name in names:
        shutil.copy2(data / "pg_wal" / name, partial / "wal" / name)
    (partial / "records.txt").write_text(words)
    count = 0
    with serving(programs, data) as where, (partial / "rows.jsonl").open("w") as file:
        for row in rows_of(programs, where, tail.relations, tail.committed):
            file.write(json.dumps(row, ensure_ascii=False, sort_keys=True) + "\n")
            count += 1
    hashes = {}
    for path in sorted(partial.rglob("*")):
        if path.is_file():
            hashes[str(path.relative_to(partial))] = _sync(path)
    saved = Saved(
        host=socket.gethostname(),
        at=time.time(),
        system=control["Database system identifier"],
        data=str(data),
        timeline=timeline,
        source_timeline=newest,
        fork=fork,
        end=tail.last,
        bytes=lsn_of(tail.last) - lsn_of(fork),
        records=tail.records,
        commits=len(tail.committed),
        rows=count,
        kinds=dict(sorted(tail.kinds.items())),
        files=hashes,
    )
    (partial / "meta.json").write_text(json.dumps(asdict(saved), indent=1) + "\n")
    _sync(partial / "meta.json")
    partial.rename(folder)
    for place in (folder, folder.parent):
        descriptor = os.open(place, os.O_RDONLY)
        os.fsync(descriptor)
        os.close(descriptor)
    return folder


def _control(programs: Path, data: Path) -> dict[str, str]:
    done = run([str(programs / "pg_controldata"), "-D", str(data)])
    if done.returncode != 0:
        raise SaveFailed(f"{data} cannot be read: {done.stderr.strip()[-300:]}")
    return {match["key"]: match["value"].strip() for match in _CONTROL.finditer(done.stdout)}


def _timeline(control: dict[str, str]) -> int:
    """The timeline that the server was on: a replica may have gone on to a newer one since its checkpoint."""
    checkpoint = int(control["Latest checkpoint's TimeLineID"])
    return max(checkpoint, int(control.get("Min recovery ending loc's timeline", "0")))


def _history(programs: Path, source: str) -> tuple[int, str]:
    """The newest timeline of the source and its history; (1, "") where it never changed."""
    listed = psql(programs, ["-d", source], "select pg_ls_dir('pg_wal', true, false)")
    names = sorted(name for name in listed.split() if name.endswith(".history"))
    if not names:
        return 1, ""
    text = psql(
        programs,
        ["-d", source],
        f"select convert_from(pg_read_binary_file('pg_wal/{names[-1]}'), 'UTF8')",
    )
    return int(names[-1].removesuffix(".history"), 16), text


def _segments(data: Path, timeline: int, fork: int) -> list[str]:
    first = segment_of(timeline, fork)
    return sorted(
        path.name
        for path in (data / "pg_wal").iterdir()
        if re.fullmatch(r"[0-9A-F]{24}(\.partial)?", path.name)
        and path.name[:8] == first[:8]
        and path.name[:24] >= first
    )


def _sync(path: Path) -> str:
    """Bring a file to the disk; its SHA-256."""
    with path.open("rb") as file:
        os.fsync(file.fileno())
    return hashlib.sha256(path.read_bytes()).hexdigest()
