"""Canonical JSON: the vectors of RFC 8785, what is refused, and what must hold for any value."""

from __future__ import annotations

import json
import math
import struct
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import rfc8785
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from proof import InvalidCanonical, canonical, parse, parse_canonical
from proof.canonical import DEEPEST, LARGEST_INTEGER

DATA = Path(__file__).parent / "data"


def load(name: str) -> list[Any]:
    found: list[Any] = yaml.safe_load((DATA / name).read_text(encoding="utf-8"))
    return found


@pytest.mark.parametrize(("bits", "written"), load("numbers.yml"))
def test_a_number_is_written_as_appendix_b_has_it(bits: str, written: str | None) -> None:
    (number,) = struct.unpack(">d", bytes.fromhex(bits))
    if written is None:
        with pytest.raises(InvalidCanonical, match=r"^\$: .* is no number of JSON$"):
            canonical(number)
    else:
        assert canonical(number) == written.encode()
        assert canonical(parse(written.encode())) == written.encode()


@pytest.mark.parametrize("case", load("canonical.yml"), ids=lambda case: case["name"])
def test_the_canonical_form(case: dict[str, str]) -> None:
    form = case["form"].encode()
    assert canonical(parse(case["given"].encode())) == form
    assert parse_canonical(form) == parse(case["given"].encode())


@pytest.mark.parametrize(("text", "words"), load("refused.yml"))
def test_what_has_no_form_is_refused_with_its_path(text: str, words: str) -> None:
    with pytest.raises(InvalidCanonical) as caught:
        parse(text.encode())
    assert str(caught.value) == words


@pytest.mark.parametrize(
    ("value", "words"),
    [
        ({"a": {1: "x"}}, "$.a[1]: a int is no key of JSON; write it as a text"),
        ({"a": [b"x"]}, "$.a[0]: a bytes is no value of JSON"),
        ([{1, 2}], "$[0]: a set is no value of JSON"),
        ({"a": 2**53}, "$.a: is a whole number beyond 2^53 - 1; write it as a text"),
        ({"a": math.nan}, "$.a: nan is no number of JSON"),
    ],
)
def test_a_value_of_python_is_refused_with_its_path(value: object, words: str) -> None:
    with pytest.raises(InvalidCanonical) as caught:
        canonical(value)
    assert str(caught.value) == words
    assert words.startswith(f"{caught.value.path}: ")


def test_bytes_that_are_no_utf_8_are_refused() -> None:
    with pytest.raises(InvalidCanonical, match="byte 1 is no UTF-8"):
        parse(b'"\xff"')


@pytest.mark.parametrize("depth", [DEEPEST + 1, 200_000])
def test_what_is_nested_too_deep_is_refused(depth: int) -> None:
    with pytest.raises(InvalidCanonical, match="nested deeper"):
        parse(b"[" * depth + b"]" * depth)
    assert parse(b"[" * DEEPEST + b"]" * DEEPEST)


def test_another_spelling_is_refused_where_the_canonical_one_is_wanted() -> None:
    with pytest.raises(InvalidCanonical, match="departs from its canonical form at byte 5"):
        parse_canonical(b'{"a": 1}')


NUMBERS = st.integers(-LARGEST_INTEGER, LARGEST_INTEGER) | st.floats(
    allow_nan=False, allow_infinity=False
)
TEXTS = st.text(max_size=8)
VALUES = st.recursive(
    st.none() | st.booleans() | NUMBERS | TEXTS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXTS, inner, max_size=4),
    max_leaves=20,
)


@settings(deadline=None, max_examples=300)
@given(VALUES)
def test_what_was_read_is_written_the_same(value: object) -> None:
    form = canonical(value)
    assert canonical(parse(form)) == form
    assert canonical(parse_canonical(form)) == form
    assert parse(form) == value


@settings(deadline=None, max_examples=300)
@given(VALUES)
def test_both_encoders_write_the_same(value: Any) -> None:
    assert canonical(value) == rfc8785.dumps(value)


HIGH = st.characters(min_codepoint=0xE000) | st.characters(
    min_codepoint=0xD000, max_codepoint=0xD7FF
)


@given(st.dictionaries(st.text(HIGH, max_size=3), st.none()))
def test_keys_sort_by_utf_16_code_units(value: dict[str, None]) -> None:
    keys = list(json.loads(canonical(value)))
    assert keys == sorted(keys, key=lambda key: key.encode("utf-16-be"))


@settings(deadline=None, max_examples=500)
@given(st.floats(allow_nan=False, allow_infinity=False))
def test_numbers_are_written_as_ecmascript_says(number: float) -> None:
    assert canonical(number).decode() == ecmascript(number)


def ecmascript(number: float) -> str:
    """Write a number by the steps of ECMA-262, Number::toString, from Python's shortest digits."""
    if number == 0:
        return "0"
    sign = "-" if number < 0 else ""
    _, digits, exponent = Decimal(repr(abs(number))).as_tuple()
    assert isinstance(exponent, int)
    text = "".join(map(str, digits)).rstrip("0")
    point = len(digits) + exponent  # n of the standard: 0.DIGITS * 10^n
    k = len(text)
    if k <= point <= 21:
        return sign + text + "0" * (point - k)
    if 0 < point <= 21:
        return f"{sign}{text[:point]}.{text[point:]}"
    if -6 < point <= 0:
        return f"{sign}0.{'0' * -point}{text}"
    power = f"{point - 1:+d}"
    return f"{sign}{text}e{power}" if k == 1 else f"{sign}{text[0]}.{text[1:]}e{power}"


@given(st.binary(max_size=60))
def test_no_bytes_crash_it(data: bytes) -> None:
    try:
        value = parse(data)
    except InvalidCanonical:
        return
    assert parse(canonical(value)) == value
