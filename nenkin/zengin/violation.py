"""What is wrong in a file of the banks' format, as sentences."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

_SHOWN = 100


@dataclass(frozen=True, slots=True)
class Violation:
    """One breach: the record (from 1; the header is the first), the field and its bytes, the value and the rule."""

    record: int
    field: str
    position: str
    value: str
    rule: str

    def __str__(self) -> str:
        return f"record {self.record}, {self.field}, position {self.position}: {self.value!r}: {self.rule}"


class InvalidFile(ValueError):
    """A file or its rows break rules of the format; the message is a sentence for each breach of the pass."""

    def __init__(self, violations: Sequence[Violation]) -> None:
        self.violations = tuple(violations)
        lines = [str(violation) for violation in self.violations[:_SHOWN]]
        if len(self.violations) > _SHOWN:
            lines.append(f"and {len(self.violations) - _SHOWN} more")
        super().__init__("\n".join(lines))
