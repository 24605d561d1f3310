"""`hikae batch run|hold|release|skip|rerun|fence`: what is asked of which host, what is recorded, how it is refused."""

from __future__ import annotations

import json
from collections.abc import Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from cli.batch_night import kept_path
from cli.exits import Exit
from cli.main import main
from inventory.transport import Completed
from monitors.dispatch.orders import orders_of_text
from monitors.forecast.history import read_history
from monitors.night.plan import Plan, PlannedJob
from monitors.night.plan_file import read_plan, write_plan
from monitors.night.resolve import resolve
from tests.cli.acting_world import Fleetlike, stand_in
from tests.cli.test_interruption import entries
from tests.estates import estate_of
from twin.places import Places

ESTATE = estate_of()
DATA = Path(__file__).parent / "data"
WHO = ("--as", "tanaka", "--change", "CHG-4711")
DAY = "2026-11-30"
JOB = {
    "name": "a", "state": "failed", "held": None, "reason": "", "generation": 1, "tries": 1, "may_retry": True,
    "token": 1, "host": "kansai-batch1", "begun": 1080.0, "ended": 1081.0, "exit": 1, "is_fenced": False, "site": "kansai",
}  # fmt: skip
STATE = {
    "format": "hikae.night/1", "night": DAY, "day": DAY, "minute": 1090.0, "ended": False,
    "counts": {"failed": 1}, "stuck": {}, "jobs": [JOB], "runs": [],
}  # fmt: skip


@dataclass
class Hosts:
    """Batch hosts that answer as they are told."""

    answers: dict[str, tuple[int, Any]]
    silent: frozenset[str] = frozenset()
    asked: list[tuple[str, tuple[str, ...]]] = field(default_factory=list)
    stdin: dict[str, str] = field(default_factory=dict)

    def run(
        self, host: str, argv: Sequence[str], *, deadline_s: float, stdin: str | None = None, sudo: bool = False
    ) -> Completed:  # fmt: skip
        assert sudo
        assert deadline_s > 0
        words = tuple(argv[list(argv).index("monitors.dispatch") + 1 :])
        self.asked.append((host, words))
        if stdin is not None:
            self.stdin[words[0]] = stdin
        if host in self.silent:
            return Completed(host, tuple(argv), 255, "", "no route to host", 0.1)
        code, document = self.answers[words[0]]
        return Completed(host, tuple(argv), code, json.dumps(document) + "\n", "", 0.1)


class Batchlike(Fleetlike):
    """A fleet whose bastion is in the backup centre."""

    bastion = "kansai-bastion1"
    hosts: Hosts

    @contextmanager
    def at_bastion(self) -> Any:
        yield self.hosts


