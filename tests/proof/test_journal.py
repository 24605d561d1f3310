"""The journal of a run: written before the act, read by whoever comes after a kill."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from proof import Broken, Heading, Journal, JournalBusy, Way, find_broken

HEADING = Heading(
    verb="drill run",
    words="drill tokyo-loss",
    estate="shaho",
    on="twin",
    person="tanaka",
    role="network-chief",
    change="CHG-1",
    started=1_764_000_000.25,
    context={"lab": 17.5, "scenario": {"name": "tokyo-loss"}},
)


def killed(folder: Path) -> Broken:
    (found,) = find_broken(folder)
    return found


def test_a_run_that_ends_leaves_nothing(tmp_path: Path) -> None:
    journal = Journal.begin(tmp_path, HEADING)
    journal.undone(journal.begun("cut", Way("heal")))
    journal.begun("look")
    journal.close()
    assert find_broken(tmp_path) == ()
    assert list(tmp_path.iterdir()) == []


def test_a_run_that_ends_with_something_in_force_leaves_its_file(tmp_path: Path) -> None:
    journal = Journal.begin(tmp_path, HEADING)
    journal.begun("cut", Way("heal"))
    journal.close()
    assert [step.name for step in killed(tmp_path).in_force] == ["cut"]


def test_a_run_that_lives_is_not_taken_for_a_killed_one(tmp_path: Path) -> None:
    journal = Journal.begin(tmp_path, HEADING)
    assert find_broken(tmp_path) == ()
    journal.let_go()
    assert killed(tmp_path).heading == HEADING


def test_what_is_in_force_is_told_in_the_order_of_its_undoing(tmp_path: Path) -> None:
    journal = Journal.begin(tmp_path, HEADING)
    journal.learn(run="r-1")
    with journal.step("look"):
        pass
    programs = journal.begun("programs", Way("clean"))
    away = journal.begun("lead away", Way("lead", {"cluster": "records"}))
    cut = journal.begun("cut", Way("heal", {"lines": ["a", "b"]}))
    journal.done(away)
    journal.undone(cut)
    with pytest.raises(ValueError, match="stop"), journal.step("step 3"):
        raise ValueError("stop")
    journal.let_go()
    found = killed(tmp_path)
    assert [s.number for s in found.in_force] == [away, programs]
    assert found.in_force[0].way == Way("lead", {"cluster": "records"})
    assert found.under_way is not None
    assert found.under_way.name == "step 3"
    assert found.facts == {"run": "r-1"}
    assert found.until >= found.under_way.begun


def test_an_act_of_which_only_part_was_written_was_not_begun(tmp_path: Path) -> None:
    journal = Journal.begin(tmp_path, HEADING)
    journal.begun("cut", Way("heal"))
    journal.let_go()
    path = killed(tmp_path).path
    with path.open("ab") as file:
        file.write(b'{"at": 1, "begun": 1, "na')
    found = killed(tmp_path)
    assert [s.name for s in found.steps] == ["cut"]
    # Whoever takes it up writes on behind the last whole line.
    again = Journal.take_up(found)
    again.undone(0)
    assert again.begun("next") == 1
    again.let_go()
    assert killed(tmp_path).in_force == ()
    assert [s.name for s in killed(tmp_path).steps] == ["cut", "next"]


def test_only_one_takes_it_up_and_what_is_settled_is_kept_aside(tmp_path: Path) -> None:
    Journal.begin(tmp_path, HEADING).let_go()
    found = killed(tmp_path)
    journal = Journal.take_up(found)
    with pytest.raises(JournalBusy, match="wait for it"):
        Journal.take_up(found)
    kept = journal.put_aside()
    assert find_broken(tmp_path) == ()
    assert kept.read_bytes().startswith(b'{"change"')


PROGRAM = """
import sys, time
from pathlib import Path
from proof import Heading, Journal, Way
journal = Journal.begin(Path(sys.argv[1]), Heading("v", "w", "e", "twin", "p", "r", "c", 1.0))
for n in range(100000):
    number = journal.begun(f"act {n}", Way("back", {"n": n}))
    Path(sys.argv[2]).write_text(str(n))  # the act itself
    journal.undone(number)
"""


@pytest.mark.parametrize("after_s", [0.01, 0.03, 0.07, 0.11])
def test_whatever_was_done_when_the_kill_came_is_in_the_journal(
    tmp_path: Path, after_s: float
) -> None:
    acted = tmp_path / "acted"
    argv = [sys.executable, "-c", PROGRAM, str(tmp_path / "journal"), str(acted)]
    with subprocess.Popen(argv, env={**os.environ, "PYTHONPATH": "."}) as process:
        until = time.monotonic() + 20
        while not acted.exists() and time.monotonic() < until:
            time.sleep(0.005)
        time.sleep(after_s)
        process.send_signal(signal.SIGKILL)
        process.wait(10)
    found = killed(tmp_path / "journal")
    # The file is written anew for each act, so a kill may find it empty: then the act was under way.
    last = int(acted.read_text() or found.steps[-1].name.split()[1])
    assert last in {len(found.steps) - 1, len(found.steps) - 2}
    assert all(step.undone for step in found.steps[:-1])
