"""Progress: lines where nobody can redraw, a moving line on a terminal."""

from __future__ import annotations

import io
import re

import pytest

from cli.progress import Progress


class Clock:
    """A clock that the test moves."""

    now = 100.0

    def __call__(self) -> float:
        return self.now


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_lines_carry_time_elapsed_seconds_and_words() -> None:
    stream, clock = io.StringIO(), Clock()
    with Progress(stream, clock=clock) as progress:
        progress.phase("boot")
        clock.now += 3
        progress.doing("43 hosts")
        progress.doing("43 hosts")
        clock.now += 0.5
        progress.phase("provision")
        clock.now += 60
    lines = stream.getvalue().splitlines()
    assert all(re.match(r"\d\d:\d\d:\d\d +\d+\.\d s  ", line) for line in lines)
    assert [line.split(" s  ", 1)[1] for line in lines] == [
        "boot",
        "boot: 43 hosts",
        "boot: done in 3.5 s",
        "provision",
        "provision: done in 60.0 s",
    ]
    assert " 63.5 s  provision: done" in lines[-1]


def test_phases_add_up_by_name() -> None:
    clock = Clock()
    progress = Progress(io.StringIO(), clock=clock)
    for name, seconds in (("boot", 1), ("judge", 2), ("boot", 4)):
        progress.phase(name)
        clock.now += seconds
    progress.done()
    progress.done()
    assert progress.phases_s == {"boot": 5, "judge": 2}


def test_a_phase_that_fails_is_ended_too() -> None:
    clock = Clock()
    progress = Progress(io.StringIO(), clock=clock)

    def fail() -> None:
        with progress:
            progress.phase("boot")
            clock.now += 2
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fail()
    assert progress.phases_s == {"boot": 2}


def test_a_terminal_is_given_back() -> None:
    stream = Terminal()
    with Progress(stream) as progress:
        progress.phase("boot")
        progress.doing("hosts [1/43]")
        progress.phase("judge")
    written = stream.getvalue()
    assert "boot" in written
    assert "[1/43]" in written
    assert "✓" in written
    assert written.rstrip().endswith("\x1b[2K") or "\x1b[?25h" in written


def test_words_before_a_phase_are_shown() -> None:
    stream = io.StringIO()
    Progress(stream).doing("looking around")
    assert stream.getvalue().endswith("looking around\n")
