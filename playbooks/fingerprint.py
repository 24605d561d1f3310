"""The fingerprint of a host: every file that its upper layers hold, less what its roles declare as volatile.

Two runs that leave equal fingerprints left equal hosts: path, type, mode, owner, group, link target and content.
"""

from __future__ import annotations

import hashlib
import os
import re
import stat
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import lru_cache
from pathlib import Path
from typing import TypedDict

import yaml

__all__ = ["Record", "difference", "fingerprint", "volatile_globs"]

_ROLES = Path(__file__).resolve().parent / "roles"
_OPAQUE = "trusted.overlay.opaque"


class Record(TypedDict):
    """One path: `type` is file, folder, link, absent (deleted from the image), fifo, socket or device."""

    type: str
    mode: str
    owner: int
    group: int
    target: str
    sha256: str


def _without_day(data: bytes) -> bytes:
    # The third field is the day of the last password change: the day of the run, not of the estate.
    rows = [row.split(b":") for row in data.splitlines()]
    return b"\n".join(b":".join([*row[:2], b"", *row[3:]]) for row in rows)


def _sorted_lines(data: bytes) -> bytes:
    # Roles run in one order on a bare host and were run in another before: the order of accounts says nothing.
    return b"\n".join(sorted(data.splitlines()))


_NORMALISED: Mapping[str, Callable[[bytes], bytes]] = {
    "/etc/group": _sorted_lines,
    "/etc/gshadow": _sorted_lines,
    "/etc/passwd": _sorted_lines,
    "/etc/shadow": lambda data: _sorted_lines(_without_day(data)),
}


def volatile_globs(roles: Iterable[str]) -> tuple[str, ...]:
    """The volatile paths that these roles of the playbooks declare (`roles/<role>/volatile.yml`), sorted."""
    found: set[str] = set()
    for role in roles:
        path = _ROLES / role / "volatile.yml"
        if path.exists():
            found.update(yaml.safe_load(path.read_text(encoding="utf-8")) or ())
    return tuple(sorted(found))


def fingerprint(
    layers: Iterable[Path], volatile: Iterable[str], image: Path | None = None
) -> dict[str, Record]:
    """Merge overlay upper layers, lowest first, and describe what they hold.

    With `image` (the image's merged root) paths that equal the image's are left out, and deletions of paths that it
    never had: then a host that was built in one layer equals one that was built in two.
    """
    is_volatile = _matcher(tuple(volatile))
    found: dict[str, Record] = {}
    for layer in layers:
        for path, entry in _walk(layer, is_volatile):
            if _is_whiteout(entry):
                _forget(found, path)
                found[path] = _absent()
            elif entry.is_dir(follow_symlinks=False):
                if _is_opaque(entry):
                    _forget(found, path)
                found[path] = _describe(path, Path(entry.path))
            else:
                _forget(found, path)
                found[path] = _describe(path, Path(entry.path))
    if image is not None:
        found = {path: record for path, record in found.items() if not _is_of(image, path, record)}
    return dict(sorted(found.items()))


def difference(before: Mapping[str, Record], after: Mapping[str, Record]) -> tuple[str, ...]:
    """A sentence for every path that differs, sorted; nothing when the fingerprints are equal."""
    found = []
    for path in sorted(before.keys() | after.keys()):
        old, new = before.get(path), after.get(path)
        if old == new:
            continue
        if old is None:
            found.append(f"{path}: only in the second")
        elif new is None:
            found.append(f"{path}: only in the first")
        else:
            a, b = dict(old), dict(new)
            parts = [f"{key} {a[key]} is {b[key]}" for key in a if a[key] != b[key]]
            found.append(f"{path}: {', '.join(parts)}")
    return tuple(found)


def _walk(
    layer: Path, is_volatile: Callable[[str], bool], below: str = ""
) -> Iterator[tuple[str, os.DirEntry[str]]]:
    with os.scandir(f"{layer}{below}") as entries:
        for entry in sorted(entries, key=lambda each: each.name):
            path = f"{below}/{entry.name}"
            if is_volatile(path):
                continue
            yield path, entry
            if entry.is_dir(follow_symlinks=False):
                yield from _walk(layer, is_volatile, path)


def _matcher(globs: tuple[str, ...]) -> Callable[[str], bool]:
    if not globs:
        return lambda path: False
    pattern = re.compile("|".join(f"(?:{_translate(glob)})" for glob in globs))
    return lambda path: pattern.fullmatch(path) is not None


@lru_cache(maxsize=1024)
def _translate(glob: str) -> str:
    """`*` and `?` stay within a folder; `**` crosses folders, and `/**/` is also one `/`."""
    parts = re.split(r"(/\*\*/|\*\*|\*|\?)", glob)
    special = {"/**/": "/(?:.*/)?", "**": ".*", "*": "[^/]*", "?": "[^/]"}
    return "".join(special.get(part, re.escape(part)) for part in parts)


def _forget(found: dict[str, Record], path: str) -> None:
    gone = found.pop(path, None)
    if gone is None or gone["type"] != "folder":
        return
    for old in [each for each in found if each.startswith(f"{path}/")]:
        del found[old]


def _is_whiteout(entry: os.DirEntry[str]) -> bool:
    status = entry.stat(follow_symlinks=False)
    return stat.S_ISCHR(status.st_mode) and status.st_rdev == 0


def _is_opaque(entry: os.DirEntry[str]) -> bool:
    try:
        return os.getxattr(entry.path, _OPAQUE, follow_symlinks=False) == b"y"
    except OSError:
        return False


def _absent() -> Record:
    return Record(type="absent", mode="", owner=0, group=0, target="", sha256="")


def _is_of(image: Path, path: str, record: Record) -> bool:
    below = image / path.lstrip("/")
    if not os.path.lexists(below):
        return record["type"] == "absent"
    return _describe(path, below) == record


def _describe(path: str, file: Path) -> Record:
    status = file.lstat()
    kinds = (
        (stat.S_ISREG, "file"),
        (stat.S_ISDIR, "folder"),
        (stat.S_ISLNK, "link"),
        (stat.S_ISFIFO, "fifo"),
        (stat.S_ISSOCK, "socket"),
    )
    kind = next((name for matches, name in kinds if matches(status.st_mode)), "device")
    content = ""
    if kind == "file":
        normalise = _NORMALISED.get(path)
        if normalise is None:
            with file.open("rb") as opened:
                content = hashlib.file_digest(opened, "sha256").hexdigest()
        else:
            content = hashlib.sha256(normalise(file.read_bytes())).hexdigest()
    return Record(
        type=kind,
        mode=f"{stat.S_IMODE(status.st_mode):04o}",
        owner=status.st_uid,
        group=status.st_gid,
        target=str(file.readlink()) if kind == "link" else "",
        sha256=content,
    )
