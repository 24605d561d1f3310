"""The script `hikae`: makes the environment once, again when it must, and never half.

A stand-in for Python notes what it is asked, so that no package is installed here; `make test` on a
fresh checkout is the test with real packages.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import time
from dataclasses import dataclass, field
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
STAND_IN = """#!/bin/sh
echo "$*" >>"$STAND_IN_LOG"
case "$1 $2" in
"-m venv") mkdir -p "$3/bin" "$3/lib/python3.11/site-packages" && cp "$0" "$3/bin/python" ;;
"-m pip") sleep "${STAND_IN_SLEEP:-0}"; if [ -e "$STAND_IN_LOG.fail" ]; then echo 'no route'; exit 1; fi ;;
"-P -m") shift 3; echo "in $PWD: $*" ;;
esac
"""


@dataclass(frozen=True)
class Checkout:
    """A checkout with the start script, two small locks and the stand-in."""

    root: Path
    environment: dict[str, str] = field(default_factory=dict)

    @property
    def log(self) -> Path:
        return self.root.parent / "log"

    def popen(self, *args: str, script: str = "", **more: str) -> subprocess.Popen[str]:
        python = str(self.root.parent / "python")
        names = {"HIKAE_PYTHON": python, "STAND_IN_LOG": str(self.log), "PATH": os.environ["PATH"]}
        return subprocess.Popen(
            [script or str(self.root / "hikae"), *args],
            cwd="/",
            env={**names, **more},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def start(self, *args: str, **more: str) -> subprocess.CompletedProcess[str]:
        return finished(self.popen(*args, **more))

    def asked(self, words: str) -> int:
        """Count how often the stand-in was asked for something."""
        lines = self.log.read_text().splitlines() if self.log.exists() else []
        return sum(words in line for line in lines)


def finished(process: subprocess.Popen[str]) -> subprocess.CompletedProcess[str]:
    out, err = process.communicate(timeout=30)
    return subprocess.CompletedProcess(process.args, process.returncode, out, err)


@pytest.fixture
def checkout(tmp_path: Path) -> Checkout:
    root = tmp_path / "a checkout"  # a space, for every quote that was forgotten
    root.mkdir()
    shutil.copy(ROOT / "hikae", root)
    (root / "requirements.lock").write_text("one==1\ntwo==2\n")
    (root / "requirements-dev.lock").write_text("one==1\ntwo==2\nthree==3\n")
    python = tmp_path / "python"
    python.write_text(STAND_IN)
    python.chmod(0o755)
    return Checkout(root)


def test_the_first_start_makes_the_environment_and_runs_the_cli(checkout: Checkout) -> None:
    done = checkout.start("show", "hosts", "a b")
    assert (done.returncode, done.stdout) == (0, "in /: show hosts a b\n")
    assert "making the virtual environment" in done.stderr
    assert "installing 2 Python packages" in done.stderr
    assert checkout.asked("--require-hashes --no-deps") == 1
    pth = checkout.root / ".venv/lib/python3.11/site-packages/hikae.pth"
    assert pth.read_text() == f"{checkout.root}\n"


def test_a_later_start_is_silent_installs_nothing_and_takes_less_than_30_ms(
    checkout: Checkout,
) -> None:
    checkout.start()
    seconds = []
    for _ in range(10):
        began = time.monotonic()
        done = checkout.start()
        seconds.append(time.monotonic() - began)
        assert done.stderr == ""
    assert checkout.asked("-m pip") == 1
    assert min(seconds) < 0.03


def test_a_changed_lock_makes_it_anew(checkout: Checkout) -> None:
    checkout.start()
    (checkout.root / "requirements.lock").write_text("one==2\n")
    assert checkout.start().returncode == 0
    assert checkout.asked("-m venv") == 2


def test_a_moved_checkout_makes_it_anew(checkout: Checkout) -> None:
    checkout.start()
    moved = Checkout(checkout.root.rename(checkout.root.parent / "elsewhere"))
    assert moved.start().returncode == 0
    assert moved.asked("-m venv") == 2


def test_a_failed_start_says_why_and_the_next_one_recovers(checkout: Checkout) -> None:
    fail = Path(f"{checkout.log}.fail")
    fail.touch()
    done = checkout.start()
    assert done.returncode == 3
    assert "no route\nhikae: pip could not install requirements.lock" in done.stderr
    fail.unlink()
    assert checkout.start("check").stdout == "in /: check\n"


def test_a_killed_start_leaves_nothing_that_counts(checkout: Checkout) -> None:
    process = checkout.popen(STAND_IN_SLEEP="1")
    deadline = time.monotonic() + 10
    while not checkout.asked("-m pip") and time.monotonic() < deadline:
        time.sleep(0.01)
    process.kill()
    finished(process)
    assert checkout.start("check").stdout == "in /: check\n"
    assert checkout.asked("-m venv") == 2


def test_of_two_starts_at_once_one_makes_it_and_the_other_waits(checkout: Checkout) -> None:
    both = [checkout.popen("check", STAND_IN_SLEEP="0.5") for _ in range(2)]
    done = [finished(process) for process in both]
    assert [each.returncode for each in done] == [0, 0]
    assert checkout.asked("-m venv") == checkout.asked("-m pip") == 1
    assert sum("waiting for it" in each.stderr for each in done) == 1


def test_development_adds_to_it_and_a_plain_start_keeps_that(checkout: Checkout) -> None:
    checkout.start()
    done = checkout.start(HIKAE_DEV="1")
    assert "installing 3 Python packages" in done.stderr
    checkout.start()
    checkout.start(HIKAE_DEV="1")
    assert (checkout.asked("-m venv"), checkout.asked("-m pip")) == (1, 2)


@pytest.mark.parametrize("target", ["absolute", "relative"])
def test_it_starts_through_a_symlink(checkout: Checkout, tmp_path: Path, target: str) -> None:
    link = tmp_path / "bin" / "hikae"
    link.parent.mkdir()
    link.symlink_to(
        checkout.root / "hikae" if target == "absolute" else f"../{checkout.root.name}/hikae"
    )
    assert finished(checkout.popen("check", script=str(link))).stdout == "in /: check\n"
    assert (checkout.root / ".venv").exists()


def test_a_python_that_does_not_do_is_refused_with_a_sentence(checkout: Checkout) -> None:
    done = checkout.start(HIKAE_PYTHON="/bin/false")
    assert done.returncode == 2
    assert done.stderr.startswith("hikae: HIKAE_PYTHON=/bin/false is no Python 3.11 to 3.13")
    assert not (checkout.root / ".venv").exists()


TOOLS = ["cp", "cat", "chmod", "flock", "grep", "id", "mkdir", "mktemp", "mv", "readlink"]
TOOLS += ["rm", "sha256sum", "sleep", "sh", "tail"]


@pytest.fixture
def bare_path(checkout: Checkout) -> Path:
    """A path without any Python, for the machine that is fresh."""
    folder = checkout.root.parent / "bin"
    folder.mkdir()
    for tool in TOOLS:
        found = shutil.which(tool)
        assert found
        (folder / tool).symlink_to(found)
    return folder


def put_program(path: Path, text: str) -> None:
    path.unlink(missing_ok=True)
    path.write_text(f"#!/bin/sh\n{text}\n")
    path.chmod(0o755)


def start_bare(checkout: Checkout, bare_path: Path) -> subprocess.CompletedProcess[str]:
    return checkout.start("check", PATH=str(bare_path), HIKAE_PYTHON="")


def test_on_a_fresh_debian_root_gets_python_by_apt(checkout: Checkout, bare_path: Path) -> None:
    python = checkout.root.parent / "python"
    put_program(bare_path / "id", "echo 0")
    put_program(
        bare_path / "apt-get",
        f'echo "apt $*" >>"$STAND_IN_LOG"; cp {python} {bare_path}/python3',
    )
    done = start_bare(checkout, bare_path)
    assert (done.returncode, done.stdout) == (0, "in /: check\n"), done.stderr
    assert "installing python3 and python3-venv from Debian" in done.stderr
    assert checkout.asked("apt update") == 1
    assert checkout.asked("python3 python3-venv") == 1


def test_without_python_and_without_root_one_sentence_says_what_to_do(
    checkout: Checkout, bare_path: Path
) -> None:
    put_program(bare_path / "id", "echo 1000")
    put_program(bare_path / "apt-get", 'echo "apt $*" >>"$STAND_IN_LOG"')
    done = start_bare(checkout, bare_path)
    assert done.returncode == 2
    assert done.stderr.count("\n") == 1
    assert "as root run: apt-get install python3 python3-venv" in done.stderr
    assert checkout.asked("apt") == 0


def test_when_apt_fails_its_words_are_shown(checkout: Checkout, bare_path: Path) -> None:
    put_program(bare_path / "id", "echo 0")
    put_program(bare_path / "apt-get", "echo 'E: no route'; exit 100")
    done = start_bare(checkout, bare_path)
    assert done.returncode == 3
    assert "E: no route\nhikae: apt could not install" in done.stderr
