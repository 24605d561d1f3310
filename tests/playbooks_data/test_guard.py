"""The guard of a router: what stays, what goes back and when, whatever dies meanwhile, and who may ask."""

from __future__ import annotations

import importlib
import os
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest

from netconfig.guard import digest
from tests.playbooks_data.guarding import ME, NEW, OLD, PROGRAM, SHELLS, Router, guarded


@pytest.fixture
def router(tmp_path: Path) -> Iterator[Router]:
    with guarded(tmp_path) as router:
        yield router


def test_what_is_confirmed_stays_and_is_started_with(router: Router) -> None:
    assert router.call("arm", "chg-1", "60")["pending"]["window_s"] == 60
    router.type()
    assert router.call("confirm", "chg-1")["last"]["how"] == "confirmed"
    assert router.running == router.startup == router.confirmed == NEW
    # A death, and a new start: nothing is pending that could end it.
    router.kill()
    router.start()
    assert router.call("status")["pending"] is None
    assert (router.running, router.startup) == (NEW, NEW)


def test_what_is_not_confirmed_goes_back(router: Router) -> None:
    router.arm_and_type("chg-1", "1")
    assert router.wait_end() == "expired"
    assert router.running == router.startup == router.confirmed == OLD
    # What was still on its way would have been typed into what has gone back.
    assert (router.folder / "killed").read_text() == "-KILL -u netops\n"
    assert router.call("confirm", "chg-1")["error"] == "chg-1 is not pending any more: expired"


def test_what_it_runs_is_told_in_a_digest(router: Router) -> None:
    """The same that a push makes of what the session shows; a second arming reads nothing anew."""
    shown = f"Building configuration...\r\n\r\nCurrent configuration:\r\n!\r\n{OLD}"
    assert router.call("arm", "chg-1", "60")["runs"] == digest(shown) != digest(NEW)
    router.type()
    assert router.call("arm", "chg-1", "60")["runs"] is None


def test_it_goes_back_at_once_when_told(router: Router) -> None:
    router.call("arm", "chg-1", "60")
    router.type()
    assert router.call("back", "chg-1")["last"]["how"] == "taken back"
    assert router.running == OLD
    assert not (router.folder / "killed").exists()


def test_more_time_counts_anew_and_goes_back_to_the_same(router: Router) -> None:
    router.call("arm", "chg-1", "60")
    router.type()
    before = router.ends
    assert router.call("arm", "chg-1", "90")["pending"]["window_s"] == 90
    assert router.ends >= before + 30
    router.call("back", "chg-1")
    assert router.running == OLD


def test_the_time_of_a_change_that_stands_does_not_end_the_next_of_the_same_name(
    router: Router,
) -> None:
    router.call("arm", "chg-1", "60")
    router.type()
    router.call("confirm", "chg-1")
    router.call("arm", "chg-1", "90")  # a later wave of the same push, or its way back
    assert router.ends > time.monotonic() + 61
    assert router.call("confirm", "chg-1")["last"]["how"] == "confirmed"


def test_nobody_is_told_what_it_would_go_back_to(router: Router) -> None:
    for words in (("arm", "chg-1", "60"), ("status",), ("arm", "chg-1", "60")):
        assert set(router.call(*words)["pending"]) == {"id", "window_s", "armed"}


def test_another_push_has_to_wait(router: Router) -> None:
    router.call("arm", "chg-1", "60")
    for words in (("arm", "chg-2", "60"), ("confirm", "chg-2"), ("back", "chg-2")):
        assert router.call(*words)["error"].startswith("chg-1 is pending")


def test_a_second_change_goes_back_to_the_first(router: Router) -> None:
    router.call("arm", "chg-1", "60")
    router.type()
    router.call("confirm", "chg-1")
    router.arm_and_type("chg-2", "1", text=OLD)
    router.wait_end()
    assert (router.running, router.startup) == (NEW, NEW)


def test_where_a_reload_does_not_help_frr_is_restarted(router: Router) -> None:
    router.touch("deaf")
    router.arm_and_type("chg-1", "1")
    assert router.wait_end() == "expired, FRR restarted"
    assert (router.running, router.startup) == (OLD, OLD)


def test_where_nothing_helps_it_stays_pending_and_tries_again(router: Router) -> None:
    router.call("arm", "chg-1", "60")
    router.type()
    router.touch("deaf")
    router.touch("dead")
    assert "FRR could not be restarted" in router.call("back", "chg-1")["error"]
    assert router.call("status")["pending"]["id"] == "chg-1"
    (router.folder / "dead").unlink()
    assert router.wait_end() == "expired, FRR restarted"
    assert router.running == OLD


