"""The group `hikae`: help, lazy verbs, errors as sentences."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import click
import pytest

from cli import main as module
from cli.exits import Exit
from cli.main import main
from cli.verbs import VERBS, Verb
from inventory import InvalidEstate
from inventory.errors import EstateError

ROOT = Path(__file__).resolve().parents[2]
Captured = pytest.CaptureFixture[str]


def raising(error: BaseException) -> click.Command:
    def act(**_: object) -> None:
        raise error

    return click.Command("check", callback=act, params=[click.Option(["--json"], is_flag=True)])


@pytest.fixture
def verb_raises(monkeypatch: pytest.MonkeyPatch) -> object:
    """Let the verb `check` end with an exception."""

    def replace(error: BaseException) -> None:
        monkeypatch.setattr(module, "_load", lambda verb: raising(error))

    return replace


def test_help_lists_every_verb_and_says_which_are_not_built(capsys: Captured) -> None:
    assert main(["--help"]) == Exit.FINE
    built, _, unbuilt = capsys.readouterr().out.partition("Not built yet")
    for verb in VERBS.values():
        assert f"\n  {verb.name} " in (built if verb.built else unbuilt)


def test_help_imports_no_verb() -> None:
    program = "import sys; from cli.main import main; main(['--help']); print(sorted(sys.modules))"
    argv = [sys.executable, "-c", program]
    done = subprocess.run(argv, cwd=ROOT, capture_output=True, text=True, check=True)
    modules = done.stdout.splitlines()[-1]
    assert "'cli.verbs'" in modules
    for heavy in ("'cli.twin'", "'twin'", "'pydantic'", "'netmiko'", "'inventory'"):
        assert heavy not in modules


def test_check_imports_nothing_of_the_twin() -> None:
    program = "import sys, cli.check; print(sorted(sys.modules))"
    argv = [sys.executable, "-c", program]
    done = subprocess.run(argv, cwd=ROOT, capture_output=True, text=True, check=True)
    for heavy in ("'twin'", "'netmiko'", "'pyroute2'", "'fabric'", "'dr'"):
        assert heavy not in done.stdout


@pytest.mark.parametrize("name", [verb.name for verb in VERBS.values() if not verb.built])
def test_a_verb_that_is_not_built_refuses_with_one_sentence(name: str, capsys: Captured) -> None:
    assert main([name, "run", "--fast", "x"]) == Exit.WRONG_CALL
    out, err = capsys.readouterr()
    assert out == ""
    assert err.startswith(f"hikae: `{name}` is not built yet")
    assert err.count("\n") == 1


def test_a_verb_that_cannot_be_loaded_leaves_the_others_alone(
    monkeypatch: pytest.MonkeyPatch, capsys: Captured
) -> None:
    monkeypatch.setitem(VERBS, "broken", Verb("broken", "Has no module."))
    assert main(["broken"]) == Exit.WRONG_CALL
    assert "the verb `broken` cannot be loaded" in capsys.readouterr().err
    assert main(["show", "policy"]) == Exit.FINE
    assert main(["--help"]) == Exit.FINE


@pytest.mark.parametrize("args", [["nonsense"], ["show", "nonsense"], ["show", "hosts", "--x"]])
def test_a_wrong_call_ends_with_2_and_a_hint(args: list[str], capsys: Captured) -> None:
    assert main(args) == Exit.WRONG_CALL
    assert "--help" in capsys.readouterr().err


def test_a_wrong_call_with_json_is_json_too(capsys: Captured) -> None:
    assert main(["show", "hosts", "--slice", "nope", "--json"]) == Exit.WRONG_CALL
    out, err = capsys.readouterr()
    assert json.loads(out)["errors"][0]["text"] in err


def test_all_errors_of_an_estate_are_printed(verb_raises: object, capsys: Captured) -> None:
    faults = tuple(
        EstateError("a.yml", line, "x.y", "'1'", "is wrong", "do this") for line in (1, 2, 3)
    )
    assert callable(verb_raises)
    verb_raises(InvalidEstate(faults))
    assert main(["check", "--json"]) == Exit.WRONG_CALL
    out, err = capsys.readouterr()
    assert err == "".join(f"hikae: a.yml:{n}: x.y: '1' is wrong; do this\n" for n in (1, 2, 3))
    assert [error["line"] for error in json.loads(out)["errors"]] == [1, 2, 3]


def test_a_defect_shows_its_traceback(verb_raises: object, capsys: Captured) -> None:
    assert callable(verb_raises)
    verb_raises(ZeroDivisionError("oops"))
    assert main(["check"]) == Exit.ABORTED
    err = capsys.readouterr().err
    assert "Traceback" in err
    assert err.endswith("a defect of hikae (ZeroDivisionError); please report the lines above.\n")


@pytest.mark.parametrize("error", [KeyboardInterrupt(), click.Abort()])
def test_an_interrupt_is_an_abort(
    verb_raises: object, capsys: Captured, error: BaseException
) -> None:
    assert callable(verb_raises)
    verb_raises(error)
    assert main(["check"]) == Exit.ABORTED
    assert capsys.readouterr().err.strip().endswith("hikae: interrupted.")


def test_a_reader_that_leaves_is_no_error() -> None:
    argv = [sys.executable, "-m", "cli", "show", "policy", "--json"]
    with subprocess.Popen(
        argv, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.close()
        assert process.wait(timeout=30) == Exit.FINE
        assert process.stderr.read() == ""


def test_the_version_is_that_of_the_project(capsys: Captured) -> None:
    assert main(["--version"]) == Exit.FINE
    assert capsys.readouterr().out.startswith("hikae 0.")
