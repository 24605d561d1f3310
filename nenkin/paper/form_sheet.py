"""The page of a form: blank, or pre-filled with what the record has."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from nenkin.paper.form import Field, Form
from nenkin.paper.japanese import day_text
from nenkin.paper.kinds import Value
from nenkin.paper.pdf.sheet import Drawing

__all__ = ["drawn"]

_LEFT, _RIGHT = 20.0, 190.0
_ROW = 13.0
_LABEL = 58.0


def drawn(form: Form, values: Mapping[str, Value], day: date) -> Drawing:
    """The page of a form with the values that are known."""
    page = Drawing()
    page.text(_LEFT, 24, form.title, 16, 130)
    page.right(_RIGHT, 24, f"作成日　{day_text(day)}", 9)
    page.line(_LEFT, 27, _RIGHT, 27, 1.2)
    page.text(_LEFT, 34, form.purpose, 9.5, 170)
    y = 40.0
    top = y
    for field in form.fields:
        if field.is_fixed:
            page.box(_LEFT, y, _LABEL, _ROW)
        page.line(_LEFT, y, _RIGHT, y, 0.3)
        page.text(_LEFT + 3, y + 5.5, field.label, 10, _LABEL - 6)
        if field.hint:
            page.text(_LEFT + 3, y + 10.2, field.hint, 7.5, _LABEL - 6)
        _write_value(page, field, values.get(field.name), y)
        y += _ROW
    page.frame(_LEFT, top, _RIGHT - _LEFT, y - top, 0.8)
    page.line(_LEFT + _LABEL, top, _LEFT + _LABEL, y, 0.3)
    y += 7
    if any(field.is_fixed for field in form.fields):
        page.text(
            _LEFT,
            y,
            "色のついた欄は記録の内容です。違っているときは、訂正せずに窓口へお申し出ください。",
            8.5,
        )
        y += 6
    page.paragraph(_LEFT, y, form.note, 8.5, 170)
    page.text(_LEFT, 276, "届出日　　　　　年　　　月　　　日", 10)
    page.text(112, 276, "氏名", 10)
    page.line(122, 277.5, _RIGHT, 277.5, 0.5)
    page.right(_RIGHT, 285, form.name, 7)
    return page


def _write_value(page: Drawing, field: Field, value: Value | None, y: float) -> None:
    x = _LEFT + _LABEL + 4
    if not field.choices:
        page.text(x, y + 8.2, field.show(value), 11, _RIGHT - x - 3)
        return
    # Every choice is there to be ticked; what the record says is ticked already.
    text = "　".join(f"{'■' if str(value) == key else '□'} {label}" for key, label in field.choices)
    page.text(x, y + 8.2, text, 10, _RIGHT - x - 3)
