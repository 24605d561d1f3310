"""Whether forecasts hold: `python -m tests.monitors.forecast.honesty [own|heavy] --nights 1000 [--rows FILE]`.

Learns from 250 nights, calibrates on 200 others, and forecasts nights that neither has seen, beside an observer who knows
the generator's parameters and beside three usual ways. With `--rows` what is done is kept and continued.
"""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from monitors.forecast.alarm import alarm_of
from monitors.forecast.belief import Belief
from monitors.forecast.calibration import pit, pit_histogram
from monitors.forecast.history import PastLook, PastNight, read_history, write_history
from monitors.forecast.learning import Learned, learn
from monitors.forecast.made_up import MadeUp, TrueNight, made_up
from monitors.forecast.network import Floats
from monitors.forecast.peers import normal_curve, plain_finishes
from monitors.forecast.prediction import draw_rest, finishes_of
from monitors.forecast.remembering import calibrations_of
from monitors.forecast.run_state import RunState
from monitors.forecast.simulation import ENDED, RUNNING, run_nights
from tests.monitors.generators.heavy import drawn_heavy

LEARNT, CALIBRATED = 250, 200
HOURS = (1200, 1380, 1560)
"""20:00, 23:00 and 02:00."""
AHEAD = 60


@dataclass(frozen=True, slots=True)
class Happened:
    """A whole night as it ran."""

    true: TrueNight
    starts: Floats
    ends: Floats

    def at(self, now: float) -> RunState:
        """How far it had come at a minute."""
        count = self.starts.size
        running = (self.starts <= now) & (self.ends > now)
        over = self.ends <= now
        broke = self.starts + self.true.first
        again = (running | over) & (self.true.rerun > 0) & (broke <= now)
        status = np.zeros(count, np.int64)
        status[running], status[over] = RUNNING, ENDED
        return RunState(
            now,
            status,
            np.where(again, broke, self.starts),
            np.where(over, self.ends, np.nan),
            np.where(over | again, self.true.first, np.nan),
            np.where(again, 2, np.where(running | over, 1, 0)).astype(np.int64),
            np.zeros(count, np.int64),
        )


def happened(made: MadeUp, true: TrueNight) -> Happened:
    """Run a night by the dispatch rule with the durations that the seed drew."""
    run = run_nights(made.network, (true.first + true.rerun)[None, :], now=float(made.night.begins))
    return Happened(true, run.starts[0], run.ends[0])


def draw(made: MadeUp, generator: str, number: int, seed: int) -> TrueNight:
    """Draw the n-th night of a generator."""
    random = np.random.default_rng([seed, number, generator == "heavy"])
    return drawn_heavy(made, number, random) if generator == "heavy" else made.drawn(number, random)


def past(made: MadeUp, true: TrueNight) -> PastNight:
    """What is kept of a night."""
    names = made.network.names
    rerun = {name: m for name, m in zip(names, true.rerun.tolist(), strict=True) if m > 0}
    volume = {job.name: job.volume for job in true.night.jobs}
    day, kind = true.night.day.isoformat(), true.night.kind
    return PastNight(day, kind, dict(zip(names, true.first.tolist(), strict=True)), rerun, volume)


def learnt(made: MadeUp, generator: str, seed: int, nights: int = LEARNT) -> Learned:
    """Learn from the first nights of a generator."""
    history = [past(made, draw(made, generator, n, seed)) for n in range(nights)]
    return learn(history, made.network.names, {job.name: job.duration for job in made.night.jobs})


def finishes(made: MadeUp, belief: Belief, state: RunState, nights: int, seed: int) -> Floats:
    """The product's forecast."""
    return finishes_of(made.network, draw_rest(belief, state, nights, seed))[0]


def moments_of(made: MadeUp) -> list[int]:
    """Each hour until AHEAD minutes before the opening, and the hours that are judged."""
    return sorted({*HOURS, *range(made.night.begins, made.night.opening - AHEAD + 1, 60)})


