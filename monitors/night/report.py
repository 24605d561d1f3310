"""The plan as a page that needs nothing else: bars, pools, and the jobs with the least slack."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from inventory.clock import spell_minute
from monitors.night.gantt import gantt_svg, pool_svg
from monitors.night.night import Night
from monitors.night.plan import Plan

__all__ = ["plan_page"]

_TIGHT = 25


def plan_page(plan: Plan, night: Night, title: str, nets: Mapping[str, str]) -> str:
    """The page; `title` tells the kind of day, `nets` are the nets' titles."""
    from jinja2 import Environment, FileSystemLoader, StrictUndefined
    from markupsafe import Markup

    environment = Environment(
        loader=FileSystemLoader(Path(__file__).parent / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
    )
    return environment.get_template("plan.html").render(
        plan=plan,
        title=title,
        clock=spell_minute,
        # Made by ourselves, with every name escaped.
        gantt=Markup(gantt_svg(plan, night, nets)),
        pools=[Markup(pool_svg(plan, night, pool)) for pool in night.pools],
        tight=sorted(plan.jobs, key=lambda job: (job.slack, job.start))[:_TIGHT],
        reasons={job.name: job.deadline_reason for job in night.jobs},
    )
