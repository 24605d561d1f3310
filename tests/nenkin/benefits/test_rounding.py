"""Half up in whole numbers is half up of the exact value."""

from __future__ import annotations

import math
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nenkin.benefits.rounding import half_up

NUMBERS = st.integers(-(10**12), 10**12)


@given(NUMBERS, st.integers(1, 10**7), st.integers(1, 10**6), st.sampled_from([1, 100]))
def test_half_up_is_the_floor_of_half_a_unit_more(
    top: int, bottom: int, over: int, unit: int
) -> None:
    value = Fraction(top, bottom)
    wanted = math.floor(value / (over * unit) + Fraction(1, 2)) * unit
    assert half_up(value, over, unit) == wanted
    if bottom == 1:
        assert half_up(top, over, unit) == wanted


@pytest.mark.parametrize(
    ("value", "unit", "yen"),
    [
        (Fraction(1, 2), 1, 1),
        (Fraction(499, 1000), 1, 0),
        (50, 100, 100),
        (49, 100, 0),
        (Fraction(9999, 200), 100, 0),
        (150, 100, 200),
    ],
)
def test_a_half_goes_up(value: Fraction | int, unit: int, yen: int) -> None:
    assert half_up(value, unit=unit) == yen
