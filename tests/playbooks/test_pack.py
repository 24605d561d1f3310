from __future__ import annotations

import io
import os
import subprocess
import tarfile
from pathlib import Path

import pytest

from playbooks.pack import Entry, InvalidTree, pack, read_tree, write

ROLES = Path(__file__).parents[2] / "playbooks" / "roles"
TREES = sorted(
    (path.parent, path.stem)
    for path in ROLES.glob("*/files/*.yml")
    if (path.parent / path.stem).is_dir()
)


def make(folder: Path, description: str, **files: str) -> Path:
    for name, text in files.items():
        path = folder / "tree" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    (folder / "tree").mkdir(exist_ok=True)
    (folder / "tree.yml").write_text(description)
    return folder


def test_modes_owners_folders_and_links(tmp_path: Path) -> None:
    files = make(
        tmp_path,
        'files:\n  /a: {mode: "0440", group: adm}\nfolders:\n  /d: {mode: "0700"}\nlinks: {/l: /dev/null}\n',
        a="1",
        b="2",
    )
    assert read_tree(files, "tree") == (
        Entry("/a", 0o440, "root", "adm", b"1"),
        Entry("/b", 0o644, data=b"2"),
        Entry("/d", 0o700),
        Entry("/l", 0o777, target="/dev/null"),
    )


@pytest.mark.parametrize(
    ("description", "words"),
    [
        ("fils: {}", "unknown key fils; known: files, folders, links"),
        ("files: {/x: {}}", "files: /x is not in"),
        ("files: {/a: {mod: 1}}", "/a: unknown key mod; known: mode, owner, group"),
        ("files: {/a: {mode: 0640}}", "/a: mode 416 is not octal"),
        ('folders: {/d: {mode: "rwx"}}', "/d: mode 'rwx' is not octal"),
    ],
)
def test_a_faulty_description_is_refused(tmp_path: Path, description: str, words: str) -> None:
    with pytest.raises(InvalidTree) as caught:
        read_tree(make(tmp_path, description, a="1"), "tree")
    assert words in str(caught.value)
    assert str(tmp_path / "tree.yml") in str(caught.value)


def test_equal_trees_are_equal_archives_whatever_their_age(tmp_path: Path) -> None:
    first = make(tmp_path / "1", "", a="1", b="2")
    second = make(tmp_path / "2", "", b="2", a="1")
    os.utime(second / "tree/a", (1, 1))
    write(first, "tree", tmp_path / "out/1.tar.gz")
    write(second, "tree", tmp_path / "out/2.tar.gz")
    assert (tmp_path / "out/1.tar.gz").read_bytes() == (tmp_path / "out/2.tar.gz").read_bytes()
    assert len(list((tmp_path / "out").iterdir())) == 2


def test_an_unpacked_archive_differs_in_nothing(tmp_path: Path) -> None:
    me = Path(tmp_path)
    owner, group = me.owner(), me.group()
    entries = (
        Entry("/a", 0o440, owner, group, b"1"),
        Entry("/d", 0o2750, owner, group),
        Entry("/l", 0o777, owner, group, target="/dev/null"),
    )
    archive = tmp_path / "a.tar.gz"
    archive.write_bytes(pack(entries))
    root = tmp_path / "root"
    root.mkdir()
    compare = ["tar", "--diff", "-z", "-C", str(root), "-f", str(archive)]
    assert subprocess.run(compare, capture_output=True, check=False).returncode != 0
    subprocess.run(["tar", "-xzp", "-C", str(root), "-f", str(archive)], check=True)
    assert subprocess.run(compare, capture_output=True, check=False).stdout == b""
    (root / "d").chmod(0o700)
    assert b"Mode differs" in subprocess.run(compare, capture_output=True, check=False).stdout


@pytest.mark.parametrize(("files", "name"), TREES, ids=lambda value: str(value).split("roles/")[-1])
def test_every_tree_of_a_role_packs(files: Path, name: str) -> None:
    entries = read_tree(files, name)
    assert entries
    with tarfile.open(fileobj=io.BytesIO(pack(entries))) as archive:
        assert archive.getnames() == [entry.path.lstrip("/") for entry in entries]
    assert not [entry.path for entry in entries if entry.data is not None and entry.mode & 0o022]


def test_the_trees_are_found() -> None:
    assert len(TREES) >= 4
