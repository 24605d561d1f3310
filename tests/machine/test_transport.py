"""What a command on a host is fed with goes over whole: a character at a time takes hours for a megabyte."""

from __future__ import annotations

from twin.transport import _Whole


def test_standard_input_goes_over_at_once_and_ends() -> None:
    given = _Whole("行\n" * 1000)
    # invoke asks for one character, and takes what it gets.
    assert given.read(1) == "行\n" * 1000
    assert given.read(1) == ""
