"""What single values in an estate's files may be."""

from __future__ import annotations

from typing import Annotated

from pydantic import ConfigDict, Field

__all__ = ["STRICT", "Count", "Name", "Names", "Number", "Positive", "Text"]

Count = Annotated[int, Field(strict=True, ge=0)]
Number = Annotated[int, Field(strict=True, ge=0)]
Positive = Annotated[int, Field(strict=True, ge=1)]
Text = Annotated[str, Field(min_length=1)]
Name = Annotated[str, Field(pattern=r"^[a-z][a-z0-9-]*$")]
Names = tuple[Name, ...]

STRICT = ConfigDict(extra="forbid", frozen=True)
"""How the model of a section reads: unknown keys are errors."""
