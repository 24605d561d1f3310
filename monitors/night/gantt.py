"""The picture of a plan: bars of jobs by net over the hours of a night, and below what each pool has and gives."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from html import escape

from inventory.clock import spell_minute
from monitors.night.night import Night, Pool
from monitors.night.plan import Plan, PlannedJob

__all__ = ["gantt_svg", "lanes", "pool_svg", "usage"]

_LEFT, _WIDTH, _RIGHT = 190, 1100, 20
_ROW, _GAP, _TOP = 15, 9, 26
_POOL_HEIGHT = 64
# A bar shorter than this has no room for its name; a letter is about this wide.
_LETTER = 5.6


@dataclass(frozen=True, slots=True)
class _Scale:
    """From minutes to places; whole hours are marked."""

    first: int
    last: int

    def x(self, minute: int) -> float:
        return _LEFT + _WIDTH * (minute - self.first) / max(1, self.last - self.first)

    def hours(self) -> range:
        return range(-(-self.first // 60) * 60, self.last + 1, 60)


def _scale(plan: Plan) -> _Scale:
    starts = [plan.begins, *(job.start for job in plan.jobs)]
    return _Scale(min(starts) // 60 * 60, max(plan.opening, plan.finish) + 30)


def lanes(jobs: list[PlannedJob]) -> list[list[PlannedJob]]:
    """Jobs in as few rows as their times allow, no two of a row at the same time."""
    rows: list[list[PlannedJob]] = []
    for job in sorted(jobs, key=lambda one: (one.start, one.name)):
        row = next((row for row in rows if row[-1].end <= job.start), None)
        if row is None:
            rows.append([job])
        else:
            row.append(job)
    return rows


def usage(plan: Plan, night: Night, pool: str) -> tuple[tuple[int, int], ...]:
    """The units of a pool that the plan uses: (minute, units) from that minute on."""
    demands = {job.name: job.demands.get(pool, 0) for job in night.jobs}
    changes: dict[int, int] = {}
    for job in plan.jobs:
        changes[job.start] = changes.get(job.start, 0) + demands[job.name]
        changes[job.end] = changes.get(job.end, 0) - demands[job.name]
    steps, units = [], 0
    for minute in sorted(changes):
        units += changes[minute]
        steps.append((minute, units))
    return tuple(steps)


def gantt_svg(plan: Plan, night: Night, titles: Mapping[str, str]) -> str:
    """The bars as an SVG element; `titles` are those of the nets."""
    scale = _scale(plan)
    of_job = {job.name: job for job in night.jobs}
    nets: dict[str, list[PlannedJob]] = {}
    for job in night.jobs:
        nets.setdefault(job.net, []).append(plan.job(job.name))
    parts: list[str] = []
    y = _TOP
    for net, jobs in nets.items():
        rows = lanes(jobs)
        title = escape(titles.get(net, net))
        parts.append(f'<text class="net" x="4" y="{y + 11}">{title}</text>')
        for row in rows:
            parts += (_bar(scale, job, of_job[job.name].deadline_reason, y) for job in row)
            y += _ROW
        y += _GAP
        parts.append(f'<line class="rule" x1="0" x2="{_LEFT + _WIDTH}" y1="{y - 5}" y2="{y - 5}"/>')
    grid = "".join(_grid(scale, plan, y))
    return _svg(y + 6, grid + "".join(parts), "Jobs over the hours of the night")


def _bar(scale: _Scale, job: PlannedJob, reason: str, y: int) -> str:
    x, width = scale.x(job.start), max(1.5, scale.x(job.end) - scale.x(job.start))
    kind = "critical" if job.is_critical else f"tier{job.tier}"
    told = (
        f"{job.name}: {spell_minute(job.start)} to {spell_minute(job.end)}, "
        f"latest start {spell_minute(max(0, job.latest_start))}, until {spell_minute(job.deadline)}"
        + (f" ({reason})" if reason else "")
    )
    letters = int((width - 4) / _LETTER)
    label = job.name if len(job.name) <= letters else job.name[: max(0, letters - 1)] + "…"
    text = f'<text x="{x + 2:.1f}" y="{y + 10}">{escape(label)}</text>' if letters >= 4 else ""
    return (
        f'<g class="{kind}"><title>{escape(told)}</title>'
        f'<rect x="{x:.1f}" y="{y}" width="{width:.1f}" height="{_ROW - 2}"/>{text}</g>'
    )


def _grid(scale: _Scale, plan: Plan, height: int) -> Iterator[str]:
    for minute in scale.hours():
        x = scale.x(minute)
        yield f'<line class="hour" x1="{x:.1f}" x2="{x:.1f}" y1="{_TOP - 6}" y2="{height}"/>'
        yield f'<text class="clock" x="{x:.1f}" y="12">{spell_minute(minute)}</text>'
    marks = [("begins", plan.begins), ("opening", plan.opening), ("finish", plan.finish)]
    if plan.bound is not None and plan.bound < plan.finish:
        marks.append(("bound", plan.bound))
    for name, minute in marks:
        x = scale.x(minute)
        yield f'<line class="{name}" x1="{x:.1f}" x2="{x:.1f}" y1="14" y2="{height}"/>'


def pool_svg(plan: Plan, night: Night, pool: Pool) -> str:
    """What one pool has (line) and what the plan uses of it (area)."""
    scale = _scale(plan)
    most = max(1, *(units for _, units in pool.steps))
    used = usage(plan, night, pool.name)
    peak = max((units for _, units in used), default=0)

    def y(units: int) -> float:
        return _TOP + _POOL_HEIGHT * (1 - units / most)

    def path(steps: tuple[tuple[int, int], ...]) -> str:
        points = [f"M{scale.x(scale.first):.1f} {y(_at(steps, scale.first)):.1f}"]
        for minute, units in steps:
            if scale.first < minute <= scale.last:
                points.append(f"H{scale.x(minute):.1f}V{y(units):.1f}")
        return "".join([*points, f"H{scale.x(scale.last):.1f}"])

    bottom = f"V{y(0):.1f}H{scale.x(scale.first):.1f}Z"
    title = f"{pool.name}: peak {peak} of {most}"
    return _svg(
        _TOP + _POOL_HEIGHT + 4,
        "".join(_grid(scale, plan, _TOP + _POOL_HEIGHT))
        + f'<path class="used" d="{path(used)}{bottom}"/><path class="there" d="{path(pool.steps)}"/>'
        + f'<text class="net" x="4" y="{_TOP + 12}">{escape(pool.name)}</text>'
        + f'<text class="peak" x="4" y="{_TOP + 28}">peak {peak} of {most}</text>',
        title,
    )


def _at(steps: tuple[tuple[int, int], ...], minute: int) -> int:
    return next((units for since, units in reversed(steps) if since <= minute), 0)


def _svg(height: int, content: str, title: str) -> str:
    width = _LEFT + _WIDTH + _RIGHT
    return (
        f'<svg viewBox="0 0 {width} {height}" role="img" xmlns="http://www.w3.org/2000/svg">'
        f"<title>{escape(title)}</title>{content}</svg>"
    )
