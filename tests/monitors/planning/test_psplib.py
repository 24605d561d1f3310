"""Instances are read as they are written, and what is no instance is refused with file, line and way out."""

from __future__ import annotations

from pathlib import Path

import pytest

from monitors.planning.project import Resource, Task
from monitors.planning.psplib import InvalidInstance, best_known, instances, read_instance

# Two jobs between their dummies; the third line is broken as in the files of RG300.
SOUND = "4 2\n5 3\n0 0 0 2\n 2 3\n4 5 0 1 4\n6 0 3 1 4\n0 0 0 0\n"


def written(folder: Path, text: str, name: str = "X_1.txt") -> Path:
    path = folder / name
    path.write_text(text)
    return path


def test_an_instance_is_read(tmp_path: Path) -> None:
    project = read_instance(written(tmp_path, SOUND))
    assert project.name == "X_1"
    assert project.tasks[1] == Task("2", 4, (5, 0), (0,))
    assert project.tasks[3] == Task("4", 0, (0, 0), (1, 2))
    assert project.resources == (Resource("R1", ((0, 5),)), Resource("R2", ((0, 3),)))


@pytest.mark.parametrize(
    ("old", "new", "sentence"),
    [
        ("4 2\n", "four 2\n", ":1: the number of jobs is 'four'; write a whole number, 1 or more"),
        ("4 5 0", "4 6 0", ":5: job 2 demands 6 units of resource 1, of which there are 5; lower"),
        ("1 4\n6", "1 9\n6", ":5: job 2 has successor 9; write another job from 1 to 4"),
        ("1 4\n6", "1 2\n6", ":5: job 2 has successor 2; write another"),
        (
            "0 0 0 0\n",
            "0 0 0\n",
            ":7: the file ends where the number of successors of job 4 is due",
        ),
        ("0 0 0 0\n", "0 0 0 0 7\n", ":7: '7' follows the last of 4 jobs; take it out"),
        ("4 5 0", "-4 5 0", ":5: the duration of job 2 is '-4'; write"),
        (SOUND, "", ":1: the file ends where the number of jobs is due"),
    ],
)
def test_a_faulty_instance_is_refused(tmp_path: Path, old: str, new: str, sentence: str) -> None:
    path = written(tmp_path, SOUND.replace(old, new))
    with pytest.raises(InvalidInstance) as refused:
        read_instance(path)
    assert f"{path}{sentence}" in str(refused.value)


def test_what_is_no_text_is_refused(tmp_path: Path) -> None:
    (tmp_path / "X_1.txt").write_bytes(b"\xff\x00")
    with pytest.raises(InvalidInstance, match="cannot be read as text"):
        read_instance(tmp_path / "X_1.txt")


def test_a_folder_is_listed_by_set_and_number(tmp_path: Path) -> None:
    for name in ("J60_5.txt", "J60_29.txt", "J120_1.txt", "J60_113.txt", "README.md"):
        written(tmp_path, SOUND, name)
    names = [path.stem for path in instances(tmp_path)]
    assert names == ["J60_5", "J60_29", "J60_113", "J120_1"]


def test_an_empty_folder_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InvalidInstance, match=r"holds no instance; give a folder of \*\.txt"):
        instances(tmp_path)


def test_best_known_ends_are_read_where_they_are(tmp_path: Path) -> None:
    assert best_known(tmp_path) == {}
    written(tmp_path, "instance,best_known\nX_1.txt,9\n", "best_known.csv")
    assert best_known(tmp_path) == {"X_1": 9}
    path = written(tmp_path, "instance,best_known\nX_1.txt,nine\n", "best_known.csv")
    with pytest.raises(InvalidInstance) as refused:
        best_known(tmp_path)
    assert str(refused.value).startswith(f"{path}:2: 'X_1.txt,nine' is no best known end; write")
