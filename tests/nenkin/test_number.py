"""The number's written form."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nenkin.number import InvalidNumber, PensionNumber, office_code

DIGITS = st.text("0123456789", min_size=4, max_size=4)


@given(DIGITS, st.integers(1, 999_999))
def test_a_number_is_read_as_it_is_written(office: str, serial: int) -> None:
    number = PensionNumber(office, serial)
    assert PensionNumber.parse(str(number)) == number
    assert len(str(number)) == 11


@given(st.text())
def test_any_text_is_a_number_or_refused(text: str) -> None:
    try:
        number = PensionNumber.parse(text)
    except InvalidNumber:
        return
    assert str(number) == text


@pytest.mark.parametrize(
    "text",
    ["2101-000000", "2101000001", "2101-00001", " 2101-000001", "２101-000001", "2101-000001\n"],
)
def test_what_is_no_number(text: str) -> None:
    with pytest.raises(InvalidNumber, match="four digits, a hyphen and six digits"):
        PensionNumber.parse(text)


@pytest.mark.parametrize("text", ["9600", "9901", "210", "21011", "", "２101"])
def test_what_issues_no_numbers(text: str) -> None:
    with pytest.raises(InvalidNumber, match="is not an office code"):
        office_code(text)


@given(st.integers(0, 8999))
def test_every_other_code_may_issue(code: int) -> None:
    assert office_code(f"{code:04d}") == f"{code:04d}"
