"""Appending to a chain: what is on the disk afterwards, and what is refused before."""

from __future__ import annotations

import dataclasses
import os
from datetime import timedelta
from pathlib import Path

import pytest

from proof import (
    Act,
    AppendFailed,
    Chain,
    ChainBusy,
    InvalidAct,
    InvalidChain,
    RefusedSigner,
    Trust,
    act_of,
    create_chain,
    head_of,
    parse_canonical,
    read_chain,
    verify,
)
from proof.bodies import Genesis, body_of
from proof.store import hold
from tests.proof.conftest import Clock, judged
from tests.proof.example import TRUST, act, act_document, key


def test_a_chain_that_has_begun_is_sound_and_says_whose_it_is(chain: Chain) -> None:
    report = judged(chain)
    assert report.is_sound
    assert (report.estate, report.entries, report.head_size) == ("lighthouse", 1, 1)


def test_an_act_is_there_as_it_was_given(chain: Chain) -> None:
    done = chain.append(act(3))
    files = read_chain(chain.folder)
    line = files.lines.splitlines()[1]
    assert parse_canonical(line)["body"] == act(3).document()
    assert body_of(dict(done.entry.body), "entry") == act(3)
    assert files.head == done.head.data() + b"\n"
    assert (done.entry.seq, done.head.size, done.head.hash) == (1, 2, done.entry.hash)
    assert done.set_aside == ()


def test_every_append_goes_on_from_the_last(chain: Chain) -> None:
    heads = [chain.append(act(number)).head for number in range(1, 6)]
    assert [head.size for head in heads] == [2, 3, 4, 5, 6]
    for head in heads:
        assert judged(chain, head.data()).is_sound


def test_the_files_are_not_for_everybody(chain: Chain) -> None:
    chain.append(act())
    for path in chain.folder.iterdir():
        assert path.stat().st_mode & 0o007 == 0, path


def test_several_keys_take_turns(chain: Chain) -> None:
    deputy = dataclasses.replace(chain, signer=key("deputy"))
    for number in range(1, 5):
        (deputy if number % 2 else chain).append(act(number))
    assert judged(chain).is_sound


def test_an_act_on_another_estate_is_refused(chain: Chain) -> None:
    other = act_of(act_document(1) | {"estate": "island"})
    with pytest.raises(InvalidAct, match="act: estate: island is another estate"):
        chain.append(other)
    assert judged(chain).entries == 1


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("stranger", "is not in the trust file"),
        ("clerk", "may sign as record, not as head"),
        ("notary", "may sign as head, not as record"),
        ("former", "is valid from 2026-01-01"),
        ("future", "is valid from 2026-09-02"),
    ],
)
def test_a_key_that_may_not_sign_is_refused(chain: Chain, name: str, words: str) -> None:
    other = dataclasses.replace(chain, signer=key(name))
    for call in (lambda: other.append(act()), other.ensure_ready):
        with pytest.raises(RefusedSigner, match=words):
            call()
    with pytest.raises(RefusedSigner, match=words):
        create_chain(chain.folder.parent / name, "x", key(name), TRUST, clock=chain.clock)
    assert judged(chain).entries == 1


def test_a_chain_that_is_held_is_waited_for_until_the_deadline(chain: Chain) -> None:
    with hold(chain.folder, deadline_s=1, is_writing=True):
        with pytest.raises(ChainBusy, match=r"has held the chain for 0\.05 s"):
            chain.append(act(), deadline_s=0.05)
        with pytest.raises(ChainBusy):
            read_chain(chain.folder, deadline_s=0.05)
    chain.append(act())


def test_readers_do_not_wait_for_one_another(chain: Chain) -> None:
    with hold(chain.folder, deadline_s=1, is_writing=False):
        assert read_chain(chain.folder, deadline_s=0.05).lines


def test_a_chain_is_begun_once(chain: Chain) -> None:
    with pytest.raises(InvalidChain, match="holds a chain already"):
        create_chain(chain.folder, "lighthouse", key("operator"), TRUST, clock=chain.clock)


def test_a_folder_without_a_chain_is_refused(tmp_path: Path) -> None:
    chain = Chain(tmp_path, key("operator"), TRUST)
    with pytest.raises(InvalidChain, match=r"holds no records\.jsonl"):
        chain.append(act())
    with pytest.raises(InvalidChain, match=r"holds no records\.jsonl"):
        read_chain(tmp_path)
    with pytest.raises(InvalidChain, match="is no folder"):
        read_chain(tmp_path / "nowhere")
    (tmp_path / "records.jsonl").touch()
    with pytest.raises(InvalidChain, match="no chain has begun here"):
        chain.append(act())


def test_an_estate_without_a_proper_name_is_refused(tmp_path: Path, clock: Clock) -> None:
    with pytest.raises(InvalidChain, match='chain: estate: "The Lighthouse" has a wrong form'):
        create_chain(tmp_path / "x", "The Lighthouse", key("operator"), TRUST, clock=clock)
    assert not (tmp_path / "x").exists()


