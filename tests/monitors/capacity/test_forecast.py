"""The day on which a limit is reached, forecast from histories whose end is known, out of a real Prometheus."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import numpy as np
import pytest

from inventory.capacity import Driver
from monitors.capacity.effects import EFFECTS, calendar_effects
from monitors.capacity.fit import Shape, fit
from monitors.capacity.forecast import LimitDate, forecast
from monitors.capacity.outlook import look_ahead, outlook_of
from monitors.capacity.prometheus import InvalidQuery, Prometheus, UnreachablePrometheus
from monitors.capacity.series import Floats, Series
from tests.estates import estate_of
from tests.monitors.capacity.conftest import METRIC, Served
from tests.monitors.capacity.histories import CALENDAR, HOURS, made_up
from tests.monitors.capacity.honesty import judge, measure_of

HELD_OF_100 = 75
FEW = range(6)
RECIPIENTS = Driver(
    "recipients", "Recipients", "受給者", "persons", "growth",
    ((date(1999, 3, 31), 27_020_000.0), (date(2004, 3, 31), 31_370_000.0)), 0.0, "the policy",
)  # fmt: skip


def _straight(days: int, level: float, per_day: float, since: date = date(2025, 1, 6)) -> Series:
    noise = np.random.default_rng(3).normal(0, 0.05, days)
    return Series("even", since, level + per_day * np.arange(days) + noise)


@pytest.fixture(scope="module")
def few(served: Served) -> str:
    """A Prometheus with a few of the histories."""
    return served([made_up(seed) for seed in FEW])


def test_the_true_day_lies_in_most_intervals_and_nearer_than_the_straight_line(few: str) -> None:
    found = judge(few, METRIC, [made_up(seed) for seed in FEW])
    figures = found.figures()
    assert found.held >= len(FEW) - 2, [(one.history.name, one.said) for one in found.judged]
    assert figures["median_miss_days"] < figures["straight_median_miss_days"]
    # An interval that holds everything says nothing.
    assert figures["median_width_days"] < 240


@pytest.mark.long
def test_of_100_true_days_75_lie_in_the_interval(served: Served) -> None:
    found = judge(
        served([made_up(seed) for seed in range(100)]), METRIC, [made_up(s) for s in range(100)]
    )
    assert found.held >= HELD_OF_100, found.figures()
    assert found.figures()["median_miss_days"] < found.figures()["straight_median_miss_days"]


def test_prometheus_gives_the_worst_of_each_day_of_the_estate(few: str) -> None:
    history = made_up(FEW[0])
    prometheus = Prometheus(few, CALENDAR.timezone)
    found = prometheus.worst_by_day(measure_of(METRIC), history.since, history.until)
    assert [one.name for one in found] == sorted(f"history-{seed}" for seed in FEW)
    series = next(one for one in found if one.name == history.name)
    # The largest share of a day's worst is at 10:00 and is all of it: no day got another's.
    assert 10 in HOURS
    assert series.since == history.since
    assert np.allclose(series.values, history.seen, rtol=1e-4)
    # By another clock some hours fall on the day before, and days are not what they were.
    other = Prometheus(few, "America/New_York").worst_by_day(
        measure_of(METRIC), history.since, history.until
    )
    assert not np.allclose(other[0].values[1:700], found[0].values[1:700], rtol=1e-4)


def test_a_query_that_is_no_selector_is_asked_over_the_day_too(few: str) -> None:
    history = made_up(FEW[0])
    doubled = measure_of(f"2 * max by (instance) ({METRIC})")
    since = history.until - timedelta(days=20)
    found = Prometheus(few, CALENDAR.timezone).worst_by_day(doubled, since, history.until)
    series = next(one for one in found if one.name == history.name)
    assert np.allclose(series.values, 2 * np.array(history.seen[-21:]), rtol=1e-4)


def test_what_prometheus_refuses_and_where_none_is(few: str) -> None:
    until = made_up(FEW[0]).until
    with pytest.raises(InvalidQuery, match=r"parse error.*correct the measure's query"):
        Prometheus(few, "UTC").worst_by_day(measure_of("max by ("), until, until)
    with pytest.raises(UnreachablePrometheus, match="name one by `--prometheus URL`"):
        Prometheus("http://127.0.0.1:9", "UTC").worst_by_day(measure_of(METRIC), until, until)


def test_an_estate_looks_ahead_at_what_it_measures(few: str) -> None:
    estate = estate_of()
    until = made_up(FEW[0]).until
    measures = [measure_of(METRIC, limit=200.0), measure_of("nobody_exports_this")]
    found = list(look_ahead(estate, Prometheus(few, CALENDAR.timezone), measures, until, 730))
    assert [one.name for one in found] == [f"history-{seed}" for seed in FEW]
    assert all(one.straight is None or one.straight > until for one in found)
    assert "forecast" not in found[0].row()


def test_too_short_a_history_says_nothing() -> None:
    found = outlook_of(estate_of(), measure_of(METRIC), _straight(100, 10, 0.01))
    assert found.is_too_short
    assert (found.earliest, found.middle, found.latest) == (None, None, None)


@pytest.mark.parametrize("days", [120, 200, 364, 400, 455, 520, 729])
def test_a_history_of_any_length_is_forecast(days: int) -> None:
    limit = 40 + 0.05 * (days + 100)
    found = forecast(_straight(days, 40, 0.05), limit, CALENDAR, paths=200, horizon=600)
    assert found.limit_date.reached > 0.5


def test_an_even_line_reaches_its_limit_on_its_day() -> None:
    found = forecast(_straight(400, 40, 0.05), 70, CALENDAR).limit_date
    true = date(2025, 1, 6) + timedelta(days=600)
    assert found.holds(true)
    assert found.middle is not None
    assert abs((found.middle - true).days) < 15


def test_a_level_that_falls_never_gets_there() -> None:
    found = forecast(_straight(400, 40, -0.01), 70, CALENDAR).limit_date
    assert found == LimitDate(None, None, None, 0.0)
    assert not found.holds(date(2030, 1, 1))


def test_a_step_is_found_and_makes_no_trend() -> None:
    series = _straight(500, 40, 0.0)
    stepped = replace(series, values=series.values + 8.0 * (np.arange(500) >= 380))
    found = forecast(stepped, 70, CALENDAR)
    assert found.steps == (series.days[380],)
    assert abs(found.yearly_growth) < 0.02
    # A line through the last days sees the step as growth that goes on.
    assert found.limit_date.reached < 0.05


def test_days_far_off_are_no_step() -> None:
    series = _straight(500, 40, 0.02)
    values = series.values.copy()
    values[[100, 101, 250, 300, 301, 302]] *= 2
    found = forecast(replace(series, values=values), 90, CALENDAR)
    assert found.steps == ()


def test_days_without_a_value_change_little() -> None:
    series = _straight(400, 40, 0.05)
    holed = series.values.copy()
    holed[50:64] = np.nan
    holed[::17] = np.nan
    whole = forecast(series, 70, CALENDAR).limit_date.middle
    found = forecast(replace(series, values=holed), 70, CALENDAR).limit_date.middle
    assert whole is not None
    assert found is not None
    assert abs((found - whole).days) < 10


def test_the_same_history_gives_the_same_forecast() -> None:
    series = _straight(300, 40, 0.03)
    assert forecast(series, 60, CALENDAR).limit_date == forecast(series, 60, CALENDAR).limit_date


def test_the_shape_that_made_a_history_explains_it_best() -> None:
    days = [date(2024, 11, 30) + timedelta(days=n) for n in range(730)]
    effects = calendar_effects(CALENDAR, days)
    noise = np.random.default_rng(1).normal(0, 0.02, 730)
    weight = np.zeros(len(EFFECTS))
    weight[EFFECTS.index("saturday")] = weight[EFFECTS.index("sunday")] = -0.8
    weight[EFFECTS.index("month-end")] = 0.3
    years = np.arange(730) / 365.25
    made: dict[Shape, Floats] = {
        "even": 30 * (1 + 0.5 * years) * np.exp(effects @ weight + noise),
        "compound": 30 * 1.6**years * np.exp(effects @ weight + noise),
        "sum": 30 + 10 * years + 15 * effects @ weight + 30 * noise,
    }
    for shape, values in made.items():
        scores = {other: fit(values, effects, other).score for other in made}
        assert min(scores, key=lambda other: scores[other]) == shape, scores


@pytest.mark.parametrize(
    ("day", "effects"),
    [
        (date(2026, 11, 30), {"month-end", "last-days"}),
        (date(2026, 12, 28), {"month-end"}),
        (date(2026, 11, 13), {"friday", "other-pay-day"}),
        (date(2026, 11, 1), {"sunday"}),
        (date(2026, 10, 31), {"saturday", "weekend-last-days"}),
        (date(2026, 12, 2), {"wednesday", "first-days"}),
        (date(2026, 12, 29), {"tuesday", "closed", "last-days"}),
        (date(2026, 12, 15), {"tuesday", "pay-day"}),
        (date(2026, 12, 14), {"before-pay-day"}),
        # The 15th is a Saturday: pensions are paid on the Friday.
        (date(2026, 8, 14), {"friday", "pay-day"}),
        (date(2027, 1, 4), {"month-begin", "after-closed"}),
        (date(2026, 12, 1), {"tuesday", "month-begin", "first-days"}),
        (date(2026, 11, 24), {"tuesday", "after-closed"}),
        (date(2026, 11, 25), {"wednesday"}),
        (date(2026, 11, 28), {"saturday", "weekend-last-days"}),
        (date(2026, 11, 21), {"saturday"}),
    ],
)
def test_what_the_calendar_does_to_a_day(day: date, effects: set[str]) -> None:
    row = calendar_effects(CALENDAR, [day])[0]
    assert {name for name, value in zip(EFFECTS, row, strict=True) if value} == effects


def test_load_that_follows_the_business_reaches_its_limit_with_it() -> None:
    series = _straight(500, 50, 0.0)
    plain = forecast(series, 60, CALENDAR)
    # 16 % more recipients in five years: a fifth more load is there after six.
    assert plain.limit_date.reached < 0.05
    grown = replace(RECIPIENTS, points=((date(2024, 1, 1), 100.0), (date(2026, 1, 1), 121.0)))
    rising = replace(
        series,
        values=series.values
        * np.array([grown.at(day) / grown.at(series.until) for day in series.days]),
    )
    found = forecast(rising, 60, CALENDAR, [(grown, 1.0)])
    true = next(d for d in found.days if 50 * grown.at(d) / grown.at(series.until) >= 60)
    assert found.limit_date.middle is not None
    assert abs((found.limit_date.middle - true).days) < 12
    assert found.business_growth == pytest.approx(0.10, abs=0.005)
    assert abs(found.yearly_growth) < 0.01


def test_longer_hours_that_are_planned_are_foreseen() -> None:
    series = _straight(400, 50, 0.0)
    opened = series.until + timedelta(days=60)
    hours = Driver(
        "hours", "Hours", "時間", "hours", "steps",
        ((date(2020, 1, 1), 40.0), (opened, 50.0)), 0.0, "a plan",
    )  # fmt: skip
    found = forecast(series, 60, CALENDAR, [(hours, 1.0)]).limit_date
    assert (found.earliest, found.middle) == (opened, opened)
    assert forecast(series, 60, CALENDAR, [(hours, 0.3)]).limit_date.middle is None


def test_a_business_that_is_less_sure_makes_the_interval_wider() -> None:
    series = _straight(500, 50, 0.01)
    sure = forecast(series, 60, CALENDAR, [(RECIPIENTS, 1.0)]).limit_date
    unsure = forecast(
        series, 60, CALENDAR, [(replace(RECIPIENTS, yearly_sd_percent=5.0), 1.0)]
    ).limit_date
    assert sure.earliest is not None
    assert unsure.earliest is not None
    assert unsure.earliest < sure.earliest


def test_recipients_grow_evenly_between_and_after_the_policys_figures() -> None:
    assert RECIPIENTS.at(date(1999, 3, 31)) == 27_020_000
    assert RECIPIENTS.at(date(2004, 3, 31)) == pytest.approx(31_370_000)
    # (31.37 / 27.02) ** (1 / 5) = 3.03 % a year, and so on afterwards.
    assert RECIPIENTS.at(date(2005, 3, 31)) == pytest.approx(31_370_000 * 1.0303, rel=1e-3)
