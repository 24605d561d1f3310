"""`hikae net replace`: the card, who does what, and what a replacement that stands means to other commands."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from cli.exits import Exit
from cli.main import main
from cli.net_replace import _code as code_of
from cli.net_replace_show import Teller, card_ports, show_replaced
from cli.options import Call
from cli.settlers import net_replace
from cli.settlers.ground import Ground, Settlement
from dr.replacement import RUNBOOK, STEPS, Gone, Log, Replaced, Standing, read_standing
from proof import Broken, Heading, Journal, find_broken
from runbooks import find_runbook
from tests.estates import estate_of

ROOT = Path(__file__).resolve().parents[2]
DATA = Path(__file__).parent / "data"
ESTATE = estate_of()
DEVICE = ESTATE.hosts["kushiro-r1"]
SMALL = str(ROOT / "examples" / "estate-small")
HEADING = Heading("net replace", "net replace", "shaho", "twin", "tanaka", "none", "CHG-1", 1000.0)
Captured = pytest.CaptureFixture[str]

WAITING = Replaced(
    (
        *(Gone(step, True, "as it should be", False, 0.0) for step in STEPS[:4]),
        Gone("answer", False, "kushiro-r1 does not answer yet", True, 900.0),
    )
)
WHOLE = Replaced(tuple(Gone(step, True, "done", True, 1.0) for step in STEPS))


def schema(name: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((DATA / f"{name}.schema.json").read_text())
    return found


def call(*, as_json: bool) -> Call:
    return Call(as_json=as_json, estate_path=None, target="twin", confirmed=None)


def test_the_card_says_which_cable_goes_where_and_whom_to_call(capsys: Captured) -> None:
    assert main(["net", "replace", "kushiro", "--card"]) == Exit.FINE
    said = capsys.readouterr().out
    for port, label, _ in card_ports(ESTATE, DEVICE):
        assert port in said
        assert label in said
    assert "電源の線を差します" in said
    assert "Pull its other cables one by one" in said
    assert "Kimura Naoko（木村 直子）" in said
    # Whoever reads it has no use for who decides.
    assert "decides:" not in said


@pytest.mark.parametrize(
    ("words", "site"), [((), "kushiro"), (("--estate", SMALL), "sakata")], ids=["shipped", "small"]
)
def test_the_card_fits_its_schema(capsys: Captured, words: tuple[str, ...], site: str) -> None:
    assert main(["net", "replace", site, "--card", "--json", *words]) == Exit.FINE
    found = json.loads(capsys.readouterr().out)
    jsonschema.validate(found, schema("net-replace-card"))
    assert found["device"] == f"{site}-r1"


@pytest.mark.parametrize("site", ["mitaka", "atlantis"])
def test_a_site_that_is_not_for_it_is_a_wrong_call(capsys: Captured, site: str) -> None:
    assert main(["net", "replace", site, "--card"]) == Exit.WRONG_CALL
    assert capsys.readouterr().err.startswith(f"hikae: {'' if site == 'mitaka' else chr(39)}{site}")


@pytest.mark.parametrize(("replaced", "code"), [(WAITING, Exit.UNREACHABLE), (WHOLE, Exit.FINE)])
def test_what_came_of_it_fits_its_schema(capsys: Captured, replaced: Replaced, code: Exit) -> None:
    show_replaced(call(as_json=True), DEVICE, replaced)
    found = json.loads(capsys.readouterr().out)
    jsonschema.validate(found, schema("net-replace"))
    assert found["left"] == list(STEPS[len([g for g in replaced.gone if g.is_done]) :])
    assert (found["done"], code_of(replaced)) == (code is Exit.FINE, code)


def test_a_step_that_failed_in_a_machine_is_no_waiting() -> None:
    failed = Replaced((*WHOLE.gone[:6], Gone("configure", False, "it was taken back", True, 9.0)))
    assert code_of(failed) == Exit.ABORTED


def test_who_does_what_is_said_before_it_is_done(capsys: Captured) -> None:
    runbook = find_runbook(RUNBOOK)
    assert runbook is not None
    teller = Teller(call(as_json=False), runbook, ESTATE, DEVICE)
    for gone in WHOLE.gone[:5]:
        teller.tell(gone.step, None)
        teller.tell(gone.step, gone)
    said = capsys.readouterr().out.splitlines()
    assert said[0] == "1. The router is dead（故障の認定）: Chief of networks, Tanaka Akira"
    assert said[1] == "   done in 1.0 s: done"
    assert "4. The card for the branch（現地の方へのカード）: the person at Kushiro office" in said
    assert said[-2] == "5. It answers over one line（回線一本での応答）: hikae"


# A replacement that stands, and the command that finds it.


def standing(folder: Path) -> Broken:
    journal = Journal.begin(folder, HEADING)
    log = Log(journal, Standing("kushiro", "kushiro-r1"))
    log.learn_old("a certificate")
    log.end_step("dead", "it does not answer")
    log.begin("withdraw")
    journal.let_go()
    (broken,) = find_broken(folder)
    return broken


def settled(broken: Broken, verb: str, site: str, **more: Any) -> Settlement:
    nothing: Any = None
    journal = Journal.take_up(broken)
    ground = Ground(
        ESTATE, nothing, nothing, nothing, nothing, journal, False, verb, {"site": site}
    )
    try:
        return net_replace.settle(broken, replace(ground, **more))
    finally:
        journal.let_go()


def test_where_it_stands_is_read_from_its_journal(tmp_path: Path) -> None:
    found = read_standing(standing(tmp_path))
    assert found == Standing(
        "kushiro", "kushiro-r1", {"dead": "it does not answer"}, "withdraw", "a certificate"
    )


def test_its_own_command_goes_on(tmp_path: Path) -> None:
    assert settled(standing(tmp_path), "net replace", "kushiro").is_left_to_next


@pytest.mark.parametrize(
    ("verb", "site"), [("net replace", "takaoka"), ("provision", ""), ("drill run", "")]
)
def test_every_other_command_lets_it_stand(verb: str, site: str, tmp_path: Path) -> None:
    broken = standing(tmp_path)
    found = settled(broken, verb, site)
    assert found.is_standing
    assert found.left == ()
    assert found.sentences == (
        "kushiro-r1 at kushiro: 1 of 9 steps are done, 'withdraw' was under way",
        "`hikae net replace kushiro` goes on, `--abandon` gives it up.",
    )
    (after,) = find_broken(tmp_path)
    assert read_standing(after) is not None


def test_it_is_given_up_by_a_command_of_its_own(tmp_path: Path) -> None:
    found = settled(standing(tmp_path), net_replace.ABANDON, "kushiro")
    assert found.undone == ("the replacement of kushiro-r1",)
    (after,) = find_broken(tmp_path)
    assert read_standing(after) is None


def test_it_ends_with_a_twin_that_is_thrown_away(tmp_path: Path) -> None:
    found = settled(standing(tmp_path), "twin down", "", is_disposable=True)
    assert not found.is_standing
