from __future__ import annotations

import os
from pathlib import Path

import pytest

from playbooks.fingerprint import difference, fingerprint, volatile_globs


def layer(folder: Path, **files: str) -> Path:
    folder.mkdir(exist_ok=True)
    for name, text in files.items():
        path = folder / name.replace("__", "/")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        path.chmod(0o644)
    return folder


def test_describes_type_mode_target_and_content(tmp_path: Path) -> None:
    root = layer(tmp_path / "a", etc__x="1")
    (root / "etc").chmod(0o750)
    (root / "l").symlink_to("/dev/null")
    found = fingerprint([root], ())
    assert list(found) == ["/etc", "/etc/x", "/l"]
    assert (found["/etc"]["type"], found["/etc"]["mode"]) == ("folder", "0750")
    assert found["/etc/x"]["sha256"].startswith("6b86b273")
    assert (found["/l"]["type"], found["/l"]["target"]) == ("link", "/dev/null")


@pytest.mark.parametrize(
    ("glob", "path", "is_left_out"),
    [
        ("/var/log/**", "var/log/a/b", True),
        ("/var/log/**", "var/logs", False),
        ("/etc/*-", "etc/passwd-", True),
        ("/etc/*-", "etc/a/b-", False),
        ("/usr/**/__pycache__/**", "usr/lib/p/__pycache__/m.pyc", True),
        ("/usr/**/__pycache__/**", "usr/__pycache__/m.pyc", True),
        ("/etc/a.c", "etc/abc", False),
    ],
)
def test_volatile_paths_are_left_out(
    tmp_path: Path, glob: str, path: str, is_left_out: bool
) -> None:
    file = tmp_path / "a" / path
    file.parent.mkdir(parents=True)
    file.write_text("x")
    assert (f"/{path}" not in fingerprint([tmp_path / "a"], (glob,))) is is_left_out


def test_the_upper_layer_wins_and_opposite_types_replace_each_other(tmp_path: Path) -> None:
    low = layer(tmp_path / "low", etc__x="1", d__y="1")
    high = layer(tmp_path / "high", etc__x="2", d="now a file")
    found = fingerprint([low, high], ())
    assert found == {**fingerprint([high], ())}
    assert "/d/y" not in found


@pytest.mark.skipif(os.geteuid() != 0, reason="a deletion in an overlay is a device file")
def test_a_deletion_counts_only_against_the_image(tmp_path: Path) -> None:
    low, high = layer(tmp_path / "low", made__x="1"), tmp_path / "high"
    high.mkdir()
    os.mknod(high / "made", 0o020000, 0)
    os.mknod(high / "shipped", 0o020000, 0)
    image = layer(tmp_path / "image", shipped="1")
    assert fingerprint([low, high], ())["/made"]["type"] == "absent"
    assert list(fingerprint([low, high], (), image)) == ["/shipped"]


def test_what_equals_the_image_is_left_out(tmp_path: Path) -> None:
    image = layer(tmp_path / "image", etc__same="1", etc__other="1")
    upper = layer(tmp_path / "upper", etc__same="1", etc__other="2")
    assert list(fingerprint([upper], (), image)) == ["/etc/other"]
    (upper / "etc/same").chmod(0o600)
    assert list(fingerprint([upper], (), image)) == ["/etc/other", "/etc/same"]


def test_the_day_of_a_password_and_the_order_of_accounts_do_not_count(tmp_path: Path) -> None:
    one = layer(
        tmp_path / "1", etc__shadow="a:!:19000:0\nb:!:19000:0\n", etc__group="a:x:1:\nb:x:2:\n"
    )
    two = layer(
        tmp_path / "2", etc__shadow="b:!:20400:0\na:!:19000:0\n", etc__group="b:x:2:\na:x:1:\n"
    )
    assert difference(fingerprint([one], ()), fingerprint([two], ())) == ()
    (two / "etc/shadow").write_text("a::19000:0\nb:!:20400:0\n")
    assert len(difference(fingerprint([one], ()), fingerprint([two], ()))) == 1


def test_difference_names_every_path_and_what_of_it(tmp_path: Path) -> None:
    one = layer(tmp_path / "1", a="1", b="1", c="1")
    two = layer(tmp_path / "2", a="1", b="1", d="1")
    (two / "b").chmod(0o600)
    assert difference(fingerprint([one], ()), fingerprint([two], ())) == (
        "/b: mode 0644 is 0600",
        "/c: only in the first",
        "/d: only in the second",
    )


def test_every_role_declares_its_volatile_paths() -> None:
    roles = [path.name for path in (Path(__file__).parents[2] / "playbooks/roles").iterdir()]
    assert "/var/log/**" in volatile_globs(roles)
    for role in roles:
        globs = volatile_globs([role])
        assert globs, f"role {role} has no volatile.yml"
        assert all(glob.startswith("/") for glob in globs)
    # Never so wide that a configuration could hide.
    assert not {"/**", "/etc/**", "/usr/**"} & set(volatile_globs(roles))
