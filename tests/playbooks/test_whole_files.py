"""Many files in one task: each whole or not at all, nothing touched that is right, a dry run that tells the truth."""

from __future__ import annotations

import base64
import grp
import importlib.util
import json
import os
import pwd
import subprocess
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from playbooks.pack import Entry, pack

LIBRARY = Path(__file__).parents[2] / "playbooks" / "library"
OWNER = pwd.getpwuid(os.geteuid()).pw_name
GROUP = grp.getgrgid(os.getegid()).gr_name


@pytest.fixture(scope="module")
def program() -> ModuleType:
    spec = importlib.util.spec_from_file_location("whole_files", LIBRARY / "whole_files.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    # A dataclass looks for its module there.
    sys.modules["whole_files"] = module
    spec.loader.exec_module(module)
    return module


def file(
    path: Path, text: str, mode: str = "0644", validate: tuple[str, ...] = ()
) -> dict[str, Any]:
    return {
        "path": str(path),
        "text": text,
        "mode": mode,
        "owner": OWNER,
        "group": GROUP,
        "validate": list(validate),
    }


def archive(*entries: Entry) -> str:
    return base64.b64encode(pack(entries)).decode()


def write(program: ModuleType, archives: list[str], files: list[dict[str, Any]]) -> list[str]:
    written = []
    for one in program.gathered(archives, files):
        if not one.is_there():
            one.write()
            written.append(one.path)
    return written


def test_what_is_wanted_is_there_and_a_second_time_nothing_is_written(
    program: ModuleType, tmp_path: Path
) -> None:
    tree = archive(
        Entry(f"{tmp_path}/a", 0o750, OWNER, GROUP),
        Entry(f"{tmp_path}/a/one", 0o640, OWNER, GROUP, data=b"1\n"),
        Entry(f"{tmp_path}/a/link", 0o777, OWNER, GROUP, target="one"),
    )
    files = [file(tmp_path / "b" / "two", "２\n", "0600")]
    assert write(program, [tree], files) == [
        f"{tmp_path}/{name}" for name in ("a", "a/link", "a/one", "b/two")
    ]
    assert ((tmp_path / "a").stat().st_mode & 0o7777) == 0o750
    assert (tmp_path / "a" / "link").read_bytes() == b"1\n"
    assert ((tmp_path / "a" / "one").stat().st_mode & 0o7777) == 0o640
    assert (tmp_path / "b" / "two").read_text(encoding="utf-8") == "２\n"
    before = {path: path.lstat().st_mtime_ns for path in tmp_path.rglob("*")}
    assert write(program, [tree], files) == []
    assert {path: path.lstat().st_mtime_ns for path in tmp_path.rglob("*")} == before


@pytest.mark.parametrize(
    "wrong", ["content", "mode", "gone", "link to it", "folder mode", "another target"]
)
def test_what_is_not_as_it_shall_be_is_put_right_alone(
    program: ModuleType, tmp_path: Path, wrong: str
) -> None:
    path, folder, link = tmp_path / "f" / "one", tmp_path / "f", tmp_path / "f" / "link"
    tree = archive(
        Entry(str(folder), 0o755, OWNER, GROUP),
        Entry(str(path), 0o644, OWNER, GROUP, data=b"1\n"),
        Entry(str(link), 0o777, OWNER, GROUP, target="one"),
    )
    write(program, [tree], [])
    expected = str(path)
    match wrong:
        case "content":
            path.write_text("2\n")
        case "mode":
            path.chmod(0o666)
        case "gone":
            path.unlink()
        case "link to it":
            path.rename(folder / "elsewhere")
            path.symlink_to("elsewhere")
        case "folder mode":
            folder.chmod(0o700)
            expected = str(folder)
        case "another target":
            link.unlink()
            link.symlink_to("/etc/passwd")
            expected = str(link)
    assert write(program, [tree], []) == [expected]
    assert path.read_bytes() == b"1\n"
    assert not path.is_symlink()
    assert str(link.readlink()) == "one"


def test_what_its_program_refuses_is_not_put_in_place(program: ModuleType, tmp_path: Path) -> None:
    path = tmp_path / "rules"
    path.write_text("old\n")
    with pytest.raises(program.WriteFailed, match=r"rules: grep refuses it, the old one stays"):
        write(program, [], [file(path, "new\n", validate=("grep", "-q", "old", "%s"))])
    assert path.read_text() == "old\n"
    assert [one.name for one in tmp_path.iterdir()] == ["rules"]
    assert write(program, [], [file(path, "still old\n", validate=("grep", "-q", "old", "%s"))])


def test_an_account_that_is_not_there_is_told(program: ModuleType, tmp_path: Path) -> None:
    wanted = {**file(tmp_path / "one", "1"), "owner": "nobody-of-this-name"}
    with pytest.raises(program.WriteFailed, match=r"nobody-of-this-name.*make the account first"):
        write(program, [], [wanted])
    assert list(tmp_path.iterdir()) == []


def test_a_dry_run_by_ansible_shows_what_would_change_and_changes_nothing(tmp_path: Path) -> None:
    path = tmp_path / "one"
    path.write_text("old\n")
    argv = [
        str(Path(sys.executable).with_name("ansible")), "localhost", "-c", "local", "-M", str(LIBRARY),
        "-e", f"ansible_python_interpreter={sys.executable}",
        "-m", "whole_files", "-a", json.dumps({"files": [file(path, "new\n")]}),
    ]  # fmt: skip
    env = {**os.environ, "ANSIBLE_HOME": str(tmp_path / "home"), "ANSIBLE_NOCOLOR": "1"}
    for words, kept in ((["--check", "--diff"], "old\n"), ([], "new\n")):
        done = subprocess.run(
            [*argv, *words], env=env, capture_output=True, text=True, check=False, cwd=tmp_path
        )
        assert done.returncode == 0, done.stdout + done.stderr
        assert '"changed": true' in done.stdout
        assert ("-old" in done.stdout) is bool(words)
        assert path.read_text() == kept
