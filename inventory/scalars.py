"""What single values in an estate's files may be, and the base of every section's model: unknown keys are errors."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

__all__ = ["Count", "Name", "Names", "Number", "Positive", "Text", "TextModel"]

Count = Annotated[int, Field(strict=True, ge=0)]
Number = Annotated[int, Field(strict=True, ge=0)]
Positive = Annotated[int, Field(strict=True, ge=1)]
Text = Annotated[str, Field(min_length=1)]
Name = Annotated[str, Field(pattern=r"^[a-z][a-z0-9-]*$")]
Names = tuple[Name, ...]


class TextModel(BaseModel):
    """What a section or a part of one may say."""

    model_config = ConfigDict(extra="forbid", frozen=True)
