"""The page of a plan: every job is drawn once, no two of a row overlap, and names cannot break it."""

from __future__ import annotations

import re
from itertools import pairwise
from xml.etree import ElementTree

from hypothesis import given, settings
from hypothesis import strategies as st

from inventory import Estate
from monitors.night.gantt import gantt_svg, lanes, usage
from monitors.night.plan import PlannedJob
from monitors.night.planning import plan_night
from monitors.night.report import plan_page
from monitors.night.resolve import resolve
from tests.monitors.night.nights import DAY, first_come, job, night


@given(st.lists(st.tuples(st.integers(0, 50), st.integers(1, 20)), max_size=12))
@settings(max_examples=60)
def test_no_two_jobs_of_a_row_overlap(times: list[tuple[int, int]]) -> None:
    jobs = [PlannedJob(f"j{i}", s, s + d, s, 100) for i, (s, d) in enumerate(times)]
    rows = lanes(jobs)
    assert sorted(one.name for row in rows for one in row) == sorted(one.name for one in jobs)
    for row in rows:
        assert all(first.end <= then.start for first, then in pairwise(row))
    most = max((sum(a.start <= m < a.end for a in jobs) for m in range(71)), default=0)
    assert len(rows) == most


def test_usage_is_what_runs() -> None:
    found = night(job("a", 60), job("b", 30))
    plan = plan_night(found, 0.5, first_come)
    assert usage(plan, found, "cores") == ((1080, 2), (1110, 1), (1140, 0))


def test_the_page_of_the_shipped_night_has_every_job(shipped: Estate) -> None:
    found = resolve(shipped, DAY)
    plan = plan_night(found, 0.8, first_come)
    assert shipped.batch is not None
    nets = {name: net.title for name, net in shipped.batch.nets.items()}
    page = plan_page(plan, found, "pay files", nets)
    assert "<script" not in page
    assert not re.search(r'(src|href)="http', page)
    svg = ElementTree.fromstring(gantt_svg(plan, found, nets))
    drawn = [title.text or "" for title in svg.iter("{http://www.w3.org/2000/svg}title")][1:]
    assert sorted(text.partition(":")[0] for text in drawn) == sorted(
        one.name for one in found.jobs
    )
    assert page.count("<svg") == 1 + len(found.pools)


def test_a_name_is_only_a_name() -> None:
    found = night(job("a", 300, net="<b>", deadline=1500, deadline_reason='"&<script>'))
    page = plan_page(plan_night(found, 0.5, first_come), found, "<i>", {"<b>": "<b>&"})
    assert "<script>" not in page
    assert "<b>&" not in page
    ElementTree.fromstring(gantt_svg(plan_night(found, 0.5, first_come), found, {"<b>": "<b>&"}))
