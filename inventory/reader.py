"""From a folder of files to the texts of every section, and every fault of form in them."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, get_args

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from inventory import capacity_documents as c
from inventory import documents as d
from inventory.batch_documents import BatchText, DeclaredText, NetText
from inventory.errors import EstateError
from inventory.layers import gather_sections, nearest
from inventory.marks import Marks, Place, spell_path

__all__ = ["Documents", "read_documents"]


@dataclass(slots=True)
class Documents:
    """The sections of an estate; entries with faults of form stand in `names` only."""

    marks: Marks
    is_readable: bool = True
    estate: d.EstateText | None = None
    calendar: d.CalendarText | None = None
    addressing: d.AddressingText | None = None
    lines: d.LinesText | None = None
    hosts: d.HostsText | None = None
    dialects: d.DialectsText | None = field(default_factory=d.DialectsText)
    devices: d.DevicesText | None = field(default_factory=d.DevicesText)
    backups: d.BackupsText | None = None
    demand: d.DemandText | None = None
    batch: BatchText | None = None
    declared: DeclaredText | None = None
    areas: dict[str, d.AreaText] = field(default_factory=dict)
    networks: dict[str, d.NetworkText] = field(default_factory=dict)
    sites: dict[str, d.SiteText] = field(default_factory=dict)
    clusters: dict[str, d.ClusterText] = field(default_factory=dict)
    services: dict[str, d.ServiceText] = field(default_factory=dict)
    flows: list[d.FlowText] = field(default_factory=list)
    exceptions: list[d.ExceptionText] = field(default_factory=list)
    singles: list[d.SingleText] = field(default_factory=list)
    externals: dict[str, d.ExternalText] = field(default_factory=dict)
    roles: dict[str, d.RoleText] = field(default_factory=dict)
    persons: dict[str, d.PersonText] = field(default_factory=dict)
    slices: dict[str, d.SliceText] = field(default_factory=dict)
    nets: dict[str, NetText] = field(default_factory=dict)
    machines: dict[str, c.MachineText] = field(default_factory=dict)
    contracts: dict[str, c.ContractText] = field(default_factory=dict)
    limits: dict[str, c.LimitText] = field(default_factory=dict)
    drivers: dict[str, c.DriverText] = field(default_factory=dict)
    measures: dict[str, c.MeasureText] = field(default_factory=dict)
    names: dict[str, set[str]] = field(default_factory=dict)


def read_documents(folder: Path) -> tuple[Documents, list[EstateError]]:
    """Read every *.yml of a folder and of the estate that it is based on; a section may be spread over several files."""
    found = gather_sections(folder)
    marks, sections, errors = found.marks, found.sections, found.errors
    texts = Documents(marks, is_readable=found.is_readable)
    missing: list[EstateError] = []
    if not found.has_files:
        return texts, errors
    for section in d.SECTIONS:
        if section in sections:
            errors += _fill(texts, section, sections[section])
        elif texts.is_readable and section not in d.OPTIONAL:
            remedy = f"write a section `{section}:`"
            missing.append(marks.fault((section,), None, "section is missing", remedy))
    texts.is_readable &= not missing
    errors += missing
    return texts, errors


def _fill(texts: Documents, section: str, content: Any) -> list[EstateError]:
    model, shape = d.SECTIONS[section]
    marks = texts.marks
    wanted = "a list" if shape == "list" else "a mapping"
    if not isinstance(content, list if shape == "list" else dict):
        texts.is_readable = False
        return [marks.fault((section,), None, f"is not {wanted}", f"write {wanted}")]
    if shape == "one":
        value, errors = _validate(model, content, (section,), marks)
        setattr(texts, section, value)
        return errors
    entries: dict[str | int, Any] = (
        {str(name): entry for name, entry in content.items()}
        if isinstance(content, dict)
        else dict(enumerate(content))
    )
    texts.names[section] = {str(name) for name in entries}
    errors = []
    for name, entry in entries.items():
        value, found = _validate(model, entry, (section, name), marks)
        errors += found
        if isinstance(name, str) and not _is_name(name):
            remedy = "use small letters, digits and hyphens, a letter first"
            errors.append(marks.fault((section, name), name, "is no name", remedy))
        elif value is not None and shape == "map":
            getattr(texts, section)[name] = value
        elif value is not None:
            getattr(texts, section).append(value)
    return errors


def _is_name(name: str) -> bool:
    return (
        name[:1].isalpha()
        and name.isascii()
        and name == name.lower()
        and (name.replace("-", "").isalnum())
    )


def _validate(
    model: type[BaseModel], entry: Any, place: Place, marks: Marks
) -> tuple[BaseModel | None, list[EstateError]]:
    try:
        return model.model_validate(entry), []
    except ValidationError as error:
        return None, [_translate(model, detail, place, marks) for detail in error.errors()]


def _translate(
    model: type[BaseModel], detail: ErrorDetails, place: Place, marks: Marks
) -> EstateError:
    steps = [step for step in detail["loc"] if step != "[key]"]
    here: Place = (*place, *steps)
    kind, value = detail["type"], detail["input"]
    context = detail.get("ctx", {})
    if "[key]" in detail["loc"] and kind == "literal_error":
        known = str(context.get("expected", "")).replace("'", "").replace(" or ", ", ")
        message = "is no host role" if place[0] == "hosts" else "is not allowed here"
        return marks.fault(here, str(value), message, nearest(str(value), known))
    if kind == "extra_forbidden":
        known = ", ".join(sorted(_keys(model, steps)))
        return marks.fault(here, None, "is an unknown key", nearest(str(steps[-1]), known))
    if kind == "missing":
        return marks.fault(here, None, "is missing", f"add `{steps[-1]}:`")
    if kind == "literal_error":
        known = str(context["expected"]).replace("'", "").replace(" or ", ", ")
        return marks.fault(here, value, "is not allowed here", nearest(str(value), known))
    if kind in ("int_type", "int_parsing", "int_from_float"):
        return marks.fault(here, value, "is no whole number", "write digits without quotes")
    if kind in ("number_type", "float_type", "float_parsing"):
        return marks.fault(here, value, "is no number", "write digits without quotes")
    if kind in ("bool_type", "bool_parsing"):
        return marks.fault(here, value, "is neither true nor false", "write true or false")
    if kind == "string_pattern_mismatch":
        remedy = f"it must match {context['pattern']}"
        return marks.fault(here, value, "has a wrong form", remedy)
    if kind in ("greater_than_equal", "less_than_equal"):
        bound = context.get("ge", context.get("le"))
        side = "least" if kind.startswith("greater") else "most"
        return marks.fault(here, value, "is out of range", f"write at {side} {bound}")
    if kind == "greater_than":
        return marks.fault(here, value, "is out of range", f"write more than {context['gt']}")
    if kind in ("too_short", "string_too_short"):
        return marks.fault(
            here, None, "is empty", "name at least one" if kind == "too_short" else "write a text"
        )
    if kind.startswith("date_"):
        return marks.fault(here, str(value), "is no day", "write it as 2027-03-31")
    if kind.startswith("ip_v4_network"):
        return marks.fault(
            here, str(value), "is no IPv4 network", "write address/length with all host bits 0"
        )
    shown = value if isinstance(value, str | int | float) else None
    return marks.fault(here, shown, f"is wrong: {detail['msg']}", f"correct {spell_path(here)}")


def _keys(model: type[BaseModel], steps: list[str | int]) -> set[str]:
    """The keys that may stand where the last step was written."""
    for step in steps[:-1]:
        if str(step) in model.model_fields:
            model = _model_in(model.model_fields[str(step)].annotation) or model
    return {info.alias or name for name, info in model.model_fields.items()}


def _model_in(annotation: Any) -> type[BaseModel] | None:
    """The model of what a field holds, however deep in a mapping or a list."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    found = (_model_in(part) for part in get_args(annotation))
    return next((model for model in found if model is not None), None)
