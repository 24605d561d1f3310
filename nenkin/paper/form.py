"""A form (届書): read from its definition, checked at intake, pre-filled from a record, shown on screen and paper."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

from nenkin.paper.japanese import day_text, month_text, yen_text
from nenkin.paper.kinds import KINDS, Value, Wrong
from nenkin.paper.rules import FIELD_RULES, FORM_RULES

__all__ = ["Field", "Form", "Intake", "InvalidForm", "form", "forms"]

_FOLDER = Path(__file__).parent / "forms"


class InvalidForm(ValueError):
    """A form's definition is wrong; the message names file, field and rule."""


@dataclass(frozen=True, slots=True)
class Field:
    """One field; `source` is its place in the record, and `is_fixed` that whoever fills the form in cannot change it."""

    name: str
    label: str
    kind: str
    source: str = ""
    hint: str = ""
    rule: str = ""
    is_required: bool = True
    is_fixed: bool = False
    choices: tuple[tuple[str, str], ...] = ()

    def read(self, text: str, today: date) -> Value:
        """The value written; raises Wrong with the rule."""
        value = KINDS[self.kind](text)
        if self.choices and value not in dict(self.choices):
            labels = "・".join(label for _, label in self.choices)
            raise Wrong(f"{labels}のどれかを選んでください。")
        if self.rule:
            FIELD_RULES[self.rule](value, today)
        return value

    def show(self, value: Value | None) -> str:
        """A value as it is printed; nothing for none."""
        if value is None:
            return ""
        if self.choices:
            return dict(self.choices).get(str(value), str(value))
        if isinstance(value, date):
            return day_text(value)
        if isinstance(value, int):
            shown = {"month": month_text, "yen": yen_text}.get(self.kind, str)
            return shown(value)
        return f"{value[:3]}-{value[3:]}" if self.kind == "postcode" else value

    def key_in(self, value: Value | None) -> str:
        """A value as it is keyed, which `read` reads again."""
        if value is None:
            return ""
        if self.kind == "month":
            assert isinstance(value, int)
            return f"{value // 12:04d}-{value % 12 + 1:02d}"
        return str(value)


@dataclass(frozen=True, slots=True)
class Intake:
    """What was written on a form: the values that could be read, and by field the sentence for each fault."""

    values: Mapping[str, Value]
    faults: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Form:
    """One definition for screen, notice, PDF and intake; `document` names what it asks for, if it asks for a paper."""

    name: str
    title: str
    owner: str
    purpose: str
    note: str
    document: str
    fields: tuple[Field, ...]
    rules: tuple[tuple[str, tuple[str, ...], int], ...]

    def check(self, texts: Mapping[str, str], today: date) -> Intake:
        """Reads every field and applies every rule, so that all faults are told at once.

        A sentence names the field, what was written and the rule. What the form does not have is a fault too.
        """
        values: dict[str, Value] = {}
        faults = {
            name: f"「{name}」は{self.title}にない項目です。"
            for name in texts
            if name not in {field.name for field in self.fields}
        }
        for field in self.fields:
            text = texts.get(field.name, "").strip()
            if not text:
                if field.is_required:
                    faults[field.name] = f"{field.label}が空欄です。入力してください。"
                continue
            try:
                values[field.name] = field.read(text, today)
            except Wrong as error:
                faults[field.name] = f"{field.label}「{text[:40]}」: {error}"
        for rule, names, most in self.rules:
            found = [values[name] for name in names if name in values]
            if len(found) < len(names):
                continue
            try:
                FORM_RULES[rule](found, most)
            except Wrong as error:
                field = self.field(names[0])
                faults.setdefault(
                    field.name, f"{field.label}「{field.show(values[field.name])}」: {error}"
                )
        return Intake(values, faults)

    def prefill(self, sources: Mapping[str, Value]) -> dict[str, Value]:
        """The values that a record has for this form, by field."""
        return {
            field.name: sources[field.source] for field in self.fields if field.source in sources
        }

    def disagreements(
        self, values: Mapping[str, Value], sources: Mapping[str, Value]
    ) -> dict[str, str]:
        """By field the sentence where what the applicant cannot change is not what the record says."""
        return {
            field.name: f"{field.label}「{field.show(values[field.name])}」: "
            f"記録の「{field.show(sources[field.source])}」と一致しません。"
            for field in self.fields
            if field.is_fixed
            and field.name in values
            and field.source in sources
            and values[field.name] != sources[field.source]
        }

    def field(self, name: str) -> Field:
        """The field of a name; KeyError."""
        return {field.name: field for field in self.fields}[name]


@cache
def forms() -> Mapping[str, Form]:
    """Every form by name; raises InvalidForm."""
    return {path.stem: _read(path) for path in sorted(_FOLDER.glob("*.toml"))}


def form(name: str) -> Form:
    """The form of a name; raises InvalidForm."""
    if name not in forms():
        raise InvalidForm(f"form {name}: there are {', '.join(forms())}")
    return forms()[name]


def _read(path: Path) -> Form:
    try:
        with path.open("rb") as file:
            data = tomllib.load(file)
        fields = tuple(_field(entry) for entry in data.pop("fields"))
        rules = tuple(
            (entry["rule"], tuple(entry["fields"]), entry.get("most", 0))
            for entry in data.pop("rules", ())
        )
        made = Form(
            name=path.stem, document=data.pop("document", ""), fields=fields, rules=rules, **data
        )
    except (KeyError, TypeError, tomllib.TOMLDecodeError) as error:
        raise InvalidForm(f"{path.name}: {error}") from error
    names = [field.name for field in fields]
    for field in fields:
        if field.kind not in KINDS or (field.rule and field.rule not in FIELD_RULES):
            raise InvalidForm(
                f"{path.name}: {field.name}: no kind {field.kind} or rule {field.rule}"
            )
        if names.count(field.name) > 1 or (field.kind == "choice") != bool(field.choices):
            raise InvalidForm(
                f"{path.name}: {field.name}: stands twice, or choices without the kind"
            )
    for rule, wanted, _ in rules:
        if rule not in FORM_RULES or not set(wanted) <= set(names):
            raise InvalidForm(f"{path.name}: no rule {rule}, or none of its fields {wanted}")
    return made


def _field(entry: dict[str, Any]) -> Field:
    choices = tuple((key, label) for key, label in entry.pop("choices", ()))
    return Field(choices=choices, **entry)
