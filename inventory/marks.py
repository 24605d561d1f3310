"""YAML with the line of every key and item, so that an error can say where it stands."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from inventory.errors import EstateError

__all__ = ["Marks", "Place", "read_marked", "spell_path"]

Place = tuple[str | int, ...]
_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


def spell_path(place: Place) -> str:
    """A place in the files as people write it: `sites.mitaka.kind`, `flows[3].port`."""
    text = ""
    for step in place:
        text += f"[{step}]" if isinstance(step, int) else f".{step}" if text else str(step)
    return text


@dataclass(slots=True)
class Marks:
    """Where each place of the merged sections stands."""

    folder: str
    lines: dict[Place, tuple[str, int]] = field(default_factory=dict)

    def find(self, place: Place) -> tuple[str, int]:
        """File and line (from 1) of a place, or of the nearest place around it that is written."""
        for length in range(len(place), 0, -1):
            if place[:length] in self.lines:
                return self.lines[place[:length]]
        return self.folder, 1

    def fault(self, place: Place, value: object, message: str, remedy: str) -> EstateError:
        """An error at a place; `value` None or "" is not quoted."""
        file, line = self.find(place)
        quoted = "" if value is None or value == "" else _quote(value)
        return EstateError(file, line, spell_path(place), quoted, message, remedy)


def _quote(value: object) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return f"'{value}'" if isinstance(value, str) else str(value)


def read_marked(
    path: Path, marks: Marks, label: str = ""
) -> tuple[dict[str, Any], list[EstateError]]:
    """One file's sections; keys that occur twice and broken YAML come back as errors.

    `label` stands before the file's name wherever it is told.
    """
    file = f"{label}{path.name}"
    try:
        loader = _LOADER(path.read_text(encoding="utf-8"))
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        problem = str(error).splitlines()[0]
        return {}, [EstateError(file, 1, "", "", f"is no text: {problem}", "write UTF-8")]
    try:
        node = loader.get_single_node()
        if node is None:
            return {}, []
        if not isinstance(node, yaml.MappingNode):
            fault = EstateError(file, 1, "", "", "holds no sections", "write a mapping of sections")
            return {}, [fault]
        errors = list(_walk(node, (), file, marks))
        value: dict[str, Any] = loader.construct_document(node)
        return value, errors
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        problem = error.problem or "cannot be read"
        return {}, [EstateError(file, line, "", "", f"is no YAML: {problem}", "mend the syntax")]
    except (yaml.YAMLError, ValueError) as error:
        # A date that no calendar has, a character that YAML does not take.
        problem = str(error).splitlines()[0]
        return {}, [EstateError(file, 1, "", "", f"is no YAML: {problem}", "mend the value")]
    finally:
        loader.dispose()


def _walk(node: yaml.Node, place: Place, file: str, marks: Marks) -> Iterator[EstateError]:
    if isinstance(node, yaml.MappingNode):
        seen: dict[str, int] = {}
        for key, value in node.value:
            if not isinstance(key, yaml.ScalarNode):
                continue  # the constructor reports it
            here = (*place, str(key.value))
            line = key.start_mark.line + 1
            if key.value in seen:
                yield EstateError(
                    file,
                    line,
                    spell_path(here),
                    "",
                    f"is written twice, first in line {seen[key.value]}",
                    "keep one of the two",
                )
            seen.setdefault(key.value, line)
            # A section may be spread over files; its first mark stands.
            marks.lines.setdefault(here, (file, line))
            yield from _walk(value, here, file, marks)
    elif isinstance(node, yaml.SequenceNode):
        for index, item in enumerate(node.value):
            marks.lines.setdefault((*place, index), (file, item.start_mark.line + 1))
            yield from _walk(item, (*place, index), file, marks)