def calibration_nights(
    made: MadeUp, known: Learned, generator: str, seed: int, nights: int = CALIBRATED
) -> tuple[PastNight, ...]:
    """What was forecast each hour in nights that were not learned from, and what came."""
    return tuple(
        looked_at(made, known, generator, number, seed) for number in range(10_000, 10_000 + nights)
    )


def looked_at(made: MadeUp, known: Learned, generator: str, number: int, seed: int) -> PastNight:
    """One of them."""
    night = happened(made, draw(made, generator, number, seed))
    belief, finish = known.belief(night.true.night), float(night.ends.max())
    opening, looks = float(made.night.opening), []
    for now in moments_of(made):
        if now < finish:
            told = finishes(made, belief, night.at(now), 300, number)
            looks.append(PastLook(float(now), pit(told, finish), float((told > opening).mean())))
    day, kind = night.true.night.day.isoformat(), night.true.night.kind
    return PastNight(day, kind, {}, {}, {}, tuple(looks), finish, opening)


def kept_calibration_nights(
    made: MadeUp, known: Learned, generator: str, seed: int, rows: Path | None
) -> tuple[PastNight, ...]:
    """The same, kept beside the rows as they come."""
    path = rows.with_suffix(".nights.jsonl") if rows else None
    nights = read_history(path) if path and path.exists() else ()
    for number in range(10_000 + len(nights), 10_000 + CALIBRATED):
        nights = (*nights, looked_at(made, known, generator, number, seed))
        if path:
            write_history(path, nights)
    return nights


def judged(
    made: MadeUp,
    known: Learned,
    past_nights: Sequence[PastNight],
    generator: str,
    number: int,
    seed: int,
    *,
    looks: bool = True,
) -> dict[str, Any]:
    """Forecast one unseen night at the hours and, with `looks`, each hour until AHEAD minutes before opening."""
    night = happened(made, draw(made, generator, number, seed))
    opening = made.night.opening
    finish = float(night.ends.max())
    belief, truth = known.belief(night.true.night), made.truth(night.true.night)
    random = np.random.default_rng([7, number])
    row: dict[str, Any] = {"finish": finish, "overrun": finish > opening, "hours": {}, "p": {}}
    calibrations = calibrations_of(past_nights)
    for now in moments_of(made) if looks else HOURS:
        state = night.at(now)
        if (state.status == ENDED).all():
            continue
        told = finishes(made, belief, state, 500 if now in HOURS else 200, number)
        honest = calibrations.at(now)
        raw = float((told <= opening).mean())
        p = {"product": 1 - honest.probability(raw), "raw": 1 - raw}
        _, normal95, p["normal"] = normal_curve(made.network, belief, state, opening)
        plain, alone = (
            plain_finishes(
                made.network, belief, state, 150 if now in HOURS else 75, random, resources=r
            )
            for r in (True, False)
        )
        p["resources"], p["precedence"] = (
            float((plain > opening).mean()),
            float((alone > opening).mean()),
        )
        if generator == "own":
            ideal = finishes(made, truth, state, 500 if now in HOURS else 200, number + 1)
            p["ideal"] = float((ideal > opening).mean())
        row["p"][now] = p
        if now in HOURS:
            levels = [honest.level(level) for level in (0.025, 0.95, 0.975)]
            low, top, high = np.quantile(told, levels).tolist()
            raw_low, raw_top, raw_high = np.quantile(told, [0.025, 0.95, 0.975]).tolist()
            held = {
                "interval": low <= finish <= high,
                "bound": finish <= top,
                "raw_interval": raw_low <= finish <= raw_high,
                "raw_bound": finish <= raw_top,
                "normal_bound": finish <= normal95,
                "precedence_bound": finish <= float(np.quantile(alone, 0.95)),
                "resources_bound": finish <= float(np.quantile(plain, 0.95)),
                "width": high - low,
            }
            if generator == "own":
                ideal_low, ideal_top, ideal_high = np.quantile(ideal, [0.025, 0.95, 0.975]).tolist()
                held |= {
                    "ideal_interval": ideal_low <= finish <= ideal_high,
                    "ideal_bound": finish <= ideal_top,
                    "ideal_width": ideal_high - ideal_low,
                }
            row["hours"][now] = {**held, "pit": pit(told, finish)}
    return row


