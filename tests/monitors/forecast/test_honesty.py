"""Whether what is forecast at 95 % holds: a slice of `tests.monitors.forecast.honesty` in the normal run."""

from __future__ import annotations

import json

import pytest

from monitors.forecast.alarm import alarm_of
from monitors.forecast.made_up import made_up
from monitors.forecast.remembering import calibrations_of
from tests.monitors.forecast.honesty import calibration_nights, judged, learnt, summary


def test_a_slice_of_unseen_nights_holds() -> None:
    made = made_up(2, 120)
    known = learnt(made, "own", 2, 100)
    rows = [
        json.loads(
            json.dumps(judged(made, known, (), "own", 20_000 + n, 2, looks=False), default=bool)
        )
        for n in range(30)
    ]
    told = summary(rows)
    for hour in ("20:00", "23:00"):
        assert told[hour]["bound"] >= 0.8
        assert told[hour]["normal_bound"] < told[hour]["bound"]


@pytest.mark.long
@pytest.mark.parametrize("generator", ["own", "heavy"])
def test_a_thousand_unseen_nights_hold(generator: str) -> None:
    made = made_up(1)
    known = learnt(made, generator, 1)
    nights = calibration_nights(made, known, generator, 1)
    rows = [
        json.loads(json.dumps(judged(made, known, nights, generator, 20_000 + n, 1), default=bool))
        for n in range(1000)
    ]
    told = summary(rows, alarm_of(nights, calibrations_of(nights)).rise)
    # Of nights unlike what is assumed the demand only wants the figures; they have to stay near.
    least, most = (0.93, 0.97) if generator == "own" else (0.9, 0.98)
    for hour in ("20:00", "23:00", "26:00"):
        assert least <= told[hour]["interval"] <= most
        assert least <= told[hour]["bound"] <= most
    if generator == "own":
        assert told["alarms product"]["announced"] >= 0.9
        assert told["alarms product"]["false"] <= 0.02
