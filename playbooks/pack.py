"""A role's static files as one tar: sending one archive costs a sixth of sending eight files one by one.

Run by the roles on the control machine: `python pack.py ROLE/files TREE OUT`. It needs the standard library and PyYAML only,
so that a plain `ansible-playbook site.yml` works without the rest of the product.
"""

from __future__ import annotations

import gzip
import io
import os
import sys
import tarfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

__all__ = ["InvalidTree", "pack", "read_tree", "write"]

# A fixed time, so that equal content is an equal archive and `tar --diff` finds nothing on a second run (2005-04-01).
_MTIME = 1_112_281_200
_KEYS = frozenset({"mode", "owner", "group"})
_KINDS = frozenset({"files", "folders", "links"})


class InvalidTree(ValueError):
    """A tree's description does not fit its folder."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One path of the tree as it shall be on the host; `data` is None for folders and links."""

    path: str
    mode: int
    owner: str = "root"
    group: str = "root"
    data: bytes | None = None
    target: str | None = None


def read_tree(files: Path, name: str) -> tuple[Entry, ...]:
    """Read the folder `files/name` and its description `files/name.yml`, sorted by path; raises InvalidTree."""
    description = files / f"{name}.yml"
    said: dict[str, Any] = {}
    if description.exists():
        said = yaml.safe_load(description.read_text(encoding="utf-8")) or {}
    unknown = sorted(set(said) - _KINDS)
    if unknown:
        raise InvalidTree(f"{description}: unknown key {unknown[0]}; known: files, folders, links")
    root = files / name
    found = {
        f"/{path.relative_to(root).as_posix()}": path
        for path in sorted(root.rglob("*"))
        # A test that imports a program leaves a cache beside it.
        if path.is_file() and "__pycache__" not in path.parts
    }
    attributes: Mapping[str, Mapping[str, str]] = said.get("files", {})
    for path in attributes:
        if path not in found:
            raise InvalidTree(f"{description}: files: {path} is not in {root}; add it or drop it")
    entries = [
        _entry(description, path, attributes.get(path, {}), 0o644, data=source.read_bytes())
        for path, source in found.items()
    ]
    entries += [
        _entry(description, path, values, 0o755) for path, values in said.get("folders", {}).items()
    ]
    entries += [Entry(path, 0o777, target=target) for path, target in said.get("links", {}).items()]
    return tuple(sorted(entries, key=lambda entry: entry.path))


def _entry(
    description: Path,
    path: str,
    values: Mapping[str, str],
    default: int,
    data: bytes | None = None,
) -> Entry:
    unknown = sorted(set(values) - _KEYS)
    if unknown:
        raise InvalidTree(
            f"{description}: {path}: unknown key {unknown[0]}; known: mode, owner, group"
        )
    mode = values.get("mode", f"{default:o}")
    try:
        bits = int(mode, 8)
    except (TypeError, ValueError) as error:
        raise InvalidTree(
            f'{description}: {path}: mode {mode!r} is not octal; write it quoted, like "0640"'
        ) from error
    return Entry(path, bits, values.get("owner", "root"), values.get("group", "root"), data)


def pack(entries: tuple[Entry, ...]) -> bytes:
    """The entries as a gzipped tar; equal entries give equal bytes. Owners go by name: numbers differ between hosts."""
    plain = io.BytesIO()
    with tarfile.open(fileobj=plain, mode="w", format=tarfile.GNU_FORMAT) as archive:
        for entry in entries:
            member = tarfile.TarInfo(entry.path.lstrip("/"))
            member.mode, member.uname, member.gname = entry.mode, entry.owner, entry.group
            member.mtime = _MTIME
            # An unknown name must not fall back to root unnoticed: tar then takes this number.
            member.uid = 0 if entry.owner == "root" else 65534
            member.gid = 0 if entry.group == "root" else 65534
            if entry.data is not None:
                member.size = len(entry.data)
                archive.addfile(member, io.BytesIO(entry.data))
            else:
                member.type = tarfile.DIRTYPE if entry.target is None else tarfile.SYMTYPE
                member.linkname = entry.target or ""
                archive.addfile(member)
    return gzip.compress(plain.getvalue(), mtime=0)


def write(files: Path, name: str, out: Path) -> None:
    """Pack tree `name` of a role's folder `files` into `out`, whole or not at all."""
    out.parent.mkdir(parents=True, exist_ok=True)
    part = out.with_name(f".{out.name}.{os.getpid()}")
    part.write_bytes(pack(read_tree(files, name)))
    part.replace(out)


if __name__ == "__main__":
    write(Path(sys.argv[1]), sys.argv[2], Path(sys.argv[3]))
