"""Rows of a long measurement kept in a file as they come, so that a killed one goes on where it was."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Self

__all__ = ["InvalidLog", "Log"]


class InvalidLog(Exception):
    """A file that is no log of this measurement; the text names file, line and what to do."""


@dataclass(slots=True)
class Log:
    """Rows, and the file that they are kept in; without a path they are only gathered."""

    path: Path | None
    rows: list[dict[str, Any]] = field(default_factory=list)

    @classmethod
    def open(cls, path: Path | None, head: dict[str, Any]) -> Self:
        """Read what is there, or begin a file with `head`; raises InvalidLog where it is about something else."""
        if path is None:
            return cls(None)
        if not path.exists():
            path.write_text(json.dumps(head) + "\n", encoding="utf-8")
            return cls(path)
        text = path.read_text(encoding="utf-8")
        if not text.endswith("\n"):
            # The last row was being written when its writer was killed.
            text = text[: text.rfind("\n") + 1]
            path.write_text(text, encoding="utf-8")
        found = []
        for at, line in enumerate(text.splitlines(), 1):
            try:
                found.append(json.loads(line))
            except ValueError:
                raise InvalidLog(
                    f"{path}:{at}: this line is no JSON; take it out, or name a new file."
                ) from None
        if not found or found[0] != head:
            raise InvalidLog(
                f"{path}:1: these rows were measured with other settings; call it with the same, or name a new file."
            )
        return cls(path, found[1:])

    @property
    def done(self) -> set[str]:
        """The instances that are there."""
        return {row["instance"] for row in self.rows}

    def add(self, row: dict[str, Any]) -> None:
        """Keep a row."""
        self.rows.append(row)
        if self.path is not None:
            with self.path.open("a", encoding="utf-8") as file:
                file.write(json.dumps(row) + "\n")
