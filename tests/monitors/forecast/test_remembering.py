"""A night that is over teaches the next one: durations, the forecast's error, when to call."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import numpy as np
import pytest

from monitors.forecast.alarm import Alarm, alarm_of
from monitors.forecast.calibration import Calibrations
from monitors.forecast.events import Event
from monitors.forecast.history import (
    PastLook,
    PastNight,
    read_history,
    with_night,
    write_history,
)
from monitors.forecast.made_up import MadeUp, made_up
from monitors.forecast.recorded import Recorded
from monitors.forecast.remembering import RefusedLearning, calibrations_of, known_of, remembered
from monitors.forecast.replaying import events_of_run
from monitors.forecast.watching import watch


def a_run(made: MadeUp, number: int, slower: str = "") -> Recorded:
    """The n-th night as it ran; one job takes 30 % longer."""
    true = made.drawn(number, np.random.default_rng([4, number]))
    first = true.first.copy()
    if slower:
        first[made.network.names.index(slower)] *= 1.3
    events = events_of_run(made.network, true.night, first, true.rerun)
    return Recorded(true.night, made.starts, made.minutes, events, {})


def kept(made: MadeUp, count: int, slower: str = "") -> tuple[PastNight, ...]:
    nights: tuple[PastNight, ...] = ()
    for number in range(count):
        nights = with_night(nights, remembered(a_run(made, number, slower), nights))
    return nights


def test_the_second_night_is_forecast_by_the_first_ones() -> None:
    made = made_up(3, 30)
    name = made.network.names[4]
    nights = kept(made, 20, slower=name)
    tonight = a_run(made, 20)

    def foreseen(past: Sequence[PastNight]) -> float:
        known = known_of(tonight.night, made.starts, made.minutes, (), past)
        return float(np.exp(known.belief.mean[4] - made.truth(tonight.night).mean[4]))

    assert foreseen(nights) > 1.15
    assert foreseen(nights) > foreseen(()) * 1.1
    # What comes later teaches nothing, and what is kept of a night does not either while it runs.
    later = tuple(
        replace(one, day=(tonight.night.day + timedelta(days=k)).isoformat())
        for k, one in enumerate(nights)
    )
    assert foreseen(later) == foreseen(())


def test_a_night_is_kept_once_and_comes_back(tmp_path: Path) -> None:
    made = made_up(3, 20)
    nights = kept(made, 3)
    again = with_night(nights, remembered(a_run(made, 1), nights[:1]))
    assert again == nights
    write_history(tmp_path / "h.jsonl", nights)
    assert read_history(tmp_path / "h.jsonl") == nights
    assert nights[0].is_overrun is False
    assert [look.minute for look in nights[0].looks][:2] == [1200, 1260]
    assert all(0 < look.pit < 1 for one in nights for look in one.looks)


def test_a_night_in_which_people_acted_judges_no_forecast_and_an_unfinished_one_is_refused() -> (
    None
):
    made = made_up(3, 20)
    ran = a_run(made, 0)
    last = ran.events[-1]
    others = tuple(event for event in ran.events if event.job != last.job)
    why = "nobody reads it"
    skipped = replace(ran, events=(*others, Event(last.minute - 1, last.job, "skip", why)))
    found = remembered(skipped, ())
    assert found.looks == ()
    assert last.job not in found.minutes
    assert len(found.minutes) == 19
    with pytest.raises(RefusedLearning, match=f"has not ended .*{last.job}"):
        remembered(replace(ran, events=ran.events[:-1]), ())


def a_past_night(number: int, risk: float, *, late: bool = False) -> PastNight:
    looks = (PastLook(1560.0, 0.5, risk), PastLook(1790.0, 0.5, 1.0))
    return PastNight(
        f"{number:04d}", "weekday", {}, {}, {}, looks, 1900.0 if late else 1700.0, 1800.0
    )


def test_the_alarm_is_as_high_as_nights_in_time_ask_for() -> None:
    none = Calibrations()
    calm = [a_past_night(n, 0.1 + n / 1000) for n in range(195)]
    assert alarm_of(calm, none) == Alarm()
    nervous = [a_past_night(900 + n, 0.93 + n / 1000) for n in range(5)]
    # Four of two hundred may be called for nothing; the fifth may not.
    assert alarm_of([*calm, *nervous], none).rise == pytest.approx(0.93)
    assert alarm_of([*calm, calm[0], *nervous[1:]], none) == Alarm()
    assert alarm_of(nervous, none) == Alarm()
    # Who was late was called rightly, and what is said within the last hour calls nobody in time.
    late = [*calm, *(a_past_night(900 + n, 0.97, late=True) for n in range(50))]
    assert alarm_of(late, none) == Alarm()


def test_forecasts_that_were_too_narrow_are_widened_at_that_hour_alone() -> None:
    made = made_up(3, 30)
    random = np.random.default_rng(1)
    pits = np.where(random.random(300) < 0.5, 0.02, 0.98) * random.uniform(0.9, 1.02, 300)
    nights = [
        PastNight(f"2026-01-{n:03d}", "weekday", {}, {}, {}, (PastLook(1260.0, p, 0.0),))
        for n, p in enumerate(pits.tolist())
    ]
    assert calibrations_of(nights).at(1560).pits == ()
    ran = a_run(made, 0)
    known = known_of(ran.night, ran.starts, ran.minutes, ran.events, nights)
    honest = replace(known, calibrations=Calibrations())
    for now, is_wider in ((1260.0, True), (1320.0, False)):
        wide, raw = (watch(one, now, with_options=False).prediction for one in (known, honest))
        assert (wide.high - wide.low > 1.05 * (raw.high - raw.low)) == is_wider
