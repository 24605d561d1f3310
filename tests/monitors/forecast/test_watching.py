"""Looks at a night under way, priced decisions, the alarm, and replays."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from monitors.forecast.alarm import Alarm, Look, raised
from monitors.forecast.calibration import Calibration, pit, pit_histogram
from monitors.forecast.events import Event, InvalidEvents, read_events, state_at
from monitors.forecast.faults import InvalidFault, fault_of, with_faults
from monitors.forecast.made_up import made_up
from monitors.forecast.options import ACCEPTED
from monitors.forecast.recorded import InvalidRecord, read_recorded
from monitors.forecast.replaying import events_of_run, replay
from monitors.forecast.watching import Watched, watch

CASE = Path(__file__).parents[3] / "monitors" / "forecast" / "cases" / "mizuho-2011.json"


def a_night(seed: int, *faults: str) -> Watched:
    made = made_up(seed)
    true = made.drawn(0, np.random.default_rng(seed))
    told = [fault_of(text) for text in faults]
    first, rerun = with_faults(made.network, true.first, true.rerun, told)
    events = events_of_run(made.network, true.night, first, rerun)
    return Watched(true.night, made.network, made.truth(true.night), events)


def test_a_slow_night_is_announced_long_before_and_a_usual_one_is_not() -> None:
    usual, slow = a_night(5), a_night(5, "tempo=1.35")
    assert not watch(usual, 1500, nights=400, with_options=False).is_alarm
    seen = watch(slow, 1440, nights=400)
    assert seen.is_alarm
    assert seen.prediction.tempo[0] > 1.15
    assert max(e.minute for e in slow.events) > slow.night.opening
    assert {option.name for option in seen.options} >= {"drop-tier-3", "borrow", "open-degraded"}


def test_options_save_and_save_less_later() -> None:
    slow = a_night(5, "tempo=1.3")
    seen = watch(slow, 1440, nights=400)
    best = seen.options[0]
    assert best.saves_probability > 0.3
    assert best.latest is not None
    assert 1440 <= best.latest < slow.night.opening
    later = watch(slow, best.latest + 90, nights=400)
    same = next(option for option in later.options if option.name == best.name)
    assert same.p_overrun > max(best.p_overrun, ACCEPTED)


def test_a_job_that_hangs_is_named_and_may_be_set_aside() -> None:
    made = made_up(6)
    name = made.network.names[20]
    night = a_night(6, f"slow={name}:60")
    start = next(e.minute for e in night.events if e.job == name)
    seen = watch(night, start + 6 * made.minutes[name], nights=300)
    assert (name, "too-long") in {(o.job, o.kind) for o in seen.oddities}
    if seen.options:
        assert f"set-aside {name}" in {o.name for o in seen.options}


def test_a_run_that_is_too_short_is_named() -> None:
    made = made_up(6)
    name = made.network.names[10]
    night = a_night(6, f"slow={name}:0.1")
    seen = watch(night, 1500, nights=200, with_options=False)
    assert (name, "too-short") in {(o.job, o.kind) for o in seen.oddities}


def test_the_alarm_does_not_flicker() -> None:
    looks = [Look(float(i), p) for i, p in enumerate([0.2, 0.91, 0.7, 0.88, 0.65, 0.5, 0.89])]
    assert [stands for _, stands in raised(looks)] == [False, True, True, True, True, False, False]
    assert not any(stands for _, stands in raised(looks, Alarm(rise=0.95)))


def test_calibration_widens_what_was_too_narrow() -> None:
    random = np.random.default_rng(1)
    samples = random.standard_normal(2000)
    pits = tuple(pit(samples, 1.6 * t) for t in random.standard_normal(400))
    assert pit_histogram(pits)[0] > 55
    found = Calibration(pits)
    assert found.level(0.95) > 0.97
    assert found.probability(found.level(0.95)) == pytest.approx(0.95, abs=0.01)
    assert Calibration().level(0.95) == pytest.approx(0.95)


def test_march_2011_is_announced_at_the_first_abend_and_setting_the_account_aside_saves_it() -> (
    None
):
    recorded = read_recorded(CASE)
    from monitors.forecast.learning import described

    known = described(recorded.network().names, {j.name: j.duration for j in recorded.night.jobs})
    seen = replay(
        Watched(recorded.night, recorded.network(), known.belief(recorded.night), recorded.events)
    )
    assert seen.alarm_at == 22 * 60 + 7
    assert seen.saving is not None
    assert seen.saving.name == "set-aside entries-a"
    assert seen.saving.p_overrun <= ACCEPTED
    assert recorded.about["known"]
    assert recorded.about["assumed"]


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ('{"minute": 1300, "job": "x", "event": "begun"}', r"e\.jsonl:1: .*write one of started"),
        ('{"minute": 1300, "job": "x"', r"e\.jsonl:1: not JSON"),
        ('{"job": "x", "event": "done"}', r"e\.jsonl:1: .*needs minute"),
    ],
)
def test_a_bad_event_is_named(tmp_path: Path, line: str, said: str) -> None:
    path = tmp_path / "e.jsonl"
    path.write_text(line + "\n")
    with pytest.raises(InvalidEvents, match=said):
        read_events(path)


def test_events_of_another_night_are_refused() -> None:
    made = made_up(2, 20)
    name = made.network.names[0]
    with pytest.raises(InvalidEvents, match="no job of this night"):
        state_at(made.network, [Event(1200, "stranger", "started", where="e:1")], 1300)
    with pytest.raises(InvalidEvents, match="had not started"):
        state_at(made.network, [Event(1200, name, "done", where="e:1")], 1300)


def test_what_happened_becomes_a_state() -> None:
    made = made_up(2, 20)
    a, b, c = made.network.names[:3]
    events = [
        Event(1200, a, "started"),
        Event(1210, a, "failed"),
        Event(1211, a, "started"),
        Event(1200, b, "started"),
        Event(1205, b, "lost"),
        Event(1201, c, "skip"),
        Event(1300, b, "started"),
    ]
    state = state_at(made.network, events, 1250)
    assert state.attempt[:3].tolist() == [2, 0, 0]
    assert state.status[:3].tolist() == [1, 0, 2]
    assert state.first[0] == 10
    assert state.left_out[2] == 1


@pytest.mark.parametrize("text", ["tempo=x", "slow=a", "quake", "fail=", "tempo=-1"])
def test_an_unknown_fault_is_refused(text: str) -> None:
    with pytest.raises(InvalidFault):
        fault_of(text)


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('"format": "hikae', '"format": "other', "its `format` must be"),
        ('"median_min": 25, "cv"', '"cv"', "job 1: .*a job needs"),
        ('"name": "entries-02"', '"name": "entries-01"', "stands there twice"),
        (
            '"after": [], "tier": 1, "deadline": null, "deadline_reason": "", "start": 1260, "minutes": 25',
            '"after": ["open-check"], "tier": 1, "start": 1260, "minutes": 25',
            "in a circle",
        ),
        ('"demands": {"lanes": 2, "io": 2}', '"demands": {"lanse": 2}', "no pool of this night"),
    ],
)
def test_a_bad_night_is_named(tmp_path: Path, old: str, new: str, said: str) -> None:
    text = CASE.read_text()
    assert old in text
    path = tmp_path / "night.json"
    path.write_text(text.replace(old, new))
    with pytest.raises(ValueError, match=said) as told:
        read_recorded(path).network()
    assert isinstance(told.value, InvalidRecord) or "no pool" in said
