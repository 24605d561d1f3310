"""What devices have run is kept, commit by commit: by whom and why, masked, and whole whatever dies in between."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from netconfig.history import FOUND, History, Writer
from netconfig.mask import MASK

CANARY = "canary-4711"
BY = Writer("tanaka", "shaho", "CHG-1", "faster timers")
ROOT = Path(__file__).parents[2]


@pytest.fixture
def history(tmp_path: Path) -> History:
    return History(tmp_path / "histories" / "shaho" / "twin.git", clock=lambda: 1000.0)


def test_each_confirmed_change_is_one_commit_with_who_and_why(history: History) -> None:
    assert (
        history.keep(BY, [("a-r1", "frr\nhostname a\n", "wave 1"), ("b-r1", "frr\n", "wave 1")])
        == 2
    )
    later = replace(BY, person="sato", change="CHG-2", why="back\nHow: forged")
    assert history.keep(later, [("a-r1", "frr\n", "rolled back")]) == 1
    second, first = history.of("a-r1")
    assert (first.person, first.change, first.how, first.why) == (
        *("tanaka", "CHG-1", "wave 1"),
        "faster timers",
    )
    assert (second.person, second.change, second.how) == ("sato", "CHG-2", "rolled back")
    assert (first.before, first.after) == ("", "frr\nhostname a\n")
    assert (second.before, second.after) == ("frr\nhostname a\n", "frr\n")
    assert (second.counts, first.counts, second.at) == ((0, 1), (2, 0), 1000)
    assert "-hostname a" in second.diff
    assert [moment.how for moment in history.of("b-r1")] == ["wave 1"]
    assert list(history.of("c-r1")) == []


def test_what_is_found_is_written_down_only_where_it_is_news(history: History) -> None:
    assert history.keep(BY, [("a-r1", "frr\n", "")]) == 1
    assert history.keep(BY, [("a-r1", "frr\n", "")]) == 0
    # A confirmed change is a commit also where only what is masked has changed.
    assert history.keep(BY, [("a-r1", "frr\n", "wave 1")]) == 1
    assert history.keep(BY, []) == 0
    last, first = history.of("a-r1")
    assert (first.how, last.how, last.diff) == (FOUND, "wave 1", "")


def test_no_secret_is_in_any_file_of_it(history: History, tmp_path: Path) -> None:
    text = f"router bgp 1\n neighbor 10.0.0.1 password {CANARY}\nkey-string {CANARY}\n"
    why = replace(BY, why=f"because password {CANARY} leaked")
    history.keep(why, [("a-r1", text, "wave 1")])
    (moment,) = history.of("a-r1")
    assert MASK in moment.after
    assert CANARY not in repr(moment)
    for folder in (tmp_path / "histories").rglob("twin.git"):
        found = subprocess.run(
            [sys.executable, "-c", READ_ALL, str(folder)], capture_output=True, cwd=ROOT, check=True
        )
        assert b"neighbor 10.0.0.1" in found.stdout
        assert CANARY.encode() not in found.stdout


READ_ALL = """
import sys
from dulwich.repo import Repo
repo = Repo(sys.argv[1])
for name in repo.object_store:
    sys.stdout.buffer.write(repo[name].as_raw_string())
"""


def test_many_at_once_are_as_many_commits(history: History) -> None:
    names = [f"x{number}-r1" for number in range(40)]
    assert history.keep(BY, [(name, f"hostname {name}\n", "day 0") for name in names]) == 40
    assert [next(history.of(name)).after for name in names] == [f"hostname {n}\n" for n in names]
    assert history.keep(BY, [(names[7], "frr\n", "wave 1")]) == 1
    assert len(list(history.of(names[7]))) == 2


KILLED = """
import os, signal, sys
from pathlib import Path
from dulwich.refs import DiskRefsContainer
from dulwich.object_store import DiskObjectStore
from netconfig.history import History, Writer

def die(*_, **__):
    os.kill(os.getpid(), signal.SIGKILL)

add = DiskObjectStore.add_object
added = []

def add_some(store, each):
    added.append(each)
    die() if len(added) > int(sys.argv[3]) else add(store, each)

if sys.argv[2] == "objects":
    DiskObjectStore.add_object = add_some
elif sys.argv[2] == "branch":
    DiskRefsContainer.set_if_equals = die
else:
    os.rename = os.replace = die
History(Path(sys.argv[1])).keep(Writer("a", "b", "c", "d"), [("a-r1", "second", "wave 2")])
"""


@pytest.mark.parametrize("moment", ["objects 0", "objects 1", "objects 2", "branch 0", "rename 0"])
def test_a_writer_that_is_killed_leaves_what_there_was(
    moment: str, history: History, tmp_path: Path
) -> None:
    history.keep(BY, [("a-r1", "first", "wave 1")])
    path = tmp_path / "histories" / "shaho" / "twin.git"
    argv = [sys.executable, "-c", KILLED, str(path), *moment.split()]
    done = subprocess.run(argv, cwd=ROOT, env={**os.environ, "PYTHONPATH": str(ROOT)}, check=False)
    assert done.returncode == -signal.SIGKILL
    assert [each.after for each in history.of("a-r1")] == ["first"]
    # The next push finds what the device runs and writes it down.
    assert history.keep(BY, [("a-r1", "second", "")]) == 1
    assert [(each.after, each.how) for each in history.of("a-r1")] == [
        ("second", FOUND),
        ("first", "wave 1"),
    ]


def test_a_repository_that_was_begun_and_not_finished_is_begun_again(
    history: History, tmp_path: Path
) -> None:
    half = tmp_path / "histories" / "shaho" / ".twin.git.new"
    half.mkdir(parents=True)
    (half / "HEAD").write_text("half")
    assert history.keep(BY, [("a-r1", "first", "wave 1")]) == 1
    assert not half.exists()


def test_a_lock_of_a_killed_writer_stops_nobody(history: History, tmp_path: Path) -> None:
    history.keep(BY, [("a-r1", "first", "wave 1")])
    (tmp_path / "histories" / "shaho" / "twin.git" / "refs" / "heads" / "main.lock").touch()
    assert history.keep(BY, [("a-r1", "second", "wave 2")]) == 1
