"""The program of a sweep's streams, against a made-up other end that answers, falls silent, and answers again."""

from __future__ import annotations

import json
import socket
import struct
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dr.sweep.program import ECHO_REPLY, Config, Sender, Stream, checksum, read_reply, request
from dr.sweep.streams import read_losses

MARK = b"12345678"
LATE_S = 0.5  # how late a busy machine may run a program
IP_HEAD = bytes([0x45]) + bytes(19)


def answered(sent: bytes) -> bytes:
    """What a raw socket gets of a kernel that answers: an IP header, and the request as a reply."""
    return IP_HEAD + bytes([ECHO_REPLY]) + sent[1:]


class Line:
    """A socket whose other end answers while `is_up`."""

    def __init__(self, is_up: Callable[[str], bool]) -> None:
        self.near, self.far = socket.socketpair(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.near.setblocking(False)
        self.is_up = is_up
        self.dropped: list[float] = []

    def fileno(self) -> int:
        return self.near.fileno()

    def recv(self, size: int) -> bytes:
        return self.near.recv(size)

    def sendto(self, data: bytes, to: tuple[str, int]) -> int:
        if self.is_up(to[0]):
            self.far.send(answered(data))
        else:
            self.dropped.append(time.monotonic())
        return len(data)

    def close(self) -> None:
        self.near.close()
        self.far.close()


@given(st.integers(0, 0xFFFF), st.integers(0, 2**40), st.integers(0, 50))
def test_an_answer_tells_which_request_it_is(ident: int, number: int, which: int) -> None:
    sent = request(ident, number, struct.pack("!8sHQ", MARK, which, number))
    assert len(sent) == 64
    assert checksum(sent) == 0
    assert read_reply(answered(sent), ident, MARK) == (which, number)
    assert read_reply(IP_HEAD + sent, ident, MARK) is None  # the request itself
    assert read_reply(answered(sent), ident ^ 1, MARK) is None
    assert read_reply(answered(sent), ident, b"another!") is None


@given(st.binary(max_size=60))
def test_what_is_not_an_answer_is_left_alone(data: bytes) -> None:
    assert read_reply(data, 1, MARK) is None


def stream(*answers: int, sent: int = 10) -> Stream:
    found = Stream("records", "10.9.0.1")
    for number in range(sent):
        found.pending[number] = 100 + number / 100
    for number in answers:
        found.answer(number)
    return found


def test_a_run_without_a_hole_grows() -> None:
    found = stream(0, 1, 2)
    assert (found.since, found.until, found.answered) == (100.0, 100.02, 3)


def test_a_hole_begins_a_new_run() -> None:
    found = stream(0, 1, 4, 5)
    assert (found.since, found.until) == (100.04, 100.05)


def test_a_late_answer_is_an_answer_and_no_run() -> None:
    found = stream(0, 1, 4, 3)
    assert (found.since, found.until, found.answered) == (100.04, 100.04, 4)
    assert [number for number, _ in found.give_up(200.0)] == [2, 5, 6, 7, 8, 9]


def test_only_what_waited_for_too_long_is_given_up() -> None:
    found = stream(0, 2)
    assert [number for number, _ in found.give_up(100.04)] == [1, 3]
    found.answer(1)  # given up already: lost stays lost
    assert found.answered == 2


@pytest.fixture
def config(tmp_path: Path) -> Config:
    return Config(
        targets=[["records", "10.9.0.1"], ["payments", "10.9.0.3"]],
        status=str(tmp_path / "status.json"),
        losses=str(tmp_path / "losses.jsonl"),
        rate=200.0,
        reply_s=0.2,
        status_s=0.05,
    )


def test_it_sends_on_schedule_and_writes_down_what_was_not_answered(
    config: Config, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("dr.sweep.program.signal.signal", lambda *_: None)
    silent = threading.Event()
    line: Any = Line(lambda address: address != "10.9.0.3" or not silent.is_set())
    sender = Sender(config)
    running = threading.Thread(target=sender.run, args=(line,))
    started = time.monotonic()
    running.start()
    try:
        time.sleep(0.4)
        silent.set()
        silenced = time.monotonic()
        time.sleep(0.3)
        silent.clear()
        time.sleep(0.5)
    finally:
        stopped = time.monotonic()
        sender.stop(15, None)
        running.join(5)
        line.close()
    losses = read_losses("takaoka", Path(config.losses).read_text(encoding="utf-8"))
    assert {loss.target for loss in losses} == {"payments"}
    numbers = [loss.number for loss in losses]
    assert numbers == list(range(numbers[0], numbers[0] + len(numbers)))
    assert len(numbers) == len(line.dropped)
    for loss, dropped in zip(losses, line.dropped, strict=True):
        assert loss.sent <= dropped + 1e-5  # written down to a microsecond
    assert losses[0].sent >= silenced - LATE_S
    status = json.loads(Path(config.status).read_text(encoding="utf-8"))
    sent, got, since, until = status["streams"]["payments"]
    # Open-loop: 200 a second whatever became of them; a busy machine sends late, never less.
    assert sent == pytest.approx(200 * (stopped - started), abs=200 * LATE_S)
    assert sent - got - len(numbers) <= 200 * config.reply_s
    assert line.dropped[-1] <= since < until
    assert status["streams"]["records"][2] < silenced
