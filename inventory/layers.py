"""The sections of an estate as they stand in its files, laid over those of the estate that it is based on.

A folder that says `based_on: FOLDER` (from where it lies itself) says only what is different, by the rules of JSON Merge
Patch (RFC 7386): a mapping is laid over a mapping key by key, `null` takes a key away, anything else takes the place of
what was there, lists as a whole. What it does not speak of is the other's, and so is every later change there.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from inventory import documents as d
from inventory.errors import EstateError
from inventory.marks import Marks, Place, read_marked

__all__ = ["BASE", "Sections", "gather_sections", "nearest"]

BASE = "based_on"


@dataclass(slots=True)
class Sections:
    """The sections of a folder as YAML gives them, and every fault of writing."""

    marks: Marks
    sections: dict[str, Any] = field(default_factory=dict)
    errors: list[EstateError] = field(default_factory=list)
    is_readable: bool = True
    has_files: bool = True
    base: object = None


def gather_sections(folder: Path) -> Sections:
    """Read every *.yml of a folder, and below it the estate that the folder is based on."""
    return _gather(folder, "", ())


def nearest(word: str, known: str) -> str:
    """The remedy for an unknown word: what it may have been, and what there is."""
    close = difflib.get_close_matches(word, known.split(", "), n=1, cutoff=0.7)
    hint = f"did you mean {close[0]}? " if close else ""
    return f"{hint}known: {known}"


def _gather(folder: Path, label: str, above: tuple[Path, ...]) -> Sections:
    own = _read(folder, label)
    if own.base is None:
        return own
    if not isinstance(own.base, str):
        fault = own.marks.fault((BASE,), None, "is no folder", "write a path from this folder")
        return _unreadable(own, fault)
    below = (folder / own.base).resolve()
    if below == folder.resolve() or below in above:
        message = "leads back to where it came from"
        fault = own.marks.fault((BASE,), own.base, message, "end the chain at a whole estate")
        return _unreadable(own, fault)
    base = _gather(below, f"{own.base.rstrip('/')}/", (*above, folder.resolve()))
    if not base.has_files:
        fault = own.marks.fault(
            (BASE,), own.base, "holds no *.yml file", "write a path from this folder"
        )
        return _unreadable(own, fault)
    return _lay(base, own)


def _unreadable(own: Sections, fault: EstateError) -> Sections:
    # Half an estate would be blamed for all that stands in the other half.
    own.is_readable, own.sections = False, {}
    own.errors.append(fault)
    return own


def _read(folder: Path, label: str) -> Sections:
    """One folder's own sections; `label` stands before its file names in errors."""
    found = Sections(Marks(folder.name))
    paths = sorted(folder.glob("*.yml")) if folder.is_dir() else []
    if not paths:
        message = "holds no *.yml file" if folder.is_dir() else "is no folder"
        remedy = "name a folder like examples/estate-small"
        found.errors.append(EstateError(str(folder), 1, "", "", message, remedy))
        found.is_readable = found.has_files = False
        return found
    for path in paths:
        marks = Marks(path.name)
        value, errors = read_marked(path, marks, label)
        found.errors += errors
        found.is_readable &= not errors or bool(value)
        for section, content in value.items():
            found.errors += _merge(found, str(section), content, marks)
        for place, mark in marks.lines.items():
            found.marks.lines.setdefault(place, mark)
    return found


def _merge(found: Sections, section: str, content: Any, marks: Marks) -> Iterator[EstateError]:
    """Take in a section of one file beside what other files of the folder say of it."""
    sections = found.sections
    if section == BASE:
        if found.base is not None:
            other = found.marks.find((BASE,))
            message = f"is written twice, first in {other[0]}:{other[1]}"
            yield marks.fault((BASE,), None, message, "keep one of the two")
        else:
            found.base = content if content is not None else ""
        return
    if section not in d.SECTIONS:
        known = ", ".join(d.SECTIONS)
        yield marks.fault((section,), None, "is no section", nearest(section, known))
        return
    if section not in sections:
        sections[section] = content
        return
    before = sections[section]
    if d.SECTIONS[section][1] != "map" or not (
        isinstance(before, dict) and isinstance(content, dict)
    ):
        other = found.marks.find((section,))
        message = f"section is written twice, first in {other[0]}:{other[1]}"
        yield marks.fault((section,), None, message, "keep one of the two")
        return
    for name in content:
        if name in before:
            other = found.marks.find((section, str(name)))
            message = f"is written twice, first in {other[0]}:{other[1]}"
            yield marks.fault((section, str(name)), None, message, "keep one of the two")
    sections[section] = {**before, **{n: c for n, c in content.items() if n not in before}}


def _lay(base: Sections, own: Sections) -> Sections:
    """The base with what the folder itself says over it."""
    own.errors = base.errors + own.errors
    own.is_readable &= base.is_readable
    marks = own.marks.lines
    replaced: set[Place] = set()
    own.sections = _patch(base.sections, own.sections, (), own, replaced)
    for place, mark in base.marks.lines.items():
        if not any(place[:length] in replaced for length in range(1, len(place) + 1)):
            marks.setdefault(place, mark)
    return own


def _patch(
    below: dict[Any, Any],
    above: dict[Any, Any],
    place: Place,
    own: Sections,
    replaced: set[Place],
) -> dict[Any, Any]:
    """RFC 7386, but taking away what is not there is a fault; `replaced` = the places that are no longer the base's."""
    merged = dict(below)
    for name, entry in above.items():
        here = (*place, str(name))
        before = merged.get(name)
        if isinstance(before, dict) and isinstance(entry, dict):
            merged[name] = _patch(before, entry, here, own, replaced)
            continue
        replaced.add(here)
        if entry is not None:
            merged[name] = entry
        elif name in merged:
            del merged[name]
        else:
            message = "takes away what the estate below does not have"
            own.errors.append(own.marks.fault(here, None, message, "remove the line"))
    return merged
