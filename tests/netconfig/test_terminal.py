"""What a session on a command line makes of what comes: in pieces, late, in part, or not at all."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from netconfig.terminal import _Certified, _Netmiko

SHOWN = "frr version 8.4.4\r\nhostname a-r1\r\n! a-r1# no prompt\r\nend\r\n"


class Line:
    """A channel that says these pieces, one at each look, and a netmiko session on it."""

    base_prompt = "a-r1"

    def __init__(self, *pieces: bytes, stale: str = "") -> None:
        self.pieces, self.stale = list(pieces), stale
        self.sent, self.logged = list[str](), ""
        self.remote_conn = self.session_log = self

    def read_channel(self) -> str:
        stale, self.stale = self.stale, ""
        return stale

    def write_channel(self, text: str) -> None:
        self.sent.append(text)

    def settimeout(self, seconds: float) -> None:
        assert seconds > 0

    def recv(self, _: int) -> bytes:
        if not self.pieces:
            raise TimeoutError
        return self.pieces.pop(0)

    def write(self, text: str) -> None:
        self.logged += text


def read(line: Line, command: str = "show running-config") -> str:
    connection: Any = line
    return _Netmiko(connection, 1.0).read(command)


WHOLE = f"show running-config\r\n{SHOWN}a-r1# ".encode()


@pytest.mark.parametrize("size", [1, 2, 7, 30, 1000])
def test_pieces_are_put_together(size: int) -> None:
    pieces = [WHOLE[at : at + size] for at in range(0, len(WHOLE), size)]
    line = Line(*pieces)
    assert read(line) == SHOWN.replace("\r", "")
    assert line.sent == ["show running-config\n"]
    assert line.logged.encode().strip() == WHOLE.strip()


def test_what_was_late_belongs_to_the_command_before() -> None:
    late = b"old\r\na-r1# \r\na-r1# "
    assert read(Line(late, WHOLE, stale="older\na-r1# ")) == SHOWN.replace("\r", "")


def test_a_command_that_says_nothing() -> None:
    assert read(Line(b"terminal length 0\r\n", b"a-r1# "), "terminal length 0") == ""


def test_letters_that_come_in_halves() -> None:
    letter = "渋".encode()
    line = Line(b"show x\r\n" + letter[:1], letter[1:] + b"\r\na-r1# ")
    assert read(line, "show x") == "渋\n"


def test_an_answer_that_never_ends_and_one_that_breaks_off() -> None:
    with pytest.raises(TimeoutError, match="no answer within 1 s"):
        read(Line(WHOLE[:-3]))
    with pytest.raises(EOFError, match="the session ended"):
        read(Line(WHOLE[:40], b""))


class Device:
    """Greets late, as a busy one does; until its shell runs, the terminal echoes what is typed, and it answers then."""

    def __init__(self) -> None:
        self.coming = ["", "Linux mutsu-r1 6.18.5 #1 SMP Debian\r\n", "\r\nmutsu-r1# "]
        self.typed: list[str] = []
        self.echo = ""

    def read_channel(self) -> str:
        said, self.echo = self.echo, ""
        if said or not self.coming:
            return said
        said = self.coming.pop(0)
        if not self.coming:
            said += "".join(map(self.answer, self.typed))
        return said

    def write_channel(self, text: str) -> None:
        self.echo += text.replace("\n", "\r\n")
        if self.coming:
            self.typed.append(text)
        else:
            self.echo += self.answer(text)

    @staticmethod
    def answer(text: str) -> str:
        return f"{'% Unknown command' if text.strip() else ''}\r\nmutsu-r1# "


def test_a_greeting_that_comes_late_is_no_prompt(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    device = Device()
    session = _Certified(known_hosts=tmp_path, host="mutsu-r1", username="x", auto_connect=False)  # fmt: skip
    monkeypatch.setattr(session, "read_channel", device.read_channel)
    monkeypatch.setattr(session, "write_channel", device.write_channel)
    session.session_preparation()
    assert session.base_prompt == "mutsu-r1"
    assert device.typed == []
