"""Splits after a divorce: worked figures, the range of the share, the order of both kinds."""

from __future__ import annotations

from datetime import date
from fractions import Fraction

import pytest

from nenkin.benefits.divorce import (
    change_rate,
    deemed_months,
    halve,
    halve_dependent,
    request_deadline,
    require_request,
    share,
    split,
    weighed,
)
from nenkin.benefits.earnings import Earnings
from nenkin.benefits.employees import old_age_proportional
from nenkin.benefits.refusals import InvalidCase, NotCovered
from nenkin.benefits.revaluation import Pay
from tests.nenkin.benefits.rulebook import RULES, YOUNG, month, year

DAY = date(2025, 4, 1)
START = month("2015-04")


def pays(yen: int, first: int = START, months: int = 60) -> list[Pay]:
    return [Pay(first + number, yen) for number in range(months)]


def test_t_half_and_half() -> None:
    rate = change_rate(Fraction(1, 2), 400_000, 200_000)
    assert rate == Fraction("0.25")
    kept, gained = split(RULES, DAY, pays(400_000), pays(200_000), rate)
    assert {pay.standard for pay in kept} == {pay.standard for pay in gained} == {300_000}
    lost = Earnings(after=100_000 * 60, after_months=60)
    assert old_age_proportional(RULES, year(2025), YOUNG, lost) == 32_886


def test_t2_seven_decimals_and_both_roundings_of_a_month() -> None:
    rate = change_rate(Fraction("0.48"), 410_000, 260_000)
    assert rate == Fraction("0.1502439")
    [kept], [gained] = split(RULES, DAY, pays(410_000)[:1], pays(260_000)[:1], rate)
    assert (kept.standard, gained.standard) == (Fraction("348400.001"), Fraction("321599.999"))
    whole = RULES.choosing(split_records="half_up")
    [kept], [gained] = split(whole, DAY, pays(410_000)[:1], pays(260_000)[:1], rate)
    assert (kept.standard, gained.standard) == (348_400, 321_600)
    exact = (Fraction("0.48") - Fraction(26, 41) * Fraction("0.52")) / 1
    assert 410_000 * (1 - exact) == 348_400, "without the cut to 7 decimals nothing is left over"


def test_t3_half_of_a_dependent_spouses_months() -> None:
    kept, gained = halve(RULES, DAY, pays(380_000))
    assert {pay.standard for pay in kept} == {pay.standard for pay in gained} == {190_000}
    earnings = Earnings(after=190_000 * 60, after_months=60)
    value = old_age_proportional(RULES, year(2025), YOUNG, earnings)
    assert value == Fraction("62483.4")


@pytest.mark.parametrize("agreed", ["0.38806", "0.388064", "0.50001", "0.38"])
def test_the_share_lies_between_what_is_and_half(agreed: str) -> None:
    with pytest.raises(InvalidCase, match=r"share 0\.\d{5}: above 0\.38806 and at most 0\.5"):
        share(Fraction(agreed), 410_000, 260_000)


def test_the_share_has_five_decimals() -> None:
    assert share(Fraction("0.388065"), 410_000, 260_000) == Fraction("0.38807")
    assert share(Fraction("0.500004"), 410_000, 260_000) == Fraction(1, 2)


def test_the_first_earned_more() -> None:
    with pytest.raises(InvalidCase, match="second_total 410000: less than the first's 410000"):
        change_rate(Fraction(1, 2), 410_000, 410_000)


def test_another_band_changes_the_rate() -> None:
    assert change_rate(Fraction(1, 2), 400_000, 200_000, 440_000) == Fraction("0.2380952")


def test_months_before_2003_04_weigh_more() -> None:
    rates = {month("2003-03"): 1037, month("2003-04"): 1040}
    two = [Pay(month("2003-03"), 300_000, 900_000), Pay(month("2003-04"), 300_000, 900_000)]
    assert weighed(two, rates) == 300_000 * Fraction("1.3") * Fraction("1.037") + 1_248_000


def test_bonuses_and_months_of_one_alone() -> None:
    first = [Pay(START, 400_000, 1_000_000), Pay(START + 1, 400_000)]
    second = [Pay(START + 1, 200_000), Pay(START + 2, 200_000)]
    kept, gained = split(RULES, DAY, first, second, Fraction(1, 4))
    assert kept == [Pay(START, 300_000, 750_000), Pay(START + 1, 300_000)]
    assert gained == [
        Pay(START, 100_000, 250_000),
        Pay(START + 1, 300_000),
        Pay(START + 2, 200_000),
    ]
    assert deemed_months(first, second) == 1


def test_a_request_by_agreement_halves_dependent_months_first() -> None:
    dependent = set(range(START, START + 12))
    kept, gained = halve_dependent(
        RULES, DAY, pays(400_000, months=24), pays(200_000, START + 12, 12), dependent
    )
    assert [pay.standard for pay in kept] == [200_000] * 12 + [400_000] * 12
    assert [pay.standard for pay in gained] == [200_000] * 24
    with pytest.raises(InvalidCase, match="month 2015-04: a dependent spouse has no pay"):
        halve_dependent(RULES, DAY, pays(400_000), pays(200_000), dependent)


def test_dependence_before_2008_04_is_not_halved() -> None:
    with pytest.raises(NotCovered, match="month 2008-03: months before 2008-04"):
        halve(RULES, DAY, [Pay(month("2008-03"), 300_000)])


def test_when_a_split_can_be_asked_for() -> None:
    divorced = date(2024, 2, 29)
    assert request_deadline(RULES, divorced) == date(2026, 2, 28)
    require_request(RULES, divorced, date(2026, 2, 28))
    with pytest.raises(InvalidCase, match="requested 2026-03-01: from 2024-02-29 to 2026-02-28"):
        require_request(RULES, divorced, date(2026, 3, 1))
    five = RULES.choosing(split_request_years="5")
    require_request(five, divorced, date(2029, 2, 28))
    with pytest.raises(InvalidCase, match="divorced 2007-03-31: a split is for divorces since"):
        require_request(RULES, date(2007, 3, 31), date(2007, 4, 1))