@pytest.fixture
def fleet(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Batchlike:
    found = Batchlike(
        ESTATE, ESTATE.slice_hosts("core"), Places(tmp_path / "home", tmp_path / "run")
    )
    found.hosts = Hosts(
        {
            "hold": (0, {"night": DAY, "act": "hold", "jobs": ["a"]}),
            "rerun": (0, {"night": DAY, "act": "rerun", "jobs": ["a", "b"]}),
            "rerun-alone": (0, {"night": DAY, "act": "rerun", "jobs": ["a"]}),
            "fence": (0, {"host": "mitaka-batch1", "how": "dark"}),
            "begin": (0, {"night": DAY, "changed": True, "jobs": 1}),
            "state": (0, STATE),
        }
    )
    for module in ("cli.batch_acts", "cli.batch_fence", "cli.batch_run"):
        monkeypatch.setattr(f"{module}.hold", None, raising=False)
        stand_in(found, module, monkeypatch)
    heads: list[bytes] = []
    monkeypatch.setattr("cli.head_keeping.head_keeper", lambda _: heads.append)
    return found


def printed(name: str, capsys: pytest.CaptureFixture[str]) -> Any:
    found = json.loads(capsys.readouterr().out)
    jsonschema.validate(found, json.loads((DATA / f"{name}.schema.json").read_text()))
    return found


def test_an_act_is_asked_of_the_nearest_host_and_recorded(
    fleet: Batchlike, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["batch", "hold", "a", "--why", "late", *WHO, "--json"]) == Exit.FINE
    assert printed("batch-act", capsys)["jobs"] == ["a"]
    assert fleet.hosts.asked == [("kansai-batch1", ("hold", "", "a", "tanaka", "CHG-4711", "late"))]
    act = entries(fleet.places)[-1]
    assert (act["verb"], act["result"]["state"]) == ("batch hold", "fine")


@pytest.mark.parametrize(("more", "word"), [((), "rerun"), (("--alone",), "rerun-alone")])
def test_a_rerun_says_which_jobs(
    more: tuple[str, ...], word: str, fleet: Batchlike, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ["batch", "rerun", "a", "--why", "wrong input", "--night", DAY, *more, *WHO]
    assert main(words) == Exit.FINE
    assert fleet.hosts.asked[0][1][:3] == (word, DAY, "a")
    assert capsys.readouterr().out.startswith(f"rerun in {DAY}: a")


def test_another_host_is_asked_when_one_is_silent(fleet: Batchlike) -> None:
    fleet.hosts.silent = frozenset({"kansai-batch1"})
    assert main(["batch", "hold", "a", "--why", "late", *WHO]) == Exit.FINE
    assert [host for host, _ in fleet.hosts.asked] == ["kansai-batch1", "mitaka-batch1"]


def test_nobody_answers(fleet: Batchlike, capsys: pytest.CaptureFixture[str]) -> None:
    lost = {"error": "the database was lost, run the same again"}
    fleet.hosts.answers["hold"] = (3, lost)
    assert main(["batch", "hold", "a", "--why", "late", *WHO]) == Exit.UNREACHABLE
    assert "kansai-batch1: the database was lost" in capsys.readouterr().err
    assert len(fleet.hosts.asked) == 3


def test_a_refusal_is_the_nights_own_sentence(
    fleet: Batchlike, capsys: pytest.CaptureFixture[str]
) -> None:
    fleet.hosts.answers["hold"] = (1, {"error": "a is done: only a job that waits can be held"})
    assert main(["batch", "hold", "a", "--why", "late", *WHO]) == Exit.WRONG_CALL
    assert "a is done" in capsys.readouterr().err
    assert entries(fleet.places)[-1]["result"]["state"] == "refused"


def test_a_fenced_host_is_not_the_one_that_is_asked(
    fleet: Batchlike, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ["batch", "fence", "kansai-batch1", "--how", "powered off", *WHO, "--json"]
    assert main(words) == Exit.FINE
    printed("batch-fence", capsys)
    assert fleet.hosts.asked[0][0] != "kansai-batch1"


def stored_plan(folder: Path) -> Path:
    night = resolve(ESTATE, ESTATE.calendar.today().replace(2026, 11, 30))
    begins = night.begins
    jobs = tuple(PlannedJob(job.name, begins, begins + 5, begins, begins + 5) for job in night.jobs)
    jobs = tuple(sorted(jobs, key=lambda job: job.name))
    path = folder / "plan.json"
    write_plan(Plan(night.day, night.kind, begins, night.opening, begins + 5, 0.8, jobs, {}), path)
    return path


def test_a_night_is_begun_as_planned(
    fleet: Batchlike, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = stored_plan(tmp_path)
    words = ["batch", "run", "--day", DAY, "--plan", str(path), "--minute", "0.5", "--wait"]
    assert main([*words, *WHO, "--json"]) == Exit.FINDING, "a job has failed and nothing is at work"
    found = printed("batch-run", capsys)
    assert found["begun_now"] is True
    orders = orders_of_text(fleet.hosts.stdin["begin"])
    assert orders.night == DAY
    assert len(orders.jobs) > 100
    assert fleet.hosts.asked[0][1][0] == "begin"
    assert fleet.hosts.asked[0][1][2] == "0.5"


def test_a_night_that_has_ended_is_learned_from_and_a_rehearsal_is_not(
    fleet: Batchlike,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("HIKAE_HOME", str(tmp_path / "home"))
    path = stored_plan(tmp_path)
    names = [job.name for job in read_plan(path).jobs]
    told = [
        {"minute": 1200.0 + later, "job": name, "event": event, "host": "kansai-batch1"}
        for later, event in ((0, "started"), (7, "done"))
        for name in names
    ]
    fleet.hosts.answers["state"] = (0, {**STATE, "ended": True, "counts": {"done": len(names)}})
    fleet.hosts.answers["events"] = (0, {"night": DAY, "events": told})
    words = ["batch", "run", "--day", DAY, "--plan", str(path), "--wait", *WHO, "--json"]
    main([*words, "--minute", "0.5"])
    assert printed("batch-run", capsys)["learned"] == ""
    main(words)
    assert f"{len(names)} jobs; 1 nights are kept" in printed("batch-run", capsys)["learned"]
    fleet.hosts.answers["events"] = (0, {"night": DAY, "events": told[:-1]})
    main(words)
    assert "has not ended" in printed("batch-run", capsys)["learned"]
    (kept,) = read_history(kept_path(ESTATE))
    assert set(kept.minutes.values()) == {7.0}


def test_a_job_that_can_never_start_ends_the_wait_and_is_named(
    fleet: Batchlike, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = stored_plan(tmp_path)
    waiting = {**STATE, "counts": {"waiting": 1}, "jobs": [{**JOB, "state": "waiting"}]}
    fleet.hosts.answers["state"] = (0, {**waiting, "stuck": {"a": "takes 2 of tape"}})
    words = ["batch", "run", "--day", DAY, "--plan", str(path), "--minute", "0.5", "--wait"]
    assert main([*words, *WHO]) == Exit.FINDING
    assert "a can never start: it takes 2 of tape" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("text", "words"),
    [("a: /bin/true", "has no programs"), ("- x", "has no programs"), ("a: [", "cannot be read")],
)
def test_programs_that_are_none_are_refused(
    text: str, words: str, fleet: Batchlike, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "c.yml").write_text(text)
    assert (
        main(["batch", "run", "--day", DAY, "--commands", str(tmp_path / "c.yml")])
        == Exit.WRONG_CALL
    )
    assert words in capsys.readouterr().err
    assert fleet.hosts.asked == []


def test_a_night_without_a_plan_is_refused(
    fleet: Batchlike, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["batch", "run", "--day", DAY]) == Exit.WRONG_CALL
    assert "hikae batch plan" in capsys.readouterr().err
