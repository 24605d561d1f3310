"""What could be carried: the model against queues that are run, and what it refuses to say."""

from __future__ import annotations

import heapq
import json
import random
from pathlib import Path

import pytest

from cli.capacity_carry import read_measured
from cli.exits import Exit
from cli.main import main
from monitors.capacity.carry import could_carry, erlang_c, learn_stations, p99_at
from monitors.capacity.stations import InvalidSamples, Sample, Station
from monitors.capacity.trial import last_in_time, p99, waits_of


def _run_queue(
    rate: float, servers: int, demand_s: float, seconds: float, seed: int
) -> tuple[float, float]:
    """p99 of the whole time of a queue with random arrivals and demands, and how many servers were busy."""
    chance = random.Random(seed)
    free = [0.0] * servers
    now, busy, times = 0.0, 0.0, []
    while now < seconds:
        now += chance.expovariate(rate)
        work = chance.expovariate(1 / demand_s)
        begins = max(now, heapq.heappop(free))
        heapq.heappush(free, begins + work)
        busy += work
        times.append(begins + work - now)
    return p99(times), busy / seconds


def _measured(rates: list[float], servers: int, demand_s: float, seed: int = 1) -> list[Sample]:
    samples = []
    for number, rate in enumerate(rates):
        found, busy = _run_queue(rate, servers, demand_s, 1000, seed + number)
        samples.append(Sample(rate, {"cores": busy}, found))
    return samples


@pytest.mark.parametrize(("servers", "demand_s"), [(1, 0.02), (2, 0.02), (2, 0.06), (8, 0.1)])
def test_the_answer_is_within_a_tenth_of_where_a_queue_passes_the_aim(
    servers: int, demand_s: float
) -> None:
    full = servers / demand_s
    samples = _measured([0.1 * full, 0.2 * full, 0.4 * full], servers, demand_s)
    said = could_carry(learn_stations({"cores": servers}, samples), samples, 1.0)
    steps = []
    for share in range(70, 100, 3):
        rate = full * share / 100
        steps.append((rate, _run_queue(rate, servers, demand_s, 500, seed=7)[0]))
    true = min(last_in_time(steps, 1.0), full)
    assert said.rate == pytest.approx(true, rel=0.10)
    assert said.bottleneck == "cores"


def test_the_station_that_fills_up_first_is_named() -> None:
    samples = [
        Sample(
            rate,
            {"cores": 0.2 + 0.01 * rate, "connections": 0.4 * rate, "idle": 0.001 * rate},
            0.05,
        )
        for rate in (10.0, 20.0, 40.0)
    ]
    stations = learn_stations({"cores": 2, "connections": 39, "idle": 4}, samples)
    said = could_carry(stations, samples)
    assert said.bottleneck == "connections"
    assert 80 < said.rate < 97.5
    assert said.utilisation["cores"] == pytest.approx((0.2 + 0.01 * said.rate) / 2, rel=0.01)


def test_crowding_is_learned_where_it_is() -> None:
    samples = [
        Sample(rate, {"cores": 0.1 + 0.01 * rate + 0.0001 * rate**2}, 0.02)
        for rate in (10.0, 20.0, 30.0, 45.0, 60.0)
    ]
    (station,) = learn_stations({"cores": 2}, samples)
    assert station.crowding_s == pytest.approx(0.0001, rel=1e-6)
    # Full where 0.01 x + 0.0001 x² = 1.9.
    assert station.rate_at(1.0) == pytest.approx(96.6, abs=0.1)


def test_more_servers_never_carry_less() -> None:
    rates = []
    for servers in (1, 1.5, 2, 2.5, 3, 4, 8):
        station = Station("cores", servers, 0.02)
        rates.append(could_carry([station], [Sample(1, {"cores": 0.02}, 0.05)]).rate)
    assert rates == sorted(rates)


def test_erlangs_c_of_one_and_two_servers() -> None:
    assert erlang_c(1, 0.5) == pytest.approx(0.5)
    # Two servers: a² / (2 + a) at a = 1.
    assert erlang_c(2, 1.0) == pytest.approx(1 / 3)
    assert p99_at([Station("c", 2, 0.02)], [Sample(1, {}, 0.05)], 120) == float("inf")


@pytest.mark.parametrize(
    ("samples", "words"),
    [
        ([Sample(10, {"cores": 1}, 0.1)], "1 load was measured and two are needed"),
        ([Sample(10, {"cores": 1}, 0.1), Sample(10.5, {"cores": 1}, 0.1)], "too alike"),
        ([Sample(10, {"cores": 1}, 0.1), Sample(20, {"cores": 1}, 0.1)], "no busier"),
        ([Sample(10, {"cores": 1}, 0.1), Sample(20, {}, 0.1)], "not measured at every load"),
        ([Sample(10, {"cores": 0.1}, 1.2), Sample(20, {"cores": 0.2}, 1.3)], "p99 is 1.200 s at"),
    ],
)
def test_loads_that_tell_nothing_are_refused(samples: list[Sample], words: str) -> None:
    with pytest.raises(InvalidSamples, match=words):
        could_carry(learn_stations({"cores": 2}, samples), samples)


def test_waits_are_counted_by_start_and_no_answer_is_no_quick_one() -> None:
    lines: list[dict[str, object]] = [
        {"started": 1.0, "ended": 1.2, "outcome": "acked"},
        {"started": 2.0, "ended": 2.1, "outcome": "refused"},
        {"started": 9.0, "ended": 9.1, "outcome": "acked"},
    ]
    assert waits_of(lines, 0, 5) == [pytest.approx(0.2), float("inf")]
    assert p99([0.1] * 99 + [float("inf")]) == 0.1
    assert p99([0.1] * 98 + [float("inf")] * 2) == float("inf")
    assert p99([]) == float("inf")


@pytest.mark.parametrize(
    ("steps", "rate"),
    [
        ([(10, 0.1), (20, 0.1), (40, 2.0), (80, 3.0)], (20 * 40) ** 0.5),
        # One bad step between good ones is chance.
        ([(10, 0.1), (20, 2.0), (40, 0.2), (80, 3.0), (90, 3.0)], (40 * 80) ** 0.5),
        ([(10, 0.1), (20, 0.1)], float("inf")),
    ],
)
def test_where_the_aim_is_passed(steps: list[tuple[float, float]], rate: float) -> None:
    assert last_in_time(steps, 1.0) == pytest.approx(rate)


def test_the_verb_reads_a_measurement_and_answers(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "measured.json"
    samples = [{"rate": rate, "busy": {"cores": 0.01 * rate}, "p99_s": 0.05} for rate in (10, 40)]
    path.write_text(json.dumps({"servers": {"cores": 2}, "samples": samples}))
    assert main(["capacity", "carry", str(path)]) == Exit.FINE
    assert "cores fills up first" in capsys.readouterr().out
    path.write_text('{"servers": {"cores": 2}}')
    assert main(["capacity", "carry", str(path)]) == Exit.WRONG_CALL
    said = capsys.readouterr().err
    assert "measured.json:1: is no measurement" in said
    path.write_text("{\n oops")
    with pytest.raises(InvalidSamples, match=r"measured.json:2: is no JSON"):
        read_measured(path)