def summary(
    rows: list[dict[str, Any]], own_rise: float = 0.9, rise: float = 0.9, ideal_rise: float = 0.9
) -> dict[str, Any]:
    """Coverage by hour, and early warning: hikae's at `own_rise`, the observer's, and the usual ways' at `rise`."""
    told: dict[str, Any] = {"nights": len(rows), "overruns": sum(r["overrun"] for r in rows)}
    for hour in HOURS:
        at = [r["hours"][str(hour)] for r in rows if str(hour) in r["hours"]]
        held: dict[str, Any] = {
            k: round(float(np.mean([a[k] for a in at])), 3) for k in at[0] if k != "pit"
        }
        held["pits"] = pit_histogram([a["pit"] for a in at])
        told[f"{hour // 60:02d}:00"] = held
    for way in next(iter(rows[0]["p"].values())):
        level = {"ideal": ideal_rise, "product": own_rise}.get(way, rise)
        told[f"alarms {way}"] = {"rise": round(level, 3), **warned(rows, way, level, ideal_rise)}
    return told


def warned(
    rows: list[dict[str, Any]], way: str, rise: float, ideal_rise: float
) -> dict[str, float]:
    """Of the overruns that the ideal observer announces in time, the share announced too; and alarms in nights in time."""

    def announces(row: dict[str, Any], who: str, level: float) -> bool:
        return any(p.get(who, 0.0) >= level for p in row["p"].values())

    late = [r for r in rows if r["overrun"]]
    told = [r for r in late if announces(r, "ideal", ideal_rise)] or late
    fine = [r for r in rows if not r["overrun"]]
    hit = sum(announces(r, way, rise) for r in told)
    false = sum(announces(r, way, rise) for r in fine)
    return {
        "of": len(told),
        "announced": round(hit / max(len(told), 1), 3),
        "false": round(false / max(len(fine), 1), 4),
        "of_all_overruns": round(sum(announces(r, way, rise) for r in late) / max(len(late), 1), 3),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("generator", nargs="?", choices=["own", "heavy"], default="own")
    parser.add_argument("--nights", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument(
        "--seconds", type=float, default=1e9, help="stop after so many; --rows continues"
    )
    parser.add_argument("--rows", type=Path, help="keep what is done here")
    parser.add_argument("--rise", type=float, default=0.9)
    parser.add_argument("--ideal-rise", type=float, default=0.9)
    told = parser.parse_args()
    begun = time.monotonic()
    rows = []
    if told.rows and told.rows.exists():
        rows = [json.loads(line) for line in told.rows.read_text().splitlines()]
    made = made_up(told.seed)
    nights: tuple[PastNight, ...] = ()
    if len(rows) >= told.nights and told.rows:
        nights = read_history(told.rows.with_suffix(".nights.jsonl"))
    else:
        known = learnt(made, told.generator, told.seed)
        nights = kept_calibration_nights(made, known, told.generator, told.seed, told.rows)
        while len(rows) < told.nights and time.monotonic() - begun < told.seconds:
            row = judged(made, known, nights, told.generator, 20_000 + len(rows), told.seed)
            rows.append(json.loads(json.dumps(row, default=bool)))
            if told.rows:
                with told.rows.open("a") as kept:
                    kept.write(f"{json.dumps(rows[-1])}\n")
    own_rise = alarm_of(nights, calibrations_of(nights)).rise
    print(json.dumps(summary(rows, own_rise, told.rise, told.ideal_rise), indent=1))  # noqa: T201


if __name__ == "__main__":
    main()
