"""The night as a picture: what was planned above, what happened below it, and when it will be over."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from dr.drawing import Bar, Drawing, Rule, Scale, Text
from inventory import Estate
from inventory.clock import spell_minute
from monitors.night.night import NightJob
from monitors.night.plan import Plan, PlannedJob
from monitors.watching.runs import Run, job_words, runs_of
from monitors.watching.tonight import Tonight

__all__ = ["SIGNS", "gantt_picture"]

SIGNS = {"running": "▸", "failed": "×", "lost": "×", "held": "‖", "skipped": "⁄"}
"""What stands before a job's name: colour is not all that tells."""

_WIDTH, _LEFT, _RIGHT = 1120.0, 150.0, 14.0
_TOP = 54.0
_WIDE, _NARROW = (4.0, 11.0), (2.0, 4.0)
"""What a planned and an actual bar are high: narrow where a net has many jobs at once, which then have no names."""
_MANY = 8
_LETTER = 6.2
_LINE_TITLE = 22


@dataclass(frozen=True, slots=True)
class _Row:
    """What a job takes of a lane: from the first minute of plan or run to the last of either."""

    job: PlannedJob
    word: str
    runs: tuple[Run, ...]

    @property
    def begins(self) -> float:
        return min([self.job.start, *(run.begun for run in self.runs)])

    @property
    def ends(self) -> float:
        return max([self.job.end, *(run.ended for run in self.runs)])


def gantt_picture(estate: Estate, found: Tonight) -> Drawing | None:
    """Draw it; None without a plan. Every bar says its times when the pointer rests on it."""
    if found.plan is None or found.night is None:
        return None
    plan, jobs = found.plan, {job.name: job for job in found.night.jobs}
    nets = {net.name: net.title for net in estate.batch.nets.values()} if estate.batch else {}
    drawing = Drawing(_WIDTH, _TOP, f"Jobs of the night of {found.day}: planned and actual")
    scale = _scale(plan, found)
    for net, rows in _by_net(plan, jobs, found).items():
        title = nets.get(net, net)
        short = title if len(title) <= _LINE_TITLE else f"{title[: _LINE_TITLE - 1]}…"
        drawing.texts.append(Text(0, drawing.height + 13, short, "lane"))
        lanes, top = _lanes(rows), drawing.height
        high = _WIDE if len(lanes) <= _MANY else _NARROW
        for lane in lanes:
            for row in lane:
                _bar(drawing, scale, row, jobs[row.job.name], found, high)
            drawing.height += sum(high) + 2
        drawing.height = max(drawing.height, top + 17) + 4
        drawing.rules.append(
            Rule(0, drawing.height - 3, _WIDTH - _RIGHT, drawing.height - 3, "grid")
        )
    _time(drawing, scale, plan, found)
    return drawing


def _scale(plan: Plan, found: Tonight) -> Scale:
    ends = [float(plan.opening), float(plan.finish)]
    if found.events is not None:
        ends += [run.ended for run in runs_of(found.events, found.now)]
    if found.finish is not None:
        ends += [end for end in (found.finish.high, found.finish.median) if end is not None]
    # A night that never ends may not squeeze the others into a line.
    last = min(max(ends) + 20, plan.opening + 480.0)
    first = min([plan.begins, *(job.start for job in plan.jobs)]) // 60 * 60
    return Scale(float(first), last, _LEFT, _WIDTH - _RIGHT)


def _by_net(plan: Plan, jobs: dict[str, NightJob], found: Tonight) -> dict[str, list[_Row]]:
    events = found.events or ()
    words = job_words([job.name for job in plan.jobs], events, found.now)
    of_job: dict[str, list[Run]] = {}
    for run in runs_of(events, found.now):
        of_job.setdefault(run.job, []).append(run)
    nets: dict[str, list[_Row]] = {}
    for job in sorted(plan.jobs, key=lambda one: (one.start, one.name)):
        if job.name in jobs:
            row = _Row(job, words[job.name], tuple(of_job.get(job.name, ())))
            nets.setdefault(jobs[job.name].net, []).append(row)
    return nets


def _lanes(rows: Sequence[_Row]) -> list[list[_Row]]:
    lanes: list[list[_Row]] = []
    for row in sorted(rows, key=lambda one: (one.begins, one.job.name)):
        lane = next((lane for lane in lanes if lane[-1].ends <= row.begins), None)
        if lane is None:
            lanes.append([row])
        else:
            lane.append(row)
    return lanes


