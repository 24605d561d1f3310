"""Forms that documents share, and how pydantic's words become sentences of ours."""

from __future__ import annotations

import json
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError
from pydantic_core import ErrorDetails

from proof.canonical import LARGEST_INTEGER
from proof.errors import Fault

__all__ = ["Count", "Document", "Hash", "KeyId", "Name", "Text", "faults_of"]

_SHOWN = 60

Count = Annotated[int, Field(strict=True, ge=0, le=LARGEST_INTEGER)]
Text = Annotated[str, Field(strict=True, min_length=1)]
Name = Annotated[str, Field(strict=True, pattern=r"^[a-z0-9]([a-z0-9._-]*[a-z0-9])?$")]
Hash = Annotated[str, Field(strict=True, pattern=r"^[0-9a-f]{64}$")]
KeyId = Annotated[str, Field(strict=True, pattern=r"^[0-9a-f]{16}$")]


class Document(BaseModel):
    """A part of a document: it never changes, and a key that it does not know is a fault."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    def document(self) -> dict[str, Any]:
        """Give it as JSON values."""
        return self.model_dump(mode="json")


def faults_of(error: ValidationError, source: str) -> tuple[Fault, ...]:
    """Give every fault that pydantic found, in our words."""
    return tuple(_translate(detail, source) for detail in error.errors())


def _translate(detail: ErrorDetails, source: str) -> Fault:
    path = ".".join(str(step) for step in detail["loc"])
    context = detail.get("ctx", {})
    given = detail["input"]
    shown = json.dumps(given, ensure_ascii=False, default=str)[:_SHOWN]
    match detail["type"]:
        case "missing":
            return Fault(source, path, "", "is missing", "add it")
        case "extra_forbidden":
            return Fault(source, path, "", "is an unknown key", "remove it or take a newer hikae")
        case "literal_error" | "enum":
            known = str(context["expected"]).replace("'", "")
            return Fault(source, path, shown, "is not allowed here", f"write {known}")
        case "string_pattern_mismatch":
            form = f"it must match {context['pattern']}"
            return Fault(source, path, shown, "has a wrong form", form)
        case "string_too_short" | "too_short":
            return Fault(source, path, "", "is empty", "write at least one")
        case "greater_than_equal" | "less_than_equal":
            return Fault(source, path, shown, "is out of range", f"write 0 to {LARGEST_INTEGER}")
        case "value_error":
            message, _, remedy = str(context["error"]).partition("; ")
            # Of a whole part that contradicts itself the message says what matters.
            value = "" if isinstance(given, dict) else shown
            return Fault(source, path, value, message, remedy)
    return Fault(source, path, shown, f"is wrong ({detail['msg']})", "correct it")
