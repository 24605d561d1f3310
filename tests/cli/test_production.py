"""Production: confirmed by name, under a person and a change, from a bastion, and nothing that SSH cannot do."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from cli.exits import Exit
from cli.main import main
from dr.reach import is_planned, planned_scenarios, refuse_hypervisor
from dr.scenario_file import SHIPPED, InvalidScenario, find_scenario
from tests.estates import estate_of
from twin.errors import InvalidMachine, TwinFailed
from twin.places import Places
from twin.production import Reach, conductor_here, production

ACTING = ("--as", "tanaka", "--change", "CHG-4711")
OVERRIDE = ("--override", "a test", "--override-by", "sato", "--override-by", "shimizu")
Captured = pytest.CaptureFixture[str]


@pytest.mark.parametrize(
    "words",
    [
        ["provision", "--apply"],
        ["net", "push"],
        ["net", "diff"],
        ["drill", "run", "planned-switchover"],
    ],
)
def test_production_wants_its_name(words: list[str], capsys: Captured) -> None:
    for confirm in ([], ["--confirm", "another"]):
        assert main([*words, "--on", "production", *confirm]) == Exit.WRONG_CALL
        assert "confirm it by `--confirm shaho`" in capsys.readouterr().err


@pytest.mark.parametrize(
    "words", [["provision", "--apply"], ["net", "push"], ["drill", "run", "planned-switchover"]]
)
def test_an_act_on_production_wants_a_person(words: list[str], capsys: Captured) -> None:
    assert main([*words, "--on", "production", "--confirm", "shaho"]) == Exit.WRONG_CALL
    assert "add `--as PERSON --change NUMBER`" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("scenario", "kind", "does"),
    [
        ("tokyo-loss", "crash_area", "kills hosts"),
        ("leader-kill", "crash_leader", "kills a host"),
        ("etcd-loss", "crash_votes", "kills hosts"),
        ("tokyo-cut", "cut_area", "takes lines down"),
        ("tokyo-loss-one-copy", "block_port", "drops a port inside the networks"),
    ],
)
def test_what_needs_the_hypervisor_is_refused_with_the_planned_form(
    scenario: str, kind: str, does: str, capsys: Captured
) -> None:
    words = ["drill", "run", scenario, "--on", "production", "--confirm", "shaho"]
    assert main([*words, *ACTING, *OVERRIDE]) == Exit.WRONG_CALL
    said = capsys.readouterr().err.splitlines()
    (line,) = [line for line in said if f"'{kind}' {does}" in line][:1]
    assert line.startswith(f"hikae: {scenario}.yml:")
    assert line.endswith(
        f"{scenario} needs the hypervisor, and production is reached by SSH only; "
        "use planned-switchover"
    )


def test_a_drill_deletes_nothing_from_production(capsys: Captured) -> None:
    words = ["drill", "run", "wrong-delete", "--on", "production", "--confirm", "shaho"]
    assert main([*words, *ACTING, *OVERRIDE]) == Exit.WRONG_CALL
    assert (
        "'wrong_delete' deletes living records: wrong-delete is for the twin only; "
        "use planned-switchover"
    ) in capsys.readouterr().err


def test_planned_is_what_needs_no_hypervisor() -> None:
    assert planned_scenarios(SHIPPED) == ("planned-switchover",)
    assert is_planned(find_scenario("planned-switchover", SHIPPED).scenario)
    refuse_hypervisor(find_scenario("planned-switchover", SHIPPED), ())
    with pytest.raises(InvalidScenario, match="write a planned scenario"):
        refuse_hypervisor(find_scenario("tokyo-loss", SHIPPED), ())


@pytest.mark.skipif(os.geteuid() != 0, reason="a bastion's acts are root's, and this run is not")
def test_a_machine_that_is_no_bastion_is_told_which_are(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fleet = production(estate_of(), "mini", Places(tmp_path, tmp_path / "run"))
    with pytest.raises(InvalidMachine, match="this machine is none of kansai-bastion1 "):
        conductor_here(fleet)
    monkeypatch.setattr("twin.production._is_own", lambda address: True)
    conductor = conductor_here(fleet)
    assert (conductor.bastion, conductor.is_here) == ("kansai-bastion1", True)


def test_hands_that_reach_by_ssh_refuse_what_the_hypervisor_does() -> None:
    reach = Reach(None)  # type: ignore[arg-type]
    for act in (reach.crash, reach.kill, reach.boot, reach.cut, reach.heal):
        with pytest.raises(TwinFailed, match="needs the hypervisor; production is reached by SSH"):
            act(["a-db1"])
    with pytest.raises(OSError, match="out of reach"):
        reach.read_disk("a-db1", "/etc/hosts")
