"""The guard of a router, run as it is, with FRR and systemd played by small programs that keep files."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from tests.playbooks_data.conftest import ROLES

PROGRAM = ROLES / "router/files/frr/usr/local/lib/hikae/guard"
SHELL = ROLES / "router/files/frr/usr/local/lib/hikae/guard-shell"
OLD = "frr version 8.4.4\nfrr defaults traditional\nhostname a-r1\n!\nend\n"
NEW = OLD.replace("!", "ip route 10.0.0.0/8 Null0\n!")
# FRR: what runs is a file; saving copies it; a reload makes it what a file says, and saves it too, as the real one does.
VTYSH = """#!/bin/sh
case "$2" in
  "show running-config") printf 'Building configuration...\\n\\nCurrent configuration:\\n!\\n'; cat "$FRR/running" ;;
  "write memory") [ -e "$FRR/full" ] && { echo '% No space'; exit 0; }; cp "$FRR/running" "$FRR/frr.conf"; echo '[OK]' ;;
esac
"""
RELOAD = """#!/bin/sh
echo "$@" >> "$FRR/reloads"
[ -e "$FRR/deaf" ] && exit 1
cp "$3" "$FRR/running"; cp "$FRR/running" "$FRR/frr.conf"
"""
SYSTEMD_RUN = '#!/bin/sh\\necho "$@" >> "$FRR/timers"\n[ ! -e "$FRR/no-timers" ]\n'.replace(
    "\\n", "\n"
)
PKILL = '#!/bin/sh\necho "$@" >> "$FRR/killed"\n'
SYSTEMCTL = """#!/bin/sh
echo "$@" >> "$FRR/systemctl"
[ -e "$FRR/dead" ] && exit 1
cp "$FRR/frr.conf" "$FRR/running"
"""


class Router:
    """A router's files, and its guard."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.state = folder, folder / "state"
        programs = {
            "pkill": PKILL,
            "vtysh": VTYSH,
            "systemd-run": SYSTEMD_RUN,
            "systemctl": SYSTEMCTL,
            "reload": RELOAD,
        }
        (folder / "bin").mkdir()
        for name, text in programs.items():
            (folder / "bin" / name).write_text(text)
            (folder / "bin" / name).chmod(0o755)
        for name in ("running", "frr.conf"):
            (folder / name).write_text(OLD)

    def call(self, *words: str) -> tuple[int, Mapping[str, Any]]:
        env = {
            "PATH": f"{self.folder / 'bin'}:{os.environ['PATH']}",
            "FRR": str(self.folder),
            "HIKAE_GUARD_STATE": str(self.state),
            "HIKAE_GUARD_STARTUP": str(self.folder / "frr.conf"),
            "HIKAE_GUARD_RELOAD": str(self.folder / "bin" / "reload"),
        }
        argv = ["python3", str(PROGRAM), *words]
        done = subprocess.run(argv, env=env, capture_output=True, text=True, timeout=60)
        assert done.stderr == ""
        return done.returncode, json.loads(done.stdout)

    def elapse(self, number: int = 0) -> tuple[int, Mapping[str, Any]]:
        """The time of a timer comes: what it was told to call."""
        return self.call(*self.timers[number].partition(" -- ")[2].split()[1:])

    def type(self) -> None:
        (self.folder / "running").write_text(NEW)

    @property
    def running(self) -> str:
        return self.without_talk("running")

    @property
    def startup(self) -> str:
        return self.without_talk("frr.conf")

    def without_talk(self, name: str) -> str:
        return (self.folder / name).read_text()

    @property
    def timers(self) -> list[str]:
        path = self.folder / "timers"
        return path.read_text().splitlines() if path.exists() else []


@pytest.fixture
def router(tmp_path: Path) -> Router:
    return Router(tmp_path)


def test_what_is_confirmed_stays_and_is_started_with(router: Router) -> None:
    assert router.call("arm", "chg-1", "60")[0] == 0
    assert "--on-active=60 --timer-property=AccuracySec=100ms" in router.timers[0]
    assert " -- " in router.timers[0]
    router.type()
    code, answer = router.call("confirm", "chg-1")
    assert (code, answer["last"]["how"]) == (0, "confirmed")
    assert (router.running, router.startup) == (NEW, NEW)
    # The timer comes too late and does nothing.
    assert router.elapse() == (0, {"pending": None})
    assert (router.running, router.startup) == (NEW, NEW)


def test_what_is_not_confirmed_goes_back(router: Router) -> None:
    router.call("arm", "chg-1", "60")
    router.type()
    code, answer = router.elapse()
    assert (code, answer["last"]["how"]) == (0, "expired")
    assert (router.running, router.startup) == (OLD, OLD)
    # What was still on its way would have been typed into what has gone back.
    assert (router.folder / "killed").read_text() == "-KILL -u netops\n"
    code, answer = router.call("confirm", "chg-1")
    assert (code, answer["error"]) == (1, "chg-1 is not pending any more: expired")


def test_it_goes_back_at_once_when_told(router: Router) -> None:
    router.call("arm", "chg-1", "60")
    router.type()
    assert router.call("back", "chg-1")[1]["last"]["how"] == "taken back"
    assert router.running == OLD
    assert not (router.folder / "killed").exists()