def test_a_pipe_or_a_folder_in_the_place_of_a_file_stops_nobody(chain: Chain) -> None:
    (chain.folder / "torn-000001-00000000.bin").mkdir()
    chain.append(act())
    (chain.folder / "records.jsonl").unlink()
    os.mkfifo(chain.folder / "records.jsonl")
    assert [finding.kind for finding in judged(chain).findings] == ["cut"]


def test_records_that_are_a_link_are_refused(chain: Chain, tmp_path: Path) -> None:
    records = chain.folder / "records.jsonl"
    records.rename(tmp_path / "elsewhere")
    records.symlink_to(tmp_path / "elsewhere")
    with pytest.raises(InvalidChain, match="must be a file"):
        chain.append(act())


def test_records_that_are_gone_are_for_the_verifier_to_find(chain: Chain) -> None:
    chain.append(act())
    (chain.folder / "records.jsonl").unlink()
    assert [finding.kind for finding in judged(chain).findings] == ["cut"]
    head = (chain.folder / "head.json").read_bytes()
    (chain.folder / "head.json").unlink()
    files = read_chain(chain.folder, is_expected=True)
    report = verify(files.lines, files.head, TRUST, expected_head=head)
    assert [finding.kind for finding in report.findings] == ["no-head", "rolled-back"]


def test_the_clock_may_step_back_a_little_and_not_far(chain: Chain, clock: Clock) -> None:
    before = chain.append(act()).entry.at
    clock.now -= timedelta(seconds=4)
    assert chain.append(act()).entry.at == before
    clock.now -= timedelta(seconds=10)
    with pytest.raises(AppendFailed, match=r"the clock shows .*; set the clock"):
        chain.append(act())
    assert judged(chain).is_sound


def test_ensure_ready_changes_nothing(chain: Chain) -> None:
    chain.append(act())
    before = {path: path.read_bytes() for path in chain.folder.iterdir()}
    chain.ensure_ready()
    assert {path: path.read_bytes() for path in chain.folder.iterdir()} == before


def test_ensure_ready_refuses_a_disk_that_is_nearly_full(
    chain: Chain, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("proof.chain.LEAST_FREE_BYTES", 1 << 62)
    with pytest.raises(AppendFailed, match="free space there"):
        chain.ensure_ready()


def test_a_successor_names_the_last_head(chain: Chain, tmp_path: Path) -> None:
    head = chain.append(act()).head
    folder = tmp_path / "next"
    after = create_chain(
        folder, "lighthouse", key("operator"), TRUST, clock=chain.clock, successor_of=head
    )
    body = body_of(parse_canonical(read_chain(folder).lines.splitlines()[0])["body"], "entry 0")
    assert isinstance(body, Genesis)
    assert body.successor_of
    assert body.successor_of.document() == {
        "chain": head.chain,
        "size": 2,
        "hash": head.hash,
    }
    after.append(act())
    assert judged(after).is_sound


@pytest.mark.parametrize(
    "damage", ["cut", "altered", "head", "no head", "beginning", "rolled back"]
)
def test_what_no_crash_explains_is_not_built_upon(chain: Chain, damage: str) -> None:
    for number in range(1, 4):
        chain.append(act(number))
    records, head = chain.folder / "records.jsonl", chain.folder / "head.json"
    lines = records.read_bytes().splitlines(keepends=True)
    match damage:
        case "cut":
            records.write_bytes(b"".join(lines[:-1]))
        case "altered":
            records.write_bytes(b"".join(lines).replace(b'"CHG-4703"', b'"CHG-4709"'))
        case "head":
            head.write_bytes(head.read_bytes().replace(b'"size":4', b'"size":3'))
        case "no head":
            head.unlink()
        case "beginning":
            records.write_bytes(b"".join(lines).replace(b'"lighthouse"', b'"lighthause"'))
        case "rolled back":
            chain.append(act())
            chain.append(act())
            head.write_bytes(chain_head(lines))
    for call in (lambda: chain.append(act()), chain.ensure_ready):
        with pytest.raises(InvalidChain, match="begin a successor"):
            call()
    assert not judged(chain).is_sound


def chain_head(lines: list[bytes]) -> bytes:
    """Sign the head that spoke for these lines."""
    from proof.entry import Entry, make_head

    last = Entry(parse_canonical(lines[-1].rstrip()))
    head = make_head(
        key("operator"), chain=last.chain, size=last.seq + 1, hash_=last.hash, at=last.at
    )
    assert head_of(head.document) == head
    return head.data() + b"\n"


def test_nobodys_entries_are_built_upon_without_trust(chain: Chain) -> None:
    with pytest.raises(InvalidChain, match="untrusted-key"):
        dataclasses.replace(chain, trust=Trust({})).append(act())


def test_an_act_is_a_small_thing(chain: Chain) -> None:
    done: Act = act()
    assert len(chain.append(done).entry.data()) < 2_000
