"""A record as PostgreSQL wrote it, passed on unread: JSON and the names of its parts that hold something."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Written:
    """A JSON object without its closing brace, so that parts can be put behind it, and the names of what it shows."""

    open_text: str
    fields: tuple[str, ...]

    @property
    def text(self) -> str:
        """The JSON object."""
        return f"{self.open_text}}}"

    @property
    def body(self) -> dict[str, Any]:
        """What the JSON object says."""
        body: dict[str, Any] = json.loads(self.text)
        return body

    @property
    def shown(self) -> str:
        """The names of what it shows, as an event has them."""
        return ",".join(sorted(self.fields))

    def with_list(self, name: str, value: Sequence[str] | None) -> Written:
        """With one more part, a list of codes or null."""
        said = "null" if value is None else json.dumps(value)
        fields = (*self.fields, name) if value else self.fields
        return Written(f'{self.open_text},"{name}":{said}', fields)
