"""The page: good is said of nothing that nobody said, each part fails by itself, and nothing is loaded."""

from __future__ import annotations

import base64
import hashlib
import http.client
import os
import re
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime
from functools import cache
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cli.exits import Exit, RefusedCall
from cli.main import main
from cli.watch_gantt import gantt_picture
from cli.watch_look import Files, Looker
from cli.watch_map import map_picture
from cli.watch_page import Known, Rendered, outdated, render
from cli.watch_serve import PageServer
from inventory import Estate, load_estate
from monitors.capacity.prometheus import Prometheus
from monitors.forecast.events import Event
from monitors.metrics.targets import targets
from monitors.night.hours import operating_day
from monitors.watching.curves import curve_of
from monitors.watching.judgement import judge
from monitors.watching.memory import Memory, read_memory, remember, silent_view, write_memory
from monitors.watching.runs import job_words, runs_of
from monitors.watching.states import State, service_states, site_states
from monitors.watching.tonight import Finish, told_by_state, tonight
from monitors.watching.view import Firing, Service, Site, View
from tests.estates import estate_of
from tests.monitors.watching.answers import FULL, SHORT, recorded
from tests.monitors.watching.nights import store_night

SMALL = Path(__file__).parents[3] / "examples/estate-small"
NIGHT = date(2026, 11, 30)
EVIL = "<script>alert(1)</script>"
GOOD = re.compile(r'class="[^"]*\b(?:is-good|good|passed|kept)\b[^"]*"')


@pytest.fixture(scope="module")
def estate() -> Estate:
    return estate_of()


@pytest.fixture(scope="module")
def hosts(estate: Estate) -> dict[str, int]:
    return hosts_of(estate)


@pytest.fixture(scope="module")
def one_o_clock(estate: Estate) -> float:
    return datetime(2026, 12, 1, 1, 0, tzinfo=ZoneInfo(estate.calendar.timezone)).timestamp()


def hosts_of(estate: Estate) -> dict[str, int]:
    found: dict[str, int] = {}
    for target in targets(estate):
        if target.job.name == "gate":
            site = estate.hosts[target.host].site or ""
            found[site] = found.get(site, 0) + 1
    return found


@cache
def small() -> Estate:
    return estate_of(SMALL)


def whole(estate: Estate, hosts: dict[str, int], **changed: object) -> View:
    sites = tuple(Site(name, estate.sites[name].area, n, n) for name, n in hosts.items())
    ready = tuple(Service(s.name, s.tier, True, 0.01) for s in estate.services.values() if s.ledger)
    view = View("mon", (), (), sites, ready, (), 2, None)
    return replace(view, **changed)  # type: ignore[arg-type]


def known(estate: Estate, view: View, at: float, folder: Path, **more: object) -> Known:
    night = tonight(estate, at, folder / "plans", None, view.night, "as told")
    memory = remember(Memory(), view, at)
    return replace(Known(at, view, memory, night, (), ""), **more)  # type: ignore[arg-type]


@given(data=st.data())
def test_fine_is_said_only_where_all_was_said_and_is_good(data: st.DataObject) -> None:
    estate = small()
    asked = hosts_of(estate)
    said = data.draw(
        st.fixed_dictionaries({n: st.none() | st.integers(0, c) for n, c in asked.items()})
    )
    probed = [s for s in estate.services.values() if s.ledger]
    ready = data.draw(
        st.lists(st.none() | st.booleans(), min_size=len(probed), max_size=len(probed))
    )
    view = View(
        data.draw(st.none() | st.just("mon")),
        (),
        (),
        tuple(Site(n, "", up, asked[n]) for n, up in said.items() if up is not None),
        tuple(
            Service(s.name, s.tier, is_ready, None)
            for s, is_ready in zip(probed, ready, strict=True)
        ),
        (),
        None,
        None,
    )
    sites, services = list(site_states(estate, None, view)), list(service_states(estate, view))
    is_whole = view.source is not None and said == asked and all(ready)
    assert (judge(view, sites, services, None).tone == "fine") == is_whole
    assert all(one.state is State.UNKNOWN for one in services if not one.promise.ledger)
    if view.source is None:
        assert {one.state for one in sites} | {one.state for one in services} == {State.UNKNOWN}


