"""A crash at any step of an append: nothing acknowledged is lost, nothing is dropped in silence."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from proof import AppendFailed, Chain, act_of, create_chain, digest, read_chain, verify
from proof.bodies import Aside, body_of
from proof.canonical import parse_canonical
from proof.entry import make_entry
from tests.proof.conftest import Clock, judged
from tests.proof.example import OTHER_CHAIN, TRUST, act, act_document, key

STEPS = ("pwrite", "fsync", "replace", "ftruncate")
"""The calls by which an append changes the disk."""


class Killed(BaseException):
    """The process ends here."""


class Disk:
    """Counts the changing calls and ends the process at one of them, within a write or before."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.at = -1
        self.steps = 0
        self.part = 0.5
        self.trace: list[str] = []
        for name in STEPS:
            original = getattr(Path if name == "replace" else os, name)
            target = "pathlib.Path.replace" if name == "replace" else f"os.{name}"
            monkeypatch.setattr(target, self._counted(name, original))

    def kill_at(self, step: int, part: float = 0.5) -> None:
        self.at, self.steps, self.part = step, 0, part

    def _counted(self, name: str, original: Callable[..., Any]) -> Callable[..., Any]:
        def call(*args: Any) -> Any:
            self.steps += 1
            path = args[0] if name == "replace" else Path(f"/proc/self/fd/{args[0]}").readlink()
            self.trace.append(f"{name} {path.name}")
            if self.steps == self.at:
                if name == "pwrite":
                    handle, data, offset = args
                    original(handle, data[: int(len(data) * self.part)], offset)
                raise Killed
            return original(*args)

        return call


@pytest.fixture
def disk(monkeypatch: pytest.MonkeyPatch) -> Disk:
    return Disk(monkeypatch)


def killed(call: Callable[[], object]) -> bool:
    """Say whether the process ended within a call."""
    try:
        call()
    except Killed:
        return True
    return False


@pytest.mark.parametrize("part", [0.0, 0.5, 1.0])
def test_a_crash_at_any_step_of_an_append_loses_nothing(
    chain: Chain, disk: Disk, part: float
) -> None:
    acknowledged = [chain.append(act(number)).entry for number in range(1, 3)]
    step = 0
    while True:
        step += 1
        disk.kill_at(step, part)
        was_killed = killed(lambda: acknowledged.append(chain.append(act(3)).entry))
        disk.kill_at(-1)
        assert judged(chain).is_sound, step
        acknowledged.append(chain.append(act(4)).entry)
        assert judged(chain, acknowledged_head(chain)).findings == (), step
        lines = read_chain(chain.folder).lines.splitlines()
        assert [entry.data() for entry in acknowledged if entry.data() not in lines] == []
        if not was_killed:
            break
    assert step > 6


def test_a_crash_at_any_step_after_a_crash_loses_nothing(chain: Chain, disk: Disk) -> None:
    acknowledged = [chain.append(act(1)).entry.data()]
    for first in range(1, 12):
        for second in range(1, 20):
            for step in (first, second):
                disk.kill_at(step)
                if not killed(lambda: acknowledged.append(chain.append(act(2)).entry.data())):
                    break
                assert judged(chain).findings == (), (first, second, step)
    disk.kill_at(-1)
    chain.append(act(3))
    assert set(acknowledged) <= set(read_chain(chain.folder).lines.splitlines())
    assert len(list(chain.folder.glob("torn-*"))) > 10


def test_what_is_acknowledged_was_on_the_disk_in_this_order(chain: Chain, disk: Disk) -> None:
    # Power loss cannot be shown here: a killed process leaves its writes in the page cache.
    disk.trace.clear()
    chain.append(act(1))
    append = [
        "pwrite head.json.new",
        "fsync head.json.new",
        "pwrite records.jsonl",
        "fsync records.jsonl",
        "replace head.json.new",
        "fsync chain",
    ]
    assert disk.trace == append
    torn(chain, b"torn")
    disk.trace.clear()
    (file,) = chain.append(act(2)).set_aside
    aside = [f"pwrite {file.name}", f"fsync {file.name}", "fsync chain"]
    assert disk.trace == [
        *aside,
        "ftruncate records.jsonl",
        "fsync records.jsonl",
        *append,
        *append,
    ]


def acknowledged_head(chain: Chain) -> bytes:
    return (chain.folder / "head.json").read_bytes()


def torn(chain: Chain, data: bytes) -> None:
    """Leave bytes behind the last entry, as a write that was cut short does."""
    with (chain.folder / "records.jsonl").open("ab") as file:
        file.write(data)


