"""The login shells of the accounts that reach a router's guard: what they hand on, and that they run nothing."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from tests.playbooks_data.guarding import SHELLS

NC = '#!/bin/sh\n[ -e "$0.dead" ] && exit 1\nprintf "%s\\n" "$@" > "$0.argv"; cat\n'
VTYSH = '#!/bin/sh\nprintf "vtysh %s\\n" "$@"\n'


def shell(name: str, folder: Path, *argv: str) -> str:
    for program, text in (("nc.openbsd", NC), ("vtysh", VTYSH)):
        (folder / program).write_text(text)
        (folder / program).chmod(0o755)
    env = {"PATH": f"{folder}:{os.environ['PATH']}"}
    done = subprocess.run(
        ["sh", str(SHELLS / name), *argv],
        env=env,
        capture_output=True,
        text=True,
        cwd="/",
        timeout=20,
    )
    return done.stdout


WORDS = ["confirm chg-1", "confirm $(id) ; reboot", "confirm *", "confirm `id`", "WORDS"]


@pytest.mark.parametrize("words", WORDS)
def test_the_shells_expand_and_run_nothing(words: str, tmp_path: Path) -> None:
    assert shell("guard-shell", tmp_path, "-c", words) == f"{words}\n"
    assert (tmp_path / "nc.openbsd.argv").read_text().split()[-1] == "/run/hikae-guard/netguard"
    assert shell("netops-shell", tmp_path, "-c", f"guard {words}") == f"{words}\n"
    assert (tmp_path / "nc.openbsd.argv").read_text().split()[-1] == "/run/hikae-guard/netops"


def test_without_the_guard_they_say_so(tmp_path: Path) -> None:
    (tmp_path / "nc.openbsd.dead").touch()
    for name, words in (("guard-shell", "status"), ("netops-shell", "guard status")):
        assert "it does not run on this device" in shell(name, tmp_path, "-c", words)


def test_whatever_else_who_types_says_goes_to_the_command_line(tmp_path: Path) -> None:
    assert shell("netops-shell", tmp_path, "-c", "show version") == "vtysh -c\nvtysh show version\n"
    assert shell("netops-shell", tmp_path, "-c", "guardian") == "vtysh -c\nvtysh guardian\n"
    assert shell("netops-shell", tmp_path) == "vtysh \n"


def test_the_shell_that_confirms_is_no_shell() -> None:
    argv = ["sh", str(SHELLS / "guard-shell")]
    assert subprocess.run(argv, capture_output=True, timeout=20).returncode == 2
