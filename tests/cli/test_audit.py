"""`hikae audit verify`: what it prints and how it ends."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from cli.exits import Exit
from cli.main import main
from proof import Chain, create_chain, trust_file
from tests.proof.example import TRUST, TRUSTED, act, key, moment

SCHEMA = json.loads((Path(__file__).parent / "data" / "audit-verify.schema.json").read_text())
Captured = pytest.CaptureFixture[str]


@pytest.fixture
def chain(tmp_path: Path) -> Chain:
    """A chain of three entries with a trust file beside its folder and a head kept."""
    (tmp_path / "trust.json").write_bytes(trust_file(TRUSTED))
    folder = tmp_path / "chain"
    made = create_chain(folder, "lighthouse", key("operator"), TRUST, clock=lambda: moment(0))
    made.append(act(1))
    (tmp_path / "kept.json").write_bytes(made.append(act(2)).head.data())
    return made


def call(chain: Chain, *more: str) -> int:
    trust = str(chain.folder.parent / "trust.json")
    return main(["audit", "verify", str(chain.folder), "--trust", trust, *more])


def printed(capsys: Captured, chain: Chain, *more: str) -> tuple[int, dict[str, Any]]:
    code = call(chain, "--json", *more)
    found: dict[str, Any] = json.loads(capsys.readouterr().out)
    jsonschema.validate(found, SCHEMA)
    return code, found


def test_a_sound_chain_ends_with_0(chain: Chain, capsys: Captured) -> None:
    code, found = printed(capsys, chain)
    assert (code, found["is_sound"], found["entries"]) == (Exit.FINE, True, 3)
    assert found["estate"] == "lighthouse"
    assert len(found["notes"]) == 1


def test_an_altered_entry_ends_with_1_and_is_named(chain: Chain, capsys: Captured) -> None:
    records = chain.folder / "records.jsonl"
    records.write_bytes(records.read_bytes().replace(b"CHG-4701", b"CHG-4709"))
    code, found = printed(capsys, chain)
    assert (code, found["is_sound"]) == (Exit.FINDING, False)
    assert [(one["kind"], one["entry"]) for one in found["findings"]] == [
        ("altered", 1),
        ("unlinked", 2),
    ]
    assert call(chain) == Exit.FINDING
    out = capsys.readouterr().out
    assert "entry 1  altered   line 2 is not what its signature was made for" in out


def test_a_chain_that_was_rolled_back_is_found_with_the_head_that_was_kept(
    chain: Chain, capsys: Captured
) -> None:
    kept = chain.folder.parent / "kept.json"
    assert printed(capsys, chain, "--head", str(kept))[1]["notes"] == []
    for path in chain.folder.iterdir():
        path.unlink()
    create_chain(chain.folder, "lighthouse", key("operator"), TRUST, clock=chain.clock)
    assert printed(capsys, chain)[0] == Exit.FINE
    code, found = printed(capsys, chain, "--head", str(kept))
    assert (code, found["findings"][0]["where"]) == (Exit.FINDING, "kept head")


def test_a_chain_that_is_gone_is_found_with_the_head_that_was_kept(
    chain: Chain, capsys: Captured
) -> None:
    for path in chain.folder.iterdir():
        path.unlink()
    assert call(chain) == Exit.WRONG_CALL
    assert "holds no records.jsonl" in capsys.readouterr().err
    kept = chain.folder.parent / "kept.json"
    code, found = printed(capsys, chain, "--head", str(kept))
    assert (code, found["entries"], found["chain"]) == (Exit.FINDING, 0, None)


def test_a_sound_chain_reads_well(chain: Chain, capsys: Captured) -> None:
    assert call(chain) == Exit.FINE
    out = capsys.readouterr().out.splitlines()
    assert out[0].endswith("of estate lighthouse: 3 entries")
    assert out[-1] == "Nothing speaks against it; nothing was changed."


def test_the_trust_file_of_the_estate_is_the_default(
    chain: Chain, capsys: Captured, tmp_path: Path
) -> None:
    estate = tmp_path / "estate"
    estate.mkdir()
    args = ["audit", "verify", str(chain.folder), "--estate", str(estate)]
    assert main(args) == Exit.WRONG_CALL
    assert "trust.json: No such file or directory; name a trust file" in capsys.readouterr().err
    (estate / "trust.json").write_bytes(trust_file(TRUSTED))
    assert main(args) == Exit.FINE


@pytest.mark.parametrize(
    "args", [[], ["nowhere"], [".", "--trust", "nowhere"], [".", "--head", "."]]
)
def test_a_wrong_call_ends_with_2(args: list[str]) -> None:
    assert main(["audit", "verify", *args]) == Exit.WRONG_CALL
