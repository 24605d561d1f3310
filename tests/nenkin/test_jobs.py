"""Jobs and commands agree: each declared job can be started, each batch is declared, and nothing is left open."""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator
from pathlib import Path

import jsonschema
import pytest

from nenkin import __main__ as program
from nenkin.commands import family_of
from nenkin.jobs import JOBS, Job
from nenkin.settings import DATABASES

SCHEMA = Path(__file__).parent / "data" / "jobs.schema.json"
# Measurements are no jobs, they run beside nothing else; nor is what one person decides or asks at a time.
NO_JOBS = ("bench", "rhythm", "operators", "migrate")


def leaves(
    parser: argparse.ArgumentParser, before: tuple[str, ...] = ()
) -> Iterator[tuple[tuple[str, ...], argparse.ArgumentParser]]:
    """Every command with its parser."""
    below = [action for action in parser._actions if isinstance(action, argparse._SubParsersAction)]
    if not below:
        yield before, parser
    for action in below:
        for name, child in action.choices.items():
            yield from leaves(child, (*before, name))


COMMANDS = {
    " ".join(words): parser for words, parser in leaves(program._parser(program._families("")))
}


@pytest.mark.parametrize("job", JOBS, ids=lambda job: job.name)
def test_a_declared_job_can_be_started(job: Job) -> None:
    assert job.name in COMMANDS
    parser = COMMANDS[job.name]
    known = {word for action in parser._actions for word in (action.dest, *action.option_strings)}
    assert {*job.inputs, *job.outputs} <= known, job.name
    with pytest.raises(SystemExit) as ended:
        program.main([*job.name.split(), "--help"])
    assert ended.value.code == 0


def test_every_batch_is_declared() -> None:
    batches = {
        name
        for name in COMMANDS
        if family_of(name.split()[0]) is not None and name.split()[0] not in NO_JOBS
    }
    assert batches - {job.name for job in JOBS} == set()
    assert len({job.name for job in JOBS}) == len(JOBS)


@pytest.mark.parametrize("job", JOBS, ids=lambda job: job.name)
def test_nothing_that_a_planner_needs_is_left_open(job: Job) -> None:
    assert job.purpose
    assert job.rerun
    assert job.unit
    assert job.io in {"reads", "writes", "light"}
    assert job.database in {*DATABASES, ""}
    # Whoever uses a database holds connections of it.
    assert (job.connections > 0) is (job.database != "")
    assert job.seconds_per_million > 0


def test_the_document_is_as_the_schema_says(capsys: pytest.CaptureFixture[str]) -> None:
    assert program.main(["jobs", "--json"]) == 0
    document = json.loads(capsys.readouterr().out)
    schema = json.loads(SCHEMA.read_text())
    jsonschema.Draft202012Validator(schema).validate(document)
    assert [job["name"] for job in document["jobs"]] == [job.name for job in JOBS]
    del document["jobs"][0]["rerun"]
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.Draft202012Validator(schema).validate(document)
