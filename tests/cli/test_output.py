"""What values become when they are printed."""

from __future__ import annotations

import json
from dataclasses import dataclass
from enum import Enum
from ipaddress import IPv4Address, IPv4Interface, IPv4Network
from pathlib import Path

import pytest

from cli.output import plain, print_json, print_table


class Fate(Enum):
    KEPT = "acked_kept"


@dataclass(frozen=True)
class Thing:
    address: IPv4Address
    names: tuple[str, ...]


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (None, None),
        (True, True),
        (1.5, 1.5),
        (IPv4Address("10.0.0.1"), "10.0.0.1"),
        (IPv4Interface("10.0.0.1/31"), "10.0.0.1/31"),
        (IPv4Network("10.0.0.0/30"), "10.0.0.0/30"),
        (Path("a/b"), "a/b"),
        (Fate.KEPT, "acked_kept"),
        ({Fate.KEPT: 3}, {"acked_kept": 3}),
        (frozenset({"b", "a"}), ["a", "b"]),
        (Thing(IPv4Address("10.0.0.1"), ("a",)), {"address": "10.0.0.1", "names": ["a"]}),
        ({1: (Thing(IPv4Address(1), ()),)}, {"1": [{"address": "0.0.0.1", "names": []}]}),
    ],
)
def test_plain(value: object, expected: object) -> None:
    assert plain(value) == expected


def test_json_keeps_japanese(capsys: pytest.CaptureFixture[str]) -> None:
    print_json({"title": "控え"})
    out = capsys.readouterr().out
    assert "控え" in out
    assert json.loads(out) == {"title": "控え"}


def test_a_table_without_a_terminal_is_wide_plain_and_whole(
    capsys: pytest.CaptureFixture[str],
) -> None:
    print_table("A title longer than its table", ("name", "n"), [("[red]x", 1), ("y" * 150, 20)])
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "A title longer than its table"
    assert "\x1b" not in "".join(lines)
    assert lines[2].startswith("[red]x")
    assert lines[2].endswith(" 1")
    assert lines[3] == "y" * 150 + "  20"