def test_nothing_is_green_while_nobody_answers(
    estate: Estate, hosts: dict[str, int], one_o_clock: float, tmp_path: Path
) -> None:
    fine = whole(estate, hosts)
    before = remember(Memory(), fine, one_o_clock)
    said = render(estate, None, known(estate, fine, one_o_clock, tmp_path)).html
    assert "Nothing fires" in said
    assert GOOD.search(said)

    silent = silent_view(("mon-a", "mon-b"))
    later = remember(before, silent, one_o_clock + 60)
    later = remember(later, silent, one_o_clock + 600)
    said = render(
        estate, None, known(estate, silent, one_o_clock + 600, tmp_path, memory=later)
    ).html
    # The legend names colours, and stands for nothing.
    assert set(GOOD.findall(said)) <= {'class="swatch kept"'}
    for words in (
        "Not known",
        "状態不明",
        "Prometheus on <b>mon-a</b> does not answer, since 2026-12-01 01:01:00",
        "The last answer was that of mon at 2026-12-01 01:00:00",
        "01:00:00: ready",
        "batch plan --day 2026-11-30 --store",
    ):
        assert words in said


def test_a_look_that_is_too_old_is_not_believed(
    estate: Estate, hosts: dict[str, int], one_o_clock: float, tmp_path: Path
) -> None:
    fresh = known(estate, whole(estate, hosts), one_o_clock, tmp_path)
    assert outdated(fresh, one_o_clock + 100, 120) is fresh
    old = outdated(fresh, one_o_clock + 121, 120)
    said = render(estate, None, old).html
    assert "Not known" in said
    assert "Nothing below is fresh" in said
    assert set(GOOD.findall(said)) <= {'class="swatch kept"'}


def test_it_loads_nothing_and_runs_nothing_but_its_own(
    estate: Estate, hosts: dict[str, int], one_o_clock: float, tmp_path: Path
) -> None:
    alert = Firing(EVIL, "critical", EVIL, EVIL, EVIL, "runbooks/host-trouble.md#down")
    view = whole(estate, hosts, alerts=(alert,))
    page = render(estate, None, known(estate, view, one_o_clock, tmp_path), None, 30)
    assert EVIL not in page.html
    assert not re.findall(r"(?:src|href)=[\"'](?!#|/\?still|data:,)", page.html)
    assert "url(" not in page.html
    for tag in ("style", "script"):
        (text,) = re.findall(rf"<{tag}>(.*?)</{tag}>", page.html, re.DOTALL)
        digest = base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
        assert f"{tag}-src 'sha256-{digest}'" in page.policy
    assert " style=" not in page.html
    assert 'http-equiv="refresh" content="30"' in page.html
    # What is to be done stands in the page itself.
    assert 'href="#runbooks-host-trouble.md-down"' in page.html
    assert "Look at its console" in page.html


def test_the_night_at_one_o_clock(estate: Estate, one_o_clock: float, tmp_path: Path) -> None:
    assert (
        operating_day(estate.batch, estate.calendar, datetime.fromtimestamp(one_o_clock, UTC))
        == NIGHT
    )
    events = store_night(estate, NIGHT, 25 * 60, tmp_path)
    os.utime(events, (one_o_clock, one_o_clock))
    files = Files(tmp_path / "plans", tmp_path / "memory.json", events)
    looker = Looker(
        estate, files, silent_view, lambda _: Prometheus("", ""), clock=lambda: one_o_clock
    )
    found = looker.look()
    assert not looker._are_events_fresh(one_o_clock + 901)
    night = found.tonight
    assert night.jobs_by == "by the night's events"
    assert night.jobs["failed"] == night.jobs["held"] == 1
    assert sum(night.jobs.values()) == len(night.night.jobs if night.night else ())
    assert night.finish is not None
    assert night.finish.is_fresh
    assert night.finish.median is not None
    assert night.finish.low is not None
    assert night.finish.low <= night.finish.median
    picture = gantt_picture(estate, night)
    assert picture is not None
    drawn = {bar.css for bar in picture.bars}
    assert {"plan", "job done", "job failed", "job running", "job held", "band"} <= drawn
    assert sum(bar.css == "plan" for bar in picture.bars) == len(
        night.night.jobs if night.night else ()
    )
    said = render(estate, None, found).html
    assert "simulated here" in said.lower()
    assert "No curve: Prometheus has the histories, and nobody answers." in said


def test_each_source_of_the_night_says_who_it_is(
    estate: Estate, one_o_clock: float, tmp_path: Path
) -> None:
    (tmp_path / "plans").mkdir()
    (tmp_path / "plans" / f"{NIGHT}.json").write_text("{}")
    told = told_by_state(
        {"is_running": True, "finish": {"0.5": one_o_clock + 3600}, "miss_probability": 0.6}
    )
    found = tonight(
        estate, one_o_clock, tmp_path / "plans", None, told, "as its file says", is_fresh=False
    )
    assert found.finish == Finish(
        1560.0, 1560.0, 1560.0, 0.6, True, "as its file says", "50% to 50%", False
    )
    assert any("is no plan of a night" in note for note in found.notes)
    assert told_by_state({"jobs": 1}) is None
    state = tmp_path / "state.json"
    state.write_text("{")
    files = Files(tmp_path / "plans", tmp_path / "memory.json", tmp_path / "none", state)
    looker = Looker(
        estate, files, silent_view, lambda _: Prometheus("", ""), clock=lambda: one_o_clock
    )
    bare = looker.look().tonight
    assert bare.finish is None
    assert any("events cannot be read" in note for note in bare.notes)