def test_what_cannot_be_saved_is_not_confirmed(router: Router) -> None:
    router.call("arm", "chg-1", "60")
    router.type()
    router.touch("full")
    assert "could not be saved" in router.call("confirm", "chg-1")["error"]
    assert router.confirmed == OLD
    router.call("back", "chg-1")
    assert (router.running, router.startup) == (OLD, OLD)


def test_what_cannot_be_read_is_not_armed(router: Router) -> None:
    (router.folder / "running").write_text("")
    assert router.call("arm", "chg-1", "60")["error"] == "FRR does not say what it runs"
    assert router.call("status")["pending"] is None
    assert not (router.state / "pending.json").exists()


# What dies.


def test_killed_within_the_window_it_goes_on_counting(router: Router) -> None:
    router.call("arm", "chg-1", "60")
    router.type()
    before = router.ends
    router.kill()
    router.start()
    assert router.call("status")["pending"]["id"] == "chg-1"
    assert (router.running, router.ends) == (NEW, before)
    # And its time comes without anybody asking.
    router.kill()
    router.edit_pending(ends=time.monotonic() + 0.5)
    router.start()
    assert router.wait_end() == "expired"
    assert (router.running, router.startup) == (OLD, OLD)


def test_killed_within_the_window_it_can_be_confirmed_still(router: Router) -> None:
    router.call("arm", "chg-1", "60")
    router.type()
    router.kill()
    router.start()
    assert router.call("confirm", "chg-1")["last"]["how"] == "confirmed"
    assert router.startup == NEW


def test_a_window_that_ended_while_it_was_dead_is_over_at_once(router: Router) -> None:
    router.call("arm", "chg-1", "60")
    router.type()
    router.kill()
    router.edit_pending(ends=time.monotonic() - 1)
    router.start()
    assert router.wait_end() == "expired"
    assert router.running == OLD


def test_a_window_of_an_earlier_start_of_the_machine_is_over(router: Router) -> None:
    router.call("arm", "chg-1", "60")
    router.type()
    router.kill()
    router.edit_pending(boot="another", ends=time.monotonic() + 3000)
    router.start()
    assert router.wait_end() == "expired"


def test_a_clock_that_is_set_moves_no_window(router: Router) -> None:
    router.call("arm", "chg-1", "60")
    router.kill()
    router.edit_pending(armed=time.time() - 10_000)
    router.start()
    assert router.call("status")["pending"]["id"] == "chg-1"


def test_killed_while_it_goes_back_it_goes_back_again(router: Router) -> None:
    router.touch("slow-reload")
    router.arm_and_type("chg-1", "1")
    router.wait_file("reloading")
    router.kill()
    assert router.running == NEW
    (router.folder / "slow-reload").unlink()
    router.start()
    assert router.wait_end() == "expired"
    assert (router.running, router.startup) == (OLD, OLD)


def test_killed_while_it_confirms_it_has_not_confirmed(router: Router) -> None:
    """FRR had saved already: what it starts with is what was confirmed, again."""
    router.touch("slow")
    router.call("arm", "chg-1", "60")
    router.type()
    asked = threading.Thread(target=lambda: router.say(b"confirm chg-1\n"))
    asked.start()
    router.wait_file("saved")
    router.kill()
    asked.join()
    assert (router.startup, router.confirmed) == (NEW, OLD)
    router.edit_pending(ends=time.monotonic())
    router.start()
    assert router.wait_end() == "expired"
    assert router.running == router.startup == router.confirmed == OLD


def test_killed_after_it_confirmed_and_before_it_said_so_it_has_confirmed(router: Router) -> None:
    router.call("arm", "chg-1", "60")
    router.type()
    router.kill()
    (router.folder / "frr.conf").write_text(NEW)
    (router.state / "confirmed.conf").write_text(NEW)
    router.edit_pending(ends=time.monotonic())
    router.start()
    assert router.call("status")["last"]["how"] == "confirmed"
    assert (router.running, router.startup) == (NEW, NEW)


def test_a_restart_of_the_machine_within_the_window_starts_with_what_was_confirmed(
    router: Router,
) -> None:
    router.call("arm", "chg-1", "60")
    router.type()
    # Somebody saves by hand, within the window.
    (router.folder / "frr.conf").write_text(NEW)
    router.kill()
    assert router.boot()["last"]["how"] == "restarted"
    assert router.startup == OLD
    assert router.boot() == {"pending": None}
    router.start()
    assert router.call("status")["pending"] is None


