"""The night batch of an estate: templates, what a program declares, and that an estate may have none."""

from __future__ import annotations

from pathlib import Path

import pytest

from inventory import Estate, InvalidEstate, load_estate
from inventory.batch import Batch, BatchJob
from tests.estates import estate_of

SMALL = Path(__file__).parents[2] / "examples" / "estate-small"
VARIANTS = Path(__file__).parents[2] / "inventory" / "variants"


def batch_of(estate: Estate) -> Batch:
    assert estate.batch is not None
    return estate.batch


def job_of(estate: Estate, name: str) -> BatchJob:
    return next(job for job in batch_of(estate).jobs if job.name == name)


def test_a_template_makes_a_job_for_each_site(shipped: Estate) -> None:
    bureaus = [site.name for site in shipped.sites.values() if site.kind == "bureau"]
    made = [job for job in batch_of(shipped).jobs if job.template == "municipal-send"]
    assert [job.name for job in made] == [f"municipal-send-{name}" for name in bureaus]
    # Each waits for the extract of its own bureau alone.
    assert all(job.after == (job.name.replace("-send-", "-extract-"),) for job in made)
    # A larger bureau has more to send, and on average it is what the template says.
    of = {job.name.removeprefix("municipal-send-"): job.fixed_min + job.volume_min for job in made}
    assert of["tokyo"] > 2 * of["tottori"]
    assert sum(of.values()) / len(of) == pytest.approx(4)


def test_who_is_no_template_waits_for_all_of_one(small: Estate) -> None:
    assert set(job_of(small, "statistics").after) == {
        "transfers-send", "harbour-lists-miyako", "harbour-lists-sakata",
    }  # fmt: skip


def test_a_declared_job_takes_its_needs_from_the_declaration(shipped: Estate) -> None:
    job = job_of(shipped, "pay-run")
    assert job.program == "pay run"
    assert (job.cores, job.memory_gb, job.connections, job.io) == (2, 1, 3, 30)
    assert job.fixed_min == pytest.approx(1 / 60)
    # 6 s for each of 31.37 million pensions.
    assert job.volume_min == pytest.approx(6 * 31.37 / 60)
    # It goes on from the first part that is missing.
    assert job.rerun_share == 0.5


def test_names_are_told_apart_and_point_to_jobs(estate: Estate) -> None:
    names = [job.name for job in batch_of(estate).jobs]
    assert len(set(names)) == len(names)
    assert {other for job in batch_of(estate).jobs for other in job.after} <= set(names)


def test_every_deadline_has_a_reason_and_every_job_a_place(estate: Estate) -> None:
    for job in batch_of(estate).jobs:
        assert job.deadline is None or job.deadline_reason
        file, _, line = job.where.rpartition(":")
        assert file.endswith(".yml")
        assert int(line) > 1
        assert job.owner in estate.roles


@pytest.mark.parametrize("name", ["policy-day", "one-tokyo-centre"])
def test_a_variant_has_the_night_of_its_base(name: str, shipped: Estate) -> None:
    variant = estate_of(VARIANTS / name)
    assert {job.name for job in batch_of(variant).jobs} >= {
        job.name for job in batch_of(shipped).jobs if "mitaka" not in job.name and "takaido" not in job.name
    }  # fmt: skip


def test_an_estate_may_have_no_night(tmp_path: Path) -> None:
    (tmp_path / "over.yml").write_text(
        f"based_on: {SMALL}\nbatch: null\nnets: null\ndeclared: null\n", encoding="utf-8"
    )
    assert load_estate(tmp_path).batch is None


def test_a_layer_changes_one_job(tmp_path: Path) -> None:
    path = tmp_path / "over.yml"
    path.write_text(
        f"based_on: {SMALL}\nnets:\n  keeping: {{jobs: {{logs: {{cores: 3}}}}}}\n", encoding="utf-8"
    )
    assert job_of(load_estate(tmp_path), "logs-akita").cores == 3
    path.write_text(
        f"based_on: {SMALL}\nnets:\n  keeping: {{jobs: {{logs: {{cores: 99}}}}}}\n",
        encoding="utf-8",
    )
    with pytest.raises(InvalidEstate, match=r"over.yml:3: nets.keeping.jobs.logs.cores: 99"):
        load_estate(tmp_path)
