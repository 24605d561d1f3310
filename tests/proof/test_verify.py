"""The verifier: any flipped byte is found, no bytes crash it, and it says what it cannot know."""

from __future__ import annotations

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from proof import Trust, digest, trust_file, verify
from proof.bodies import Aside, AsideFile
from proof.entry import make_entry
from tests.proof.example import (
    CHAIN,
    SIZE,
    TRUST,
    TRUSTED,
    head_of_entries,
    key,
    lines_of,
    make_chain,
    moment,
)
from tests.proof.naive import is_sound

TORN = b'{"at":"2026-09-01T00:0'
ASIDE_NAME = "torn-000008-00000000.bin"
ENTRIES = make_chain()
ASIDE = make_entry(
    key("clerk"),
    chain=CHAIN,
    seq=SIZE,
    prev=ENTRIES[-1].hash,
    at=moment(SIZE),
    body=Aside(
        files=(AsideFile(name=ASIDE_NAME, sha256=digest(TORN), bytes=len(TORN)),)
    ).document(),
)
FILES = {
    "records": lines_of([*ENTRIES, ASIDE]),
    "head": head_of_entries([*ENTRIES, ASIDE]).data() + b"\n",
    "aside": TORN,
}
PLACES = st.sampled_from(sorted(FILES)).flatmap(
    lambda name: st.tuples(st.just(name), st.integers(0, len(FILES[name]) - 1))
)


def judge(files: dict[str, bytes]) -> bool:
    asides = {ASIDE_NAME: files["aside"]}
    return verify(files["records"], files["head"], TRUST, asides=asides).is_sound


def test_the_chain_is_sound_as_it_was_made() -> None:
    report = verify(FILES["records"], FILES["head"], TRUST, asides={ASIDE_NAME: TORN})
    assert report.findings == ()
    assert (report.estate, report.chain, report.entries) == ("lighthouse", CHAIN, SIZE + 1)
    assert report.head_size == SIZE + 1
    assert report.first_at == moment(0)
    assert report.last_at == moment(SIZE)


@settings(deadline=None, max_examples=400)
@given(PLACES, st.integers(1, 255))
def test_any_flipped_byte_is_found(place: tuple[str, int], mask: int) -> None:
    name, at = place
    data = bytearray(FILES[name])
    data[at] ^= mask
    changed = FILES | {name: bytes(data)}
    assert not judge(changed)
    if name != "aside":
        assert not is_sound(changed["records"], changed["head"], trust_file(TRUSTED))


@settings(deadline=None, max_examples=200)
@given(st.integers(0, len(FILES["records"]) - 1), st.integers(1, 400))
def test_any_bytes_taken_out_are_found(at: int, count: int) -> None:
    data = FILES["records"]
    assert not judge(FILES | {"records": data[:at] + data[at + count :]})


@settings(deadline=None, max_examples=200)
@given(st.permutations(range(SIZE + 1)))
def test_any_other_order_is_found(order: list[int]) -> None:
    lines = FILES["records"].splitlines(keepends=True)
    data = b"".join(lines[number] for number in order)
    assert judge(FILES | {"records": data}) == (data == FILES["records"])


ROUGHLY_ENTRIES = st.recursive(
    st.none() | st.integers() | st.text(max_size=3),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["at", "body", "chain", "key", "prev", "seq", "sig", "format"]), inner
        )
    ),
    max_leaves=10,
).map(lambda value: json.dumps(value).encode())
GARBAGE = st.binary(max_size=200) | ROUGHLY_ENTRIES


@settings(deadline=None, max_examples=300)
@given(st.lists(GARBAGE, max_size=4), st.none() | GARBAGE, st.none() | GARBAGE)
def test_no_bytes_crash_it(lines: list[bytes], head: bytes | None, kept: bytes | None) -> None:
    report = verify(b"\n".join(lines), head, TRUST, expected_head=kept)
    assert not report.is_sound
    assert json.dumps(report.document())


@settings(deadline=None, max_examples=100)
@given(st.integers(0, SIZE), GARBAGE.filter(lambda data: b"\n" not in data))
def test_garbage_in_the_place_of_any_line_is_found(number: int, garbage: bytes) -> None:
    lines = FILES["records"].splitlines()
    lines[number] = garbage
    assert not judge(FILES | {"records": b"\n".join(lines) + b"\n"})


def test_without_a_kept_head_the_report_says_what_it_cannot_know() -> None:
    bare = verify(FILES["records"], FILES["head"], TRUST)
    kept = verify(FILES["records"], FILES["head"], TRUST, expected_head=FILES["head"])
    assert any("no head kept elsewhere" in note for note in bare.notes)
    assert kept.notes == ()
    assert kept.kept_head_size == SIZE + 1


def test_nobody_is_trusted_by_an_empty_trust() -> None:
    report = verify(FILES["records"], FILES["head"], Trust({}))
    assert {finding.kind for finding in report.findings} == {"untrusted-key"}
    assert len(report.findings) == SIZE + 2


@pytest.mark.parametrize(
    ("asides", "words"),
    [({}, "is missing"), ({ASIDE_NAME: TORN[1:]}, "does not hold the bytes")],
)
def test_bytes_set_aside_are_compared(asides: dict[str, bytes], words: str) -> None:
    (finding,) = verify(FILES["records"], FILES["head"], TRUST, asides=asides).findings
    assert (finding.kind, finding.where) == ("aside", f"file {ASIDE_NAME}")
    assert words in finding.sentence


def test_a_file_that_no_entry_speaks_of_is_a_note() -> None:
    report = verify(
        FILES["records"],
        FILES["head"],
        TRUST,
        expected_head=FILES["head"],
        asides={ASIDE_NAME: TORN, "torn-000009-00000000.bin": b"x"},
    )
    assert report.is_sound
    assert report.notes == (
        "file torn-000009-00000000.bin was set aside, and no entry says so yet",
    )
