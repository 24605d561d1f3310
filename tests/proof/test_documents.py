"""Acts and trust files: what they hold comes back, and every fault is refused with its sentence."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest
import yaml
from pydantic import ValidationError

from proof import (
    Act,
    Actor,
    InvalidAct,
    InvalidTrust,
    Result,
    act_of,
    canonical,
    content_of,
    difference_of,
    format_moment,
    parse,
    parse_moment,
    parse_trust,
    read_act,
    read_trust,
    trust_file,
)
from tests.proof.example import BEGIN, TRUST, TRUSTED, act, act_document, key
from tests.proof.forge import change

DATA = Path(__file__).parent / "data"


def cases(name: str) -> list[Any]:
    found: list[Any] = yaml.safe_load((DATA / name).read_text(encoding="utf-8"))
    return found


def changed(document: dict[str, Any], changes: dict[str, Any]) -> dict[str, Any]:
    for path, value in changes.items():
        document = change(document, path, value)
    return document


@pytest.mark.parametrize("case", cases("faulty-acts.yml"), ids=lambda case: str(case["change"]))
def test_a_faulty_act_is_refused_with_every_fault(case: dict[str, Any]) -> None:
    with pytest.raises(InvalidAct) as caught:
        act_of(changed(act_document(1), case["change"]))
    assert [str(error) for error in caught.value.errors] == case["faults"]


@pytest.mark.parametrize("case", cases("faulty-trust.yml"), ids=lambda case: str(case["change"]))
def test_a_faulty_trust_file_is_refused_with_every_fault(case: dict[str, Any]) -> None:
    document = changed(parse(trust_file(TRUSTED)), case["change"])
    with pytest.raises(InvalidTrust) as caught:
        parse_trust(canonical(document))
    own = key("operator").public.id
    assert [str(error).replace(own, "KEY") for error in caught.value.errors] == case["faults"]


def test_an_act_comes_back_as_it_went() -> None:
    assert act_of(act(4).document()) == act(4)
    assert read_act(canonical(act(4).document())) == act(4)


def test_an_act_needs_little() -> None:
    small = Act(
        estate="lighthouse",
        on="twin",
        verb="check",
        who=Actor(person="sato", role="operations", terminal="bastion1"),
        change="CHG-1",
        started=BEGIN,
        ended=BEGIN,
        result=Result(state="fine"),
    )
    assert act_of(small.document()) == small
    assert small.document()["started"] == "2026-09-01T00:00:00.000000Z"


def test_an_act_does_not_change() -> None:
    with pytest.raises(ValidationError, match="frozen"):
        act().change = "CHG-2"


def test_contents_are_named_by_hash_and_length() -> None:
    content = content_of(b"abc")
    assert content.sha256.startswith("ba7816bf8f01cfea")
    assert content.bytes == 3
    shown = difference_of("+ ユーザ\n", {"changed": 2})
    assert (shown.bytes, shown.counts) == (12, {"changed": 2})


@pytest.mark.parametrize("data", [b"", b"[]", b"{'a': 1}", b'{"a":1,"a":2}'])
def test_bytes_that_are_no_document_are_refused(data: bytes, tmp_path: Path) -> None:
    with pytest.raises(InvalidAct, match=r"^act: "):
        read_act(data)
    (tmp_path / "trust.json").write_bytes(data)
    with pytest.raises(InvalidTrust, match=r"trust\.json: "):
        read_trust(tmp_path / "trust.json")


def test_a_trust_file_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InvalidTrust, match="No such file or directory; name a trust file"):
        read_trust(tmp_path / "trust.json")


def test_a_key_that_stands_twice_is_refused() -> None:
    with pytest.raises(InvalidTrust, match="stands twice"):
        parse_trust(trust_file([*TRUSTED, TRUSTED[0]]))


def test_a_key_is_valid_from_its_first_moment_until_before_its_last() -> None:
    one = TRUSTED[0]
    step = timedelta(microseconds=1)
    for at, is_valid in [
        (one.valid_from - step, False),
        (one.valid_from, True),
        (one.valid_until - step, True),
        (one.valid_until, False),
    ]:
        assert (TRUST.refusal(one.id, one.roles[0], at) is None) == is_valid


def test_a_moment_is_written_in_one_way() -> None:
    tokyo = datetime(2026, 9, 1, 9, 0, 0, 5, tzinfo=timezone(timedelta(hours=9)))
    assert format_moment(tokyo) == "2026-09-01T00:00:00.000005Z"
    assert parse_moment(format_moment(tokyo)) == tokyo
    assert format_moment(datetime(999, 1, 1, tzinfo=UTC)) == "0999-01-01T00:00:00.000000Z"


@pytest.mark.parametrize(
    "text",
    [
        "2026-09-01",
        "2026-09-01T00:00:00",
        "2026-09-01 00:00:00Z",
        "20260901T000000Z",
        "2026-09-01T00:00:00z",
        "2026-09-01T24:00:00Z",
        "2026-09-01T00:00:60Z",
        "２026-09-01T00:00:00Z",
        "2026-09-01T00:00:00.Z",
        "2026-09-01T00:00:00.1234567Z",
        "2026-09-01T00:00:00Z\n",
        "",
        None,
    ],
)
def test_other_moments_are_refused(text: object) -> None:
    with pytest.raises(ValueError, match="is no moment in UTC"):
        parse_moment(text)
