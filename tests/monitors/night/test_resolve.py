"""A day's night: which jobs run, when it begins and must have ended, where what runs when sites are gone."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

import pytest

from inventory import Estate, load_estate
from inventory.clock import spell_minute
from monitors.night.kinds import kinds_of_year
from monitors.night.night import Night, NightJob
from monitors.night.resolve import InvalidNight, daytime_jobs, resolve, without_place

# Day, kind, begin, end: an office day, a long Monday, before a Saturday opening, the Saturday itself, before a closed
# Saturday, a Sunday opening, the pay file's night, a pay date, the day after New Year.
DAYS = [
    ("2026-12-02", "weekday", "18:00", "31:00"),
    ("2026-12-07", "weekday", "19:45", "31:00"),
    ("2026-12-11", "week-end", "18:00", "32:00"),
    ("2026-12-12", "closed", "16:45", "42:00"),
    ("2026-12-04", "week-end", "18:00", "42:00"),
    ("2027-02-14", "closed", "16:45", "31:00"),
    ("2026-12-09", "pay-file", "18:00", "31:00"),
    ("2026-12-15", "pay-day", "18:00", "31:00"),
    ("2026-12-28", "month-end", "19:45", "42:00"),
    ("2027-01-04", "month-begin", "19:45", "31:00"),
    ("2027-01-12", "after-holiday", "19:45", "31:00"),
    ("2027-03-31", "year-end", "18:00", "31:00"),
]


def names(night: Night) -> set[str]:
    return {job.name for job in night.jobs}


@pytest.mark.parametrize(("day", "kind", "begins", "opening"), DAYS)
def test_the_frame_of_a_night(
    shipped: Estate, day: str, kind: str, begins: str, opening: str
) -> None:
    night = resolve(shipped, date.fromisoformat(day))
    assert (night.kind, spell_minute(night.begins), spell_minute(night.opening)) == (
        kind,
        begins,
        opening,
    )


def test_a_business_night_has_150_to_350_jobs_and_a_closed_one_less(shipped: Estate) -> None:
    for kind in kinds_of_year(shipped, date(2026, 12, 1), days=95):
        most = 150 if kind.kind == "closed" else 350
        assert (0 if kind.kind == "closed" else 150) <= len(kind.night.jobs) <= most, kind.kind


def test_pay_files_are_made_in_their_night_only(shipped: Estate) -> None:
    assert "pay-run" in names(resolve(shipped, date(2026, 12, 9)))
    assert "pay-run" not in names(resolve(shipped, date(2026, 12, 10)))
    # Between pay months only first payments and revisions.
    big = {job.name: job for job in resolve(shipped, date(2026, 12, 9)).jobs}["pay-run"]
    small = {job.name: job for job in resolve(shipped, date(2027, 1, 8)).jobs}["pay-run"]
    assert big.volume == 1
    assert small.volume == pytest.approx(420_000 / 31_370_000, rel=1e-2)
    assert big.duration.median_min > 5 * small.duration.median_min


def test_who_waits_for_an_absent_job_waits_for_what_it_waits_for(shipped: Estate) -> None:
    jobs = {job.name: job for job in resolve(shipped, date(2026, 12, 2)).jobs}
    assert "awards-decide" not in jobs
    assert "changes-decide" in jobs["awards-notices"].after
    every = {job.name: job for job in resolve(shipped, date(2026, 12, 9)).jobs}
    # The pay net stands between awards and the ledger on its night only.
    assert "zengin-send" in every["returns-fetch"].after
    assert "zengin-send" not in jobs["returns-fetch"].after
    assert "changes-decide" in _before(jobs, "returns-fetch")


def _before(jobs: dict[str, NightJob], name: str) -> set[str]:
    found: set[str] = set()
    rest = [name]
    while rest:
        for other in jobs[rest.pop()].after:
            if other not in found:
                found.add(other)
                rest.append(other)
    return found


@pytest.mark.parametrize("offset", range(0, 364, 13))
def test_every_night_hangs_together(shipped: Estate, offset: int) -> None:
    night = resolve(shipped, date(2026, 12, 1) + timedelta(days=offset))
    pools = {pool.name: max(units for _, units in pool.steps) for pool in night.pools}
    for job in night.jobs:
        assert set(job.after) <= names(night) - {job.name}
        assert night.begins <= job.not_before < (job.deadline or night.opening)
        assert job.deadline is None or job.deadline_reason
        assert all(units <= pools[pool] for pool, units in job.demands.items())
        assert job.duration.median_min > 0
    assert night.begins < night.opening <= 48 * 60


def test_two_centres_gone_leave_kansai(shipped: Estate) -> None:
    day = date(2026, 12, 9)
    night = resolve(shipped, day, without=("mitaka", "takaido"))
    pools = {pool.name for pool in night.pools}
    assert "kansai-cores" in pools
    assert not {"mitaka-cores", "takaido-cores"} & pools
    assert {p for job in night.jobs for p in job.demands if p.endswith("-cores")} == {
        "kansai-cores"
    }
    # What would run at a lost site only has no place; everything else goes on.
    assert set(without_place(shipped, day, ("mitaka", "takaido"))) == {
        "host-logs-mitaka", "host-logs-takaido", "log-digest-mitaka", "log-digest-takaido", "certificates-check",
    }  # fmt: skip


def test_without_kansai_its_tapes_are_gone(shipped: Estate) -> None:
    night = resolve(shipped, date(2026, 12, 9), without=("kansai",))
    assert "tape-write" not in names(night)
    assert "pay-run" in names(night)
    assert "tape" not in {pool.name for pool in night.pools}


def test_one_tokyo_centre_has_the_payments_in_mitaka() -> None:
    estate = load_estate(Path("inventory/variants/one-tokyo-centre"))
    night = resolve(estate, date(2026, 12, 9))
    assert {job.name: job for job in night.jobs}["pay-run"].demands["mitaka-cores"] == 2
    assert next(pool for pool in night.pools if pool.name == "mitaka-cores").steps == ((0, 48),)


def test_a_job_of_the_day_moves_when_asked(shipped: Estate) -> None:
    day = date(2026, 12, 9)
    assert "audit-sample" in {job.name for job in daytime_jobs(shipped, day)}
    assert "audit-sample" not in names(resolve(shipped, day))
    moved = {job.name: job for job in resolve(shipped, day, moved=("audit-sample",)).jobs}
    assert moved["audit-sample"].movable
    assert moved["audit-sample"].not_before == 18 * 60


def test_what_cannot_be_resolved_is_said(shipped: Estate, tmp_path: Path) -> None:
    day = date(2026, 12, 9)
    with pytest.raises(InvalidNight, match="'counter-lists' is no job that may move"):
        resolve(shipped, day, moved=("counter-lists",))
    with pytest.raises(InvalidNight, match="'narnia' is no site"):
        resolve(shipped, day, without=("narnia",))
    base = Path("examples/estate-small").resolve()
    (tmp_path / "a.yml").write_text(
        f"based_on: {base}\nbatch: null\nnets: null\n", encoding="utf-8"
    )
    with pytest.raises(InvalidNight, match="describes no night batch"):
        resolve(load_estate(tmp_path), day)
