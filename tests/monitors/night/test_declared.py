"""What the estate has of a program's declaration is what the program says today."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from inventory import SHIPPED_ESTATE, Estate
from monitors.night.declared import DeclarationFailed, ask_program, declared_text

ROOT = Path(__file__).resolve().parents[3]
ASKED = [sys.executable, "-m", "nenkin", "jobs", "--json"]


@pytest.fixture(scope="module")
def document() -> dict[str, list[dict[str, object]]]:
    return dict(ask_program(ASKED, ROOT))


def test_the_estate_says_what_the_program_says(
    document: dict[str, list[dict[str, object]]],
) -> None:
    path = SHIPPED_ESTATE / "declared.yml"
    said = declared_text("python -m nenkin jobs --json", document)
    assert path.read_text(encoding="utf-8") == said, "run `hikae batch declared --write`"


def test_every_program_of_the_night_exists(
    shipped: Estate, document: dict[str, list[dict[str, object]]]
) -> None:
    assert shipped.batch is not None
    declared = {job["name"]: job for job in document["jobs"]}
    named = [job for job in shipped.batch.jobs if job.program]
    assert len(named) > 25
    for job in named:
        assert job.program in declared
        facts = declared[job.program]
        assert (job.cores, job.connections, job.volume) == (
            facts["cores"],
            facts["connections"],
            facts["unit"],
        )


@pytest.mark.parametrize(
    ("argv", "sentence"),
    [
        (["/no/such/program"], "`/no/such/program` failed"),
        ([sys.executable, "-c", "raise SystemExit(3)"], "failed"),
        ([sys.executable, "-c", "print('[]')"], "printed no list of jobs"),
        ([sys.executable, "-c", "print('{')"], "printed no list of jobs"),
    ],
)
def test_a_program_that_declares_nothing(argv: list[str], sentence: str) -> None:
    with pytest.raises(DeclarationFailed, match=sentence):
        ask_program(argv, ROOT)
