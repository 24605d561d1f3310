"""What pydantic says about a text, turned into a fault with file, line, path, value and way out."""

from __future__ import annotations

from collections.abc import Mapping

from pydantic import BaseModel
from pydantic_core import ErrorDetails

from inventory.errors import EstateError
from inventory.marks import Marks, Place

__all__ = ["form_fault", "in_order"]


def in_order(errors: list[EstateError]) -> tuple[EstateError, ...]:
    """Give every fault once, as they stand in their files."""
    return tuple(sorted(set(errors)))


def form_fault(
    model: type[BaseModel],
    parts: Mapping[str, type[BaseModel]],
    detail: ErrorDetails,
    place: Place,
    marks: Marks,
) -> EstateError:
    """Explain one error of a model; `parts` = the models of its keys that are mappings."""
    steps = detail["loc"]
    here: Place = (*place, *steps)
    kind, value, context = detail["type"], detail["input"], detail.get("ctx", {})
    if kind == "extra_forbidden":
        keys = parts[str(steps[0])] if len(steps) > 1 else model
        known = ", ".join(keys.model_fields)
        return marks.fault(here, None, "is an unknown key", f"known: {known}")
    if kind == "missing":
        return marks.fault(here, None, "is missing", f"add `{steps[-1]}:`")
    if kind == "literal_error":
        known = str(context["expected"]).replace("'", "").replace(" or ", ", ")
        return marks.fault(here, _shown(value), "is not allowed here", f"choose one of {known}")
    if kind == "string_pattern_mismatch":
        remedy = "use small letters, digits and hyphens, a letter first"
        return marks.fault(here, _shown(value), "is no name", remedy)
    if kind in ("greater_than", "greater_than_equal", "less_than", "less_than_equal"):
        bound = detail["msg"].removeprefix("Input should be ")
        return marks.fault(here, _shown(value), "is out of range", f"write a number {bound}")
    remedy = detail["msg"].replace("Input should be", "it should be")
    return marks.fault(here, _shown(value), "is wrong", remedy)


def _shown(value: object) -> object:
    return value if isinstance(value, str | int | float) else None