def test_runs_and_words_of_jobs() -> None:
    events = [
        Event(1.0, "a", "started"),
        Event(3.0, "a", "failed"),
        Event(4.0, "a", "rerun"),
        Event(5.0, "a", "started"),
        Event(6.0, "b", "hold"),
        Event(99.0, "a", "done"),
    ]
    assert [(r.begun, r.ended, r.state) for r in runs_of(events, 9)] == [
        (1.0, 3.0, "failed"),
        (5.0, 9, "running"),
    ]
    assert job_words(["a", "b", "c"], events, 9) == {"a": "running", "b": "held", "c": "waiting"}


def test_memory_survives_and_a_broken_one_is_none(
    tmp_path: Path, estate: Estate, hosts: dict[str, int]
) -> None:
    path = tmp_path / "watch" / "x.json"
    kept = remember(Memory(), whole(estate, hosts, alerts=(Firing(*"abcdef"),)), 5.0)
    kept = remember(kept, silent_view(("m",)), 7.0)
    write_memory(path, kept)
    assert read_memory(path) == kept
    assert kept.silent == {"m": 7.0}
    assert remember(kept, whole(estate, hosts), 9.0).silent == {}
    path.write_text('{"format": "other"}')
    assert read_memory(path) == Memory()


@pytest.mark.parametrize("folder", [None, SMALL], ids=["shipped", "without places"])
def test_every_site_stands_on_the_map_once(folder: Path | None) -> None:
    estate = load_estate(folder)
    sites = list(site_states(estate, None, silent_view()))
    picture = map_picture(estate, sites)
    drawn = [bar for bar in picture.bars if bar.css.startswith("site ")]
    assert len(drawn) == len(sites) > 3
    assert len({(bar.x, bar.y) for bar in drawn}) == len(drawn)
    boxes = [bar for bar in picture.bars if bar.css.startswith("area ")]
    for bar in drawn:
        assert sum(
            b.x <= bar.x and bar.x + bar.width <= b.x + b.width and b.y <= bar.y
            and bar.y + bar.height <= b.y + b.height
            for b in boxes
        ) == 1  # fmt: skip


@pytest.mark.parametrize(
    ("measure", "why"),
    [
        (FULL, ""),
        (SHORT, "only 30 days are known"),
        ("host-processor", "no figures of it"),
    ],
)
def test_a_curve_or_why_there_is_none(estate: Estate, measure: str, why: str) -> None:
    with recorded({}) as url:
        prometheus = Prometheus(url, estate.calendar.timezone)
        found = curve_of(estate, prometheus, estate.capacity.measures[measure], NIGHT, 300)
    assert why in found.why
    assert (found.outlook is not None and found.outlook.forecast is not None) == (why == "")
    gone = curve_of(estate, prometheus, estate.capacity.measures[measure], NIGHT, 300)
    assert "no Prometheus at" in gone.why


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("--page", "x.html", "--serve"), "one writes a page"),
        (("--page", "x.html", "--json"), "no JSON"),
        (("--events", "x"), "are for the page"),
    ],
)
def test_calls_that_are_refused(
    words: tuple[str, ...], says: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["watch", *words]) == Exit.WRONG_CALL
    assert says in capsys.readouterr().err


@pytest.fixture
def ask() -> Callable[[int, str, str], tuple[int, str]]:
    def get(port: int, path: str, host: str) -> tuple[int, str]:
        line = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
        line.request("GET", path, headers={"Host": host})
        reply = line.getresponse()
        return reply.status, reply.read().decode() + str(reply.headers)

    return get


def test_the_server_lets_in_nobody_elses_browser(
    ask: Callable[[int, str, str], tuple[int, str]],
) -> None:
    server = PageServer(lambda fresh: Rendered(f"page {fresh}", "default-src 'none'"), 0)
    port = int(server.start().rstrip("/").rpartition(":")[2])
    server.ready.set()
    try:
        status, said = ask(port, "/", f"127.0.0.1:{port}")
        assert status == 200
        assert "page True" in said
        assert "frame-ancestors 'none'" in said
        assert "page False" in ask(port, "/?still", f"localhost:{port}")[1]
        assert ask(port, "/", f"evil.example:{port}")[0] == 421
        assert ask(port, "/etc/passwd", f"127.0.0.1:{port}")[0] == 404
        with pytest.raises(RefusedCall, match="name another by --port"):
            PageServer(lambda _: Rendered("", ""), port).start()
    finally:
        server.stop()