@pytest.mark.parametrize(
    "data",
    [b'{"at":"2026', b"\0" * 5000, b"x" * 200_000, b"\0" * 900 + b'rest"}\n', b"?\n"],
    ids=["half a line", "zeros", "much", "a line with a hole", "a line of garbage"],
)
def test_bytes_that_are_no_entry_are_set_aside_and_recorded(chain: Chain, data: bytes) -> None:
    chain.append(act(1))
    torn(chain, data)
    done = chain.append(act(2))
    (file,) = done.set_aside
    assert (chain.folder / file.name).read_bytes() == data
    assert (file.bytes, file.sha256) == (len(data), digest(data))
    lines = read_chain(chain.folder).lines.splitlines()
    assert body_of(parse_canonical(lines[2])["body"], "entry 2") == Aside(files=(file,))
    assert lines[3] == done.entry.data()
    assert chain.append(act(3)).set_aside == ()
    assert judged(chain).findings == ()
    assert len(judged(chain).notes) == 1  # no head kept elsewhere


@pytest.mark.parametrize(
    "forgery", ["stranger", "altered", "repeated", "not linked", "other chain"]
)
def test_a_line_that_is_not_the_next_entry_is_set_aside(chain: Chain, forgery: str) -> None:
    first = chain.append(act(1)).entry
    last = chain.append(act(2)).entry
    line = make_entry(
        key("stranger" if forgery == "stranger" else "operator"),
        chain=OTHER_CHAIN if forgery == "other chain" else last.chain,
        seq=3,
        prev=first.hash if forgery == "not linked" else last.hash,
        at=last.at,
        body=act(3).document(),
    ).data()
    if forgery == "altered":
        line = line.replace(b"CHG-4703", b"CHG-4709")
    if forgery == "repeated":
        line = first.data()
    torn(chain, line + b"\n")
    assert not judged(chain).is_sound
    (file,) = chain.append(act(4)).set_aside
    assert (chain.folder / file.name).read_bytes() == line + b"\n"
    assert judged(chain).is_sound


def test_an_entry_of_any_length_is_gone_on_from(chain: Chain, disk: Disk) -> None:
    sentence = "x" * 200_000
    long = act_of(act_document(1) | {"result": {"state": "fine", "sentences": [sentence]}})
    chain.append(long)
    for step in range(1, 8):
        disk.kill_at(step, 1.0)
        killed(lambda: chain.append(long))
    disk.kill_at(-1)
    chain.append(long)
    assert judged(chain).findings == ()


@pytest.mark.parametrize("part", [0.0, 0.5, 1.0])
def test_a_crash_at_any_step_of_setting_aside_loses_nothing(
    chain: Chain, disk: Disk, part: float
) -> None:
    step, written = 0, set()
    was_killed = True
    while was_killed:
        step += 1
        data = f"torn {step} ".encode() * 10
        written.add(data)
        torn(chain, data)
        disk.kill_at(step, part)
        was_killed = killed(lambda: chain.append(act(3)))
        disk.kill_at(-1)
        chain.append(act(4))
        report = judged(chain)
        assert report.findings == (), step
        assert len(report.notes) == 1, report.notes
    kept = b"".join(path.read_bytes() for path in chain.folder.glob("torn-*"))
    assert all(data in kept for data in written)


@pytest.mark.parametrize("part", [0.0, 0.5, 1.0])
def test_a_crash_while_a_chain_begins_leaves_a_folder_to_begin_in(
    tmp_path: Path, disk: Disk, clock: Clock, part: float
) -> None:
    def begin() -> Chain:
        folder = tmp_path / f"{step}"
        return create_chain(folder, "lighthouse", key("operator"), TRUST, clock=clock)

    step = 0
    while True:
        step += 1
        disk.kill_at(step, part)
        was_killed = killed(begin)
        disk.kill_at(-1)
        if not was_killed:
            break
        chain = Chain(tmp_path / f"{step}", key("operator"), TRUST, clock)
        files = read_chain(chain.folder, is_expected=True)
        if not verify(files.lines, files.head, TRUST).entries:
            begin()
        chain.append(act())
        assert judged(chain).findings == (), step
    assert step > 4


def test_a_disk_that_refuses_the_last_step_leaves_the_chain_as_it_was(
    chain: Chain, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = read_chain(chain.folder)

    def refuse(*_: object) -> None:
        raise OSError(5, "Input/output error")

    with monkeypatch.context() as patched:
        patched.setattr("pathlib.Path.replace", refuse)
        with pytest.raises(AppendFailed, match=r"refused the write \(Input/output error\)"):
            chain.append(act())
    assert read_chain(chain.folder) == before
    chain.append(act())
    assert judged(chain).is_sound
