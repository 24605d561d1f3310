"""Commands are loaded one family at a time: the table of names says what their modules add, and a start stays cheap."""

from __future__ import annotations

import argparse
import subprocess
import sys
from collections.abc import Callable

import pytest

from nenkin.commands import FAMILIES, Family, family_of

HEAVY = ("fastapi", "reportlab", "duckdb", "ibis")
"""What only those who serve, print or count load."""


@pytest.mark.parametrize(("names", "load"), FAMILIES.items(), ids=[names[0] for names in FAMILIES])
def test_the_names_are_those_that_the_module_adds(
    names: tuple[str, ...], load: Callable[[], Family]
) -> None:
    commands = argparse.ArgumentParser().add_subparsers()
    load().add(commands)
    assert tuple(commands.choices) == names


def test_no_name_is_in_two_families_and_a_strange_one_in_none() -> None:
    names = [name for family in FAMILIES for name in family]
    assert len(names) == len(set(names))
    assert family_of("serve") is None
    assert family_of("") is None


@pytest.mark.parametrize("words", [["jobs"], ["migrate", "--help"], ["pay", "--help"]])
def test_a_command_loads_what_it_needs(words: list[str]) -> None:
    program = (
        "import sys\nfrom nenkin.__main__ import main\n"
        "try:\n    main(sys.argv[1:])\nexcept SystemExit:\n    pass\n"
        f"sys.exit(', '.join(x for x in {HEAVY} if x in sys.modules) or 0)"
    )
    done = subprocess.run(
        [sys.executable, "-c", program, *words], capture_output=True, text=True, check=False
    )
    assert done.stderr == ""


def test_help_names_every_command() -> None:
    argv = [sys.executable, "-m", "nenkin", "--help"]
    said = subprocess.run(argv, capture_output=True, text=True, check=True).stdout
    for name in (name for family in FAMILIES for name in family):
        assert f"    {name} " in said
