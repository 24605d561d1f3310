"""Headers and rows of every form, made by Hypothesis and by hand."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from nenkin.zengin.charset import Charset
from nenkin.zengin.dialect import Dialect
from nenkin.zengin.field import Field
from nenkin.zengin.file import BankFile
from nenkin.zengin.layout import layouts
from nenkin.zengin.records import FORMS, Form, Header, Salary, Transfer

DIALECT = Dialect()
HEADER = Header(
    "21", "0", "0000005161", "ｺｳｾｲﾛｳﾄﾞｳｼﾖｳ", "1013", "0001", "ﾐｽﾞﾎ", "001", "ﾎﾝﾃﾝ", "1", "1234567"
)
TRANSFER = Transfer(
    "0001",
    "ﾐｽﾞﾎ",
    "001",
    "ﾎﾝﾃﾝ",
    "0000",
    "1",
    "0000001",
    "ﾈﾝｷﾝ ﾊﾅｺ",
    115_513,
    "0",
    "5161000001",
    "0000001150",
    "7",
)
SALARY = Salary(
    "0001",
    "",
    "001",
    "",
    "    ",
    "1",
    "0000001",
    "ﾔｸｼﾖ ﾀﾛｳ",
    300_000,
    "0",
    "0000000001",
    "0000000002",
)


def header_of(form: Form) -> Header:
    return HEADER._replace(kind=form.kinds[0])


def values(field: Field, dialect: Dialect = DIALECT) -> st.SearchStrategy[Any]:
    """What a field of a row may hold."""
    if field.kind == "I":
        return st.integers(1, 10**field.length - 1)
    if field.values:
        return st.sampled_from(field.values)
    if field.kind == "C":
        characters = Charset.of(dialect).characters
        return st.text(characters, max_size=field.length).map(lambda text: text.strip(" "))
    code = st.text("0123456789", min_size=field.length, max_size=field.length)
    return code | st.just(" " * field.length) if field.kind == "B" else code


@st.composite
def files(draw: st.DrawFn, dialect: Dialect = DIALECT) -> BankFile:
    """A file of any form that breaks no rule."""
    form = draw(st.sampled_from(sorted(FORMS.values(), key=lambda one: one.name)))
    parts = {field.name: values(field, dialect) for field in layouts()["header"].given}
    parts |= {"kind": st.sampled_from(form.kinds), "code": st.just("0")}
    parts["day"] = st.dates().map(lambda day: f"{day:%m%d}")
    header = Header(**{name: draw(part) for name, part in parts.items()})
    fields = {field.name: values(field, dialect) for field in form.layout.given}
    if form.name == "debit_request":
        fields["result"] = st.just("0")
    row = st.builds(form.row, **fields)
    return BankFile(form.name, header, tuple(draw(st.lists(row, max_size=5))))