def _bar(
    drawing: Drawing,
    scale: Scale,
    row: _Row,
    job: NightJob,
    found: Tonight,
    high: tuple[float, float],
) -> None:
    y, planned = drawing.height, row.job
    tip = _tip(row, job)
    draw = scale.bar(y, high[0], "plan")
    drawing.bars.append(draw(planned.start, planned.end, tip))
    below = y + high[0]
    if not row.runs:
        css = row.word if row.word in ("held", "skipped") else "waiting"
        if found.events is not None and css == "waiting" and found.now > planned.latest_start:
            css = "overdue"
        drawing.bars.append(
            scale.bar(below, high[1], f"job {css}")(planned.start, planned.end, tip)
        )
    for run in row.runs:
        css = "late" if run.state == "running" and run.ended > planned.deadline else run.state
        drawing.bars.append(scale.bar(below, high[1], f"job {css}")(run.begun, run.ended, tip))
    begins = row.runs[-1].begun if row.runs else planned.start
    ends = row.runs[-1].ended if row.runs else planned.end
    letters = int((scale(ends) - scale(begins) - 3) / _LETTER)
    label = f"{SIGNS.get(row.word, '')}{planned.name}"
    if letters >= 4 and high is _WIDE:
        said = label if len(label) <= letters else f"{label[: letters - 1]}…"
        css = "inbar" if row.runs else "waiting"
        drawing.texts.append(Text(scale(begins) + 2, below + 9, said, css))
    elif row.word in ("failed", "lost"):
        drawing.texts.append(Text(scale(ends) + 2, below + 9, label, "trouble"))


def _tip(row: _Row, job: NightJob) -> str:
    planned = row.job
    said = f"{planned.name}: planned {spell_minute(planned.start)} to {spell_minute(planned.end)}"
    said += f", latest start {spell_minute(max(0, planned.latest_start))}"
    said += f", until {spell_minute(planned.deadline)}"
    if job.deadline_reason:
        said += f" ({job.deadline_reason})"
    for run in row.runs:
        until = "now" if run.state == "running" else spell_minute(int(run.ended))
        said += f"; {run.state} {spell_minute(int(run.begun))} to {until}"
    return said if row.runs else f"{said}; {row.word}"


def _time(drawing: Drawing, scale: Scale, plan: Plan, found: Tonight) -> None:
    """Hours, now, the planned finish, the opening, and the forecast with its interval."""
    bottom = drawing.height
    for hour in range(int(-(-scale.low // 60)), int(scale.high // 60) + 1):
        x = scale(hour * 60)
        drawing.rules.insert(0, Rule(x, _TOP - 6, x, bottom, "grid"))
        drawing.texts.append(Text(x, _TOP - 11, f"{hour:02}:00", "tick", "middle"))
    marks = [(plan.finish, "planned end", "targetline"), (plan.opening, "opening", "faultline")]
    if scale.low <= found.now <= scale.high and found.events is not None:
        marks.append((int(found.now), "now", "nowline"))
    finish = found.finish
    if finish is not None and finish.low is not None and finish.high is not None:
        tip = f"forecast {finish.words}: {_clock(finish.low)} to {_clock(finish.high)}"
        x = scale(finish.low)
        drawing.bars.insert(
            0, Bar(x, _TOP - 6, max(scale(finish.high) - x, 2), bottom - _TOP + 6, "band", tip)
        )
    if finish is not None and finish.median is not None:
        marks.append((int(finish.median), "forecast", "healline"))
    taken: list[tuple[float, float]] = []
    for minute, word, css in sorted(marks):
        x = scale(minute)
        drawing.rules.append(Rule(x, _TOP - 6, x, bottom, css))
        said = f"{word} {spell_minute(minute)}"
        width = len(said) * _LETTER
        at = min(max(x, scale.left + width / 2), _WIDTH - width / 2)
        # Two marks close to one another: the second goes a line higher.
        is_free = all(at - width / 2 > right or at + width / 2 < left for left, right in taken)
        drawing.texts.append(Text(at, 27 if is_free else 12, said, f"mark {css}", "middle"))
        if is_free:
            taken.append((at - width / 2, at + width / 2))


def _clock(minute: float) -> str:
    return spell_minute(int(minute))