def test_whoever_waits_sees_it_pending_while_it_goes_back(router: Router) -> None:
    router.touch("slow-reload")
    router.call("arm", "chg-1", "1")
    router.wait_file("reloading")
    assert router.call("status")["pending"]["id"] == "chg-1"


# Who asks, and what.


def test_who_types_confirms_nothing(router: Router) -> None:
    assert router.rights.startswith(f"{ME}=")
    router.kill()
    router.rights = f"{ME}=arm,back,status"
    router.start()
    router.call("arm", "chg-1", "60")
    router.type()
    answer = router.call("confirm", "chg-1")
    assert answer["error"] == f"{ME} may not ask for 'confirm'; it may: arm, back, status"
    assert router.confirmed == OLD
    assert router.call("back", "chg-1")["last"]["how"] == "taken back"


def test_that_is_how_it_is_where_nothing_else_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(str(SHELLS))
    daemon = importlib.import_module("guarding.daemon")
    for name in [name for name in sys.modules if name.partition(".")[0] == "guarding"]:
        monkeypatch.delitem(sys.modules, name)
    assert {who for who, verbs in daemon.RIGHTS.items() if "confirm" in verbs} == {
        "netguard",
        "root",
    }
    assert set(daemon.RIGHTS["netops"]) == {"arm", "back", "status"}


def test_another_account_may_ask_for_nothing(router: Router) -> None:
    router.kill()
    router.rights = "somebody=arm,confirm,back,status"
    router.start()
    for words in ("status", "arm chg-1 60", "confirm chg-1"):
        assert router.call(words)["error"].endswith("it may: nothing")


def test_only_its_account_and_root_reach_a_socket(router: Router) -> None:
    for account in ("netops", "netguard"):
        assert (router.sockets / account).stat().st_mode & 0o777 == 0o660


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can be somebody else")
def test_the_kernel_says_who_asks() -> None:
    with tempfile.TemporaryDirectory() as folder, guarded(Path(folder)) as router:
        path = router.sockets / "netguard"
        for each in (router.folder, router.sockets):
            each.chmod(0o755)
        script = "import socket, sys; s = socket.socket(socket.AF_UNIX); s.connect(sys.argv[1]); "
        script += "s.sendall(b'status\\n'); print(s.recv(999).decode())"
        argv = ["/usr/bin/python3", "-c", script, str(path)]
        who = {"user": "nobody", "group": "nogroup", "extra_groups": []}
        ask = partial(subprocess.run, argv, capture_output=True, text=True, cwd="/", **who)
        assert "PermissionError" in ask().stderr
        path.chmod(0o666)
        assert "nobody may not ask for 'status'" in ask().stdout


@pytest.mark.parametrize(
    "words",
    ["arm chg-1 0", "arm chg-1 4000", "arm chg-1 soon", "arm chg-1", "arm ../x 60", "reload", "confirm", "status x",
     "arm a;b 60", "expire chg-1", "boot", "__init__", "arm chg-1 60 x", "_end x"],
)  # fmt: skip
def test_other_words_are_refused(words: str, router: Router) -> None:
    assert router.call(words)["error"]
    assert router.call("status")["pending"] is None


@pytest.mark.parametrize(
    "data", [b"\xff\xfe\n", b"x" * 5000 + b"\n", b"\0\0\0", "arm chg-1 ６０\n".encode()]
)
def test_garbage_is_refused_and_ends_nothing(data: bytes, router: Router) -> None:
    assert router.say(data).startswith('{"error"') or len(data) > 1000
    assert router.call("status")["pending"] is None


def test_who_says_nothing_keeps_nobody_waiting(router: Router) -> None:
    mute = []
    for _ in range(12):
        mute.append(socket.socket(socket.AF_UNIX))
        mute[-1].connect(str(router.sockets / "netops"))
    began = time.monotonic()
    router.call("arm", "chg-1", "1")
    assert router.wait_end() == "expired"
    assert time.monotonic() - began < 20
    for each in mute:
        each.close()


def test_the_program_knows_two_calls() -> None:
    done = subprocess.run(
        [sys.executable, "-sB", str(PROGRAM), "arm", "x", "60"], capture_output=True, timeout=30
    )
    assert (done.returncode, done.stderr) == (1, b"")
