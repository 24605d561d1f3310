"""Which exception ends with which exit code."""

from __future__ import annotations

import click
import pytest

from cli.exits import Exit, RefusedCall, exit_of, sentences_of
from inventory import InvalidEstate
from inventory.errors import EstateError, UnknownHost

FAULT = EstateError("sites.yml", 12, "sites.x.kind", "'center'", "is no kind", "use centre")


def error_named(name: str, module: str = "twin.errors") -> BaseException:
    """Make an exception as a floor of ours (or somebody else) would declare it."""
    kind: type[Exception] = type(name, (Exception,), {"__module__": module})
    return kind("words")


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("InvalidMachine", Exit.WRONG_CALL),
        ("UnknownScenario", Exit.WRONG_CALL),
        ("RefusedPromotion", Exit.WRONG_CALL),
        ("TwinBusy", Exit.WRONG_CALL),
        ("UnreachableHost", Exit.UNREACHABLE),
        ("AbortedDrill", Exit.ABORTED),
        ("BootFailed", Exit.ABORTED),
        ("TwinError", None),
        ("Invalidated", Exit.WRONG_CALL),
    ],
)
def test_the_name_of_our_exception_decides(name: str, code: Exit | None) -> None:
    assert exit_of(error_named(name)) is code


def test_a_librarys_exception_of_such_a_name_is_a_defect() -> None:
    assert exit_of(error_named("InvalidRequirement", module="packaging.requirements")) is None
    assert exit_of(ValueError("x")) is None


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (InvalidEstate((FAULT,)), Exit.WRONG_CALL),
        (UnknownHost("no host"), Exit.WRONG_CALL),
        (RefusedCall("no"), Exit.WRONG_CALL),
        (click.UsageError("no such option"), Exit.WRONG_CALL),
        (click.FileError("x"), Exit.WRONG_CALL),
        (KeyboardInterrupt(), Exit.ABORTED),
        (click.Abort(), Exit.ABORTED),
    ],
)
def test_known_errors(error: BaseException, code: Exit) -> None:
    assert exit_of(error) is code


def test_every_error_of_a_pass_is_carried() -> None:
    assert sentences_of(InvalidEstate((FAULT, FAULT))) == [FAULT, FAULT]
    lone = RefusedCall("one sentence")
    assert sentences_of(lone) == [lone]


def test_the_codes_are_those_of_the_design() -> None:
    assert {code.name: code.value for code in Exit} == {
        "FINE": 0,
        "FINDING": 1,
        "WRONG_CALL": 2,
        "UNREACHABLE": 3,
        "ABORTED": 4,
    }