def test_more_time_makes_the_earlier_timer_harmless(router: Router) -> None:
    router.call("arm", "chg-1", "60")
    router.type()
    router.call("arm", "chg-1", "90")
    assert router.elapse(0)[1]["pending"]["window_s"] == 90
    assert router.running == NEW
    router.elapse(1)
    assert router.running == OLD


def test_the_timer_of_a_change_that_stands_does_not_end_the_next_of_the_same_name(
    router: Router,
) -> None:
    router.call("arm", "chg-1", "60")
    router.type()
    router.call("confirm", "chg-1")
    router.call("arm", "chg-1", "60")  # a later wave of the same push, or its way back
    assert router.elapse(0)[1]["pending"]["id"] == "chg-1"
    assert router.call("confirm", "chg-1")[1]["last"]["how"] == "confirmed"
    assert not (router.folder / "killed").exists()


def test_nobody_is_told_what_it_would_go_back_to(router: Router) -> None:
    for words in (("arm", "chg-1", "60"), ("status",), ("arm", "chg-1", "60")):
        assert "before" not in router.call(*words)[1]["pending"]


def test_another_push_has_to_wait(router: Router) -> None:
    router.call("arm", "chg-1", "60")
    for words in (("arm", "chg-2", "60"), ("confirm", "chg-2"), ("back", "chg-2")):
        code, answer = router.call(*words)
        assert code == 1
        assert answer["error"].startswith("chg-1 is pending")


def test_a_restart_within_the_window_starts_with_what_was_confirmed(router: Router) -> None:
    router.call("arm", "chg-1", "60")
    router.type()
    # Somebody saves by hand, within the window.
    (router.folder / "frr.conf").write_text(NEW)
    code, answer = router.call("boot")
    assert (code, answer["last"]["how"]) == (0, "restarted")
    assert router.startup == OLD
    assert router.call("boot") == (0, {"pending": None})


def test_a_second_change_goes_back_to_the_first(router: Router) -> None:
    router.call("arm", "chg-1", "60")
    router.type()
    router.call("confirm", "chg-1")
    router.call("arm", "chg-2", "60")
    (router.folder / "running").write_text(OLD)
    router.elapse(1)
    assert (router.running, router.startup) == (NEW, NEW)


def test_where_a_reload_does_not_help_frr_is_restarted(router: Router) -> None:
    router.call("arm", "chg-1", "60")
    router.type()
    (router.folder / "deaf").touch()
    assert router.elapse()[1]["last"]["how"] == "expired, FRR restarted"
    assert (router.running, router.startup) == (OLD, OLD)


def test_where_nothing_helps_it_stays_pending_and_tries_again(router: Router) -> None:
    router.call("arm", "chg-1", "60")
    router.type()
    (router.folder / "deaf").touch()
    (router.folder / "dead").touch()
    code, answer = router.elapse()
    assert code == 1
    assert "FRR could not be restarted" in answer["error"]
    assert "--on-active=10 " in router.timers[-1]
    assert router.call("status")[1]["pending"]["id"] == "chg-1"
    (router.folder / "dead").unlink()
    assert router.elapse()[0] == 0
    assert router.running == OLD


def test_without_a_timer_nothing_is_begun(router: Router) -> None:
    (router.folder / "no-timers").touch()
    code, answer = router.call("arm", "chg-1", "60")
    assert code == 1
    assert "no timer could be started" in answer["error"]
    assert router.call("status")[1]["pending"] is None


def test_what_cannot_be_saved_is_not_confirmed(router: Router) -> None:
    router.call("arm", "chg-1", "60")
    router.type()
    (router.folder / "full").touch()
    code, answer = router.call("confirm", "chg-1")
    assert code == 1
    assert "could not be saved" in answer["error"]
    router.elapse()
    assert (router.running, router.startup) == (OLD, OLD)


@pytest.mark.parametrize(
    "words",
    [("arm", "chg-1", "4"), ("arm", "chg-1", "4000"), ("arm", "chg-1", "soon"), ("arm", "chg-1"), ("arm", "../x", "60"),
     ("reload",), ("confirm",), ("status", "x"), ("arm", "a;b", "60")],
)  # fmt: skip
def test_other_words_are_refused(words: tuple[str, ...], router: Router) -> None:
    code, answer = router.call(*words)
    assert code == 1
    assert answer["error"]
    assert router.timers == []


@pytest.mark.parametrize(
    ("words", "passed"),
    [
        ("confirm chg-1", ["confirm", "chg-1"]),
        ("confirm $(id) ; reboot", ["confirm", "$(id)", ";", "reboot"]),
        ("confirm *", ["confirm", "*"]),
    ],
)
def test_the_shell_expands_and_runs_nothing(words: str, passed: list[str], tmp_path: Path) -> None:
    sudo = tmp_path / "sudo"
    sudo.write_text('#!/bin/sh\nfor word in "$@"; do printf "%s\\n" "$word"; done\n')
    sudo.chmod(0o755)
    env = {"PATH": f"{tmp_path}:{os.environ['PATH']}"}
    argv = ["sh", str(SHELL), "-c", words]
    done = subprocess.run(argv, env=env, capture_output=True, text=True, cwd="/", timeout=20)
    assert done.stdout.splitlines() == ["-n", "/usr/local/lib/hikae/guard", *passed]


def test_the_shell_is_no_shell() -> None:
    done = subprocess.run(["sh", str(SHELL)], capture_output=True, text=True, timeout=20)
    assert done.returncode == 2
