"""Acts have a person and a change, are recorded whatever comes of them, and are frozen before pay dates."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from typing import Any

import click
import pytest

from cli.acting import Acting, acting_options
from cli.exits import Exit, RefusedCall
from cli.main import main
from cli.options import Call
from cli.record import recorded
from inventory import Estate
from tests.estates import estate_of
from twin.errors import TwinFailed
from twin.places import Places

NAMED = Acting("tanaka", "CHG-4711")


@pytest.fixture(scope="module")
def estate() -> Estate:
    return estate_of()


@pytest.fixture
def places(tmp_path: Path) -> Places:
    return Places(tmp_path / "home", tmp_path / "run")


def entries(places: Places) -> list[dict[str, Any]]:
    lines = (places.home / "records/shaho/records.jsonl").read_text().splitlines()
    return [json.loads(line)["body"] for line in lines]


def verify(places: Places) -> int:
    folder = places.home / "records"
    trust, head = folder / "shaho.trust.json", folder / "shaho.head.json"
    words = ["audit", "verify", str(folder / "shaho"), "--trust", str(trust), "--head", str(head)]
    return main(words)


def test_an_act_is_recorded_with_who_what_and_result(estate: Estate, places: Places) -> None:
    log = places.home / "log"
    with recorded(estate, NAMED, "net push", "twin", places) as recording:
        log.write_text("typed")
        recording.show("+ line", {"devices changed": 1})
        recording.keep([log, places.home / "absent"])
        recording.end(Exit.FINE)
    act = entries(places)[-1]
    assert act["who"] == {
        "person": "tanaka",
        "role": "network-chief",
        "terminal": act["who"]["terminal"],
    }
    assert (act["verb"], act["change"], act["on"]) == ("net push", "CHG-4711", "twin")
    assert act["result"] == {"state": "fine", "sentences": []}
    assert list(act["transcripts"]) == ["log"]
    assert act["difference"]["counts"] == {"devices changed": 1}
    assert verify(places) == Exit.FINE


@pytest.mark.parametrize(
    ("error", "state", "words"),
    [
        (TwinFailed("no way in to kansai-db1"), "aborted", "no way in to kansai-db1"),
        (KeyboardInterrupt(), "aborted", "KeyboardInterrupt"),
        (RefusedCall("not now"), "refused", "not now"),
        (ZeroDivisionError("division by zero"), "aborted", "division by zero"),
    ],
)
def test_an_act_that_fails_is_recorded_too(
    estate: Estate, places: Places, error: BaseException, state: str, words: str
) -> None:
    with pytest.raises(type(error)), recorded(estate, NAMED, "provision", "twin", places):
        raise error
    assert entries(places)[-1]["result"] == {"state": state, "sentences": [words]}
    assert verify(places) == Exit.FINE


def test_a_chain_put_back_is_found_by_the_head_kept_elsewhere(
    estate: Estate, places: Places
) -> None:
    records = places.home / "records/shaho"
    with recorded(estate, NAMED, "provision", "twin", places):
        pass
    before = {path.name: path.read_bytes() for path in records.iterdir() if path.is_file()}
    with recorded(estate, NAMED, "provision", "twin", places):
        pass
    for name, data in before.items():
        (records / name).write_bytes(data)
    assert verify(places) == Exit.FINDING


def test_the_signing_key_is_for_its_owner_only(estate: Estate, places: Places) -> None:
    with recorded(estate, NAMED, "provision", "twin", places):
        pass
    key = places.secrets("shaho") / "records.pem"
    assert key.stat().st_mode & 0o777 == 0o600
    assert "PRIVATE" not in (places.home / "records/shaho.trust.json").read_text()


def call(**changes: Any) -> Call:
    said: dict[str, Any] = {
        "as_json": False,
        "estate_path": None,
        "target": "twin",
        "confirmed": None,
    }
    return Call(**{**said, **changes})


def test_roles_are_those_of_the_inventory(estate: Estate) -> None:
    assert Acting("tanaka").role_in(estate) == "network-chief"
    assert Acting("yoshida").role_in(estate) == "network-chief"
    assert Acting("nobody").role_in(estate) == "none"


def test_production_wants_a_person_and_a_change(estate: Estate) -> None:
    for unnamed in (Acting(), Acting(person="tanaka"), Acting(change="CHG-1")):
        with pytest.raises(RefusedCall, match="add `--as PERSON --change NUMBER`"):
            unnamed.refuse_unnamed(estate, is_production=True)
        if unnamed.person != "unnamed":
            unnamed.refuse_unnamed(estate, is_production=False)
    NAMED.refuse_unnamed(estate, is_production=True)
    with pytest.raises(RefusedCall, match="'godzilla' is no person of the estate; known: sato"):
        Acting("godzilla", "CHG-1").refuse_unnamed(estate, is_production=False)


def test_changes_are_frozen_before_a_pay_date_unless_two_answer_for_it(estate: Estate) -> None:
    frozen, free = date(2026, 12, 10), date(2026, 12, 16)
    NAMED.refuse_frozen(estate, "hikae provision --apply", free)
    with pytest.raises(RefusedCall) as refused:
        NAMED.refuse_frozen(estate, "hikae provision --apply", frozen)
    assert str(refused.value) == (
        "`hikae provision --apply` is refused: changes are frozen from 2026-12-10 until pensions are paid "
        "on 2026-12-15; wait until then, or set the rule aside by "
        "`--override REASON --override-by PERSON --override-by PERSON`."
    )
    by_two = Acting("tanaka", "CHG-1", ("a leak in the web server", ("sato", "shimizu")))
    by_two.refuse_frozen(estate, "hikae provision --apply", frozen)
    assert by_two.overrides[0].persons == ("sato", "shimizu")


def test_an_override_is_recorded_with_both_persons(estate: Estate, places: Places) -> None:
    acting = Acting("tanaka", "CHG-1", ("a leak in the web server", ("sato", "shimizu")))
    with recorded(estate, acting, "net push", "twin", places):
        pass
    (override,) = entries(places)[-1]["overrides"]
    assert override == {
        "rule": "change-freeze",
        "reason": "a leak in the web server",
        "persons": ["sato", "shimizu"],
    }


@pytest.mark.parametrize(
    "words",
    [
        ["--override", "haste"],
        ["--override", "haste", "--override-by", "sato"],
        ["--override", "haste", "--override-by", "sato", "--override-by", "sato"],
        ["--override-by", "sato", "--override-by", "shimizu"],
    ],
)
def test_half_an_override_is_refused(words: list[str]) -> None:
    @acting_options
    def act(_: Call, *, acting: Acting) -> int:
        raise AssertionError(acting)

    command = click.command(name="act")(act)
    context = command.make_context("act", list(words))
    with pytest.raises(RefusedCall, match="a reason and two different persons"):
        act(call(), **context.params)
