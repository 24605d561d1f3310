"""The national pension's premium: every year, its traps, exemptions and days."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nenkin.dated import NoRule, rows
from nenkin.remuneration.national import (
    InvalidExemption,
    due,
    national_premium,
    payable,
    payable_until,
)

# fiscal year, base, rate, premium
TABLE = """
    2005 13580 1.000 13580|2006 13860 1.000 13860|2007 14140 0.997 14100|2008 14420 0.999 14410
    2009 14700 0.997 14660|2010 14980 1.008 15100|2011 15260 0.984 15020|2012 15540 0.964 14980
    2013 15820 0.951 15040|2014 16100 0.947 15250|2015 16380 0.952 15590|2016 16660 0.976 16260
    2017 16900 0.976 16490|2018 16900 0.967 16340|2019 17000 0.965 16410|2020 17000 0.973 16540
    2021 17000 0.977 16610|2022 17000 0.976 16590|2023 17000 0.972 16520|2024 17000 0.999 16980
    2025 17000 1.030 17510|2026 17000 1.054 17920|2027 17000 1.076 18290
    """
ROWS = [row.split() for row in TABLE.replace("\n", "|").split("|") if row.strip()]
# What other lists print and what does not come out so: a planned premium, three rates.
TRAPS = [(2007, "14140", None), (2013, None, "0.950"), (2017, None, "0.975"), (2018, None, "0.966")]
MONTHS = st.dates(date(2006, 7, 1), date(2030, 12, 1)).map(lambda day: day.replace(day=1))


@pytest.mark.parametrize(("year", "base", "rate", "premium"), ROWS)
def test_the_premium_of_a_year(year: str, base: str, rate: str, premium: str) -> None:
    first = int(year)
    assert (
        national_premium(date(first, 4, 1))
        == national_premium(date(first + 1, 3, 1))
        == int(premium)
    )
    [row] = [row for row in rows("national_premiums") if row["from"] == f"{year}-04-01"]
    assert (row["base"], row["rate"]) == (base, rate)


def test_there_are_as_many_rows_as_years() -> None:
    assert len(ROWS) == 23
    assert len(rows("national_premiums")) == len(ROWS) + 1


@pytest.mark.parametrize("year", range(1998, 2005))
def test_the_premium_before_the_rise(year: int) -> None:
    assert national_premium(date(year, 4, 1)) == national_premium(date(year + 1, 3, 1)) == 13_300


@pytest.mark.parametrize(("year", "premium", "rate"), TRAPS)
def test_what_other_lists_print_does_not_come_out(
    year: int, premium: str | None, rate: str | None
) -> None:
    made = national_premium(date(year, 4, 1))
    assert made != int(premium or 0)
    [(_, base, right, _)] = [row for row in ROWS if row[0] == str(year)]
    assert rate != right
    if rate is not None:
        wrong = int(base) * round(float(rate) * 1000)
        assert (wrong + 5_000) // 10_000 * 10 != made


def test_planned_years_say_that_they_are() -> None:
    planned = [row for row in rows("national_premiums") if row["from"] >= "2026-04-01"]
    assert len(planned) == 2
    assert all(row["source"].endswith("G") for row in planned)


def test_no_premium_is_known_before_the_table() -> None:
    with pytest.raises(NoRule, match="national_premiums holds on 1998-03-01"):
        national_premium(date(1998, 3, 1))


@pytest.mark.parametrize(
    ("month", "exemption", "amount"),
    [
        ("2005-04", "full", 0),
        ("2005-04", "half", 6_790),
        ("2002-04", "half", 6_650),
        ("2025-04", "full", 0),
        ("2025-04", "three_quarters", 4_380),
        ("2025-04", "half", 8_760),
        ("2025-04", "quarter", 13_130),
        ("2024-04", "three_quarters", 4_250),
        ("2024-04", "half", 8_490),
        ("2024-04", "quarter", 12_740),
        ("2023-04", "three_quarters", 4_130),
        ("2023-04", "half", 8_260),
        ("2023-04", "quarter", 12_390),
        ("2005-04", "student", 0),
        ("2005-04", "deferment", 0),
    ],
)
def test_what_an_exemption_leaves_to_pay(month: str, exemption: str, amount: int) -> None:
    assert payable(date.fromisoformat(f"{month}-01"), exemption) == amount


@pytest.mark.parametrize(
    ("month", "exemption", "reason"),
    [
        ("2002-03", "half", "exemption half, 2002-03: there is none before 2002-04"),
        ("2006-06", "quarter", "exemption quarter, 2006-06: there is none before 2006-07"),
        ("2006-06", "three_quarters", "there is none before 2006-07"),
        ("2005-03", "deferment", "there is none before 2005-04"),
        ("2005-04", "third", "exemption 'third': it is one of full, student, half, deferment"),
    ],
)
def test_an_exemption_that_there_is_not(month: str, exemption: str, reason: str) -> None:
    with pytest.raises(InvalidExemption, match=reason):
        payable(date.fromisoformat(f"{month}-01"), exemption)


def test_the_additional_premium() -> None:
    assert payable(date(2005, 4, 1), additional=True) == 13_980
    with pytest.raises(InvalidExemption, match="no rule known here lets an exempt month bear"):
        payable(date(2005, 4, 1), "half", additional=True)


@pytest.mark.parametrize(
    ("month", "last", "until"),
    [
        ("2023-04", "2023-05-31", "2025-05-31"),
        ("2023-12", "2024-01-31", "2026-01-31"),
        ("2022-01", "2022-02-28", "2024-02-29"),
        ("2024-01", "2024-02-29", "2026-02-28"),
    ],
)
def test_until_when_a_month_can_be_paid(month: str, last: str, until: str) -> None:
    first = date.fromisoformat(f"{month}-01")
    assert (due(first).isoformat(), payable_until(first).isoformat()) == (last, until)


@given(MONTHS)
def test_more_exempt_is_less_to_pay(month: date) -> None:
    full = national_premium(month)
    left = [payable(month, kind) for kind in ("full", "three_quarters", "half", "quarter")]
    assert left == sorted(left)
    assert left[-1] < full
    for quarters, amount in enumerate(left):
        assert amount % 10 == 0
        assert abs(4 * amount - quarters * full) <= 4 * 5
