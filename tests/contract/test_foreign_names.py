"""No committed file names a package registry's host or a path of somebody's machine.

A registry belongs to the machine's own configuration (pip, apt), and a path of one machine is
wrong on the next. The needles are put together here, or this file would name them itself.
"""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.contract.tree import files, relative

_HOSTS = (
    ("pypi", "org"),
    ("pythonhosted", "org"),
    ("deb.debian", "org"),
    ("ftp.debian", "org"),
    ("security.debian", "org"),
    ("registry.npmjs", "org"),
    ("proxy.golang", "org"),
    ("galaxy.ansible", "com"),
)
_FOLDERS = ("work", "root", "Users", "workspace")
NEEDLES = re.compile(
    "|".join(
        [re.escape(f"{name}.{domain}") for name, domain in _HOSTS]
        + [rf"(?<![\w./-])/{folder}/[\w.]" for folder in _FOLDERS]
        + [rf"/tmp/{'plan'}\b", r"--(extra-)?index-url"]
    )
)
# What ssh and systemd know a host's own paths by is no path of the developer's machine.
ALLOWED = re.compile(r"/root/\.(ssh|ansible|pgpass)")


def foreign(text: str) -> list[str]:
    """Give the lines of a text that name a registry or a machine's path."""
    return [line for line in text.splitlines() if NEEDLES.search(ALLOWED.sub("", line))]


def read(path: Path) -> str:
    """Read a text file; a binary one has no lines to check."""
    data = path.read_bytes()
    return "" if b"\0" in data else data.decode("utf-8", errors="replace")


def test_no_file_names_a_registry_or_a_machine_path() -> None:
    found = [
        f"{relative(path)}: {line.strip()[:120]}"
        for path in files()
        if path != Path(__file__)
        for line in foreign(read(path))
    ]
    assert found == []


@pytest.mark.parametrize(
    "line",
    [
        "see /" + "work/main/x",
        "index = 'https://pypi" + ".org/simple'",
        "deb http://deb.debian" + ".org/debian bookworm main",
        "--index" + "-url=here",
        '"/' + 'root/project"',
    ],
)
def test_the_check_sees(line: str) -> None:
    assert foreign(line) == [line]


@pytest.mark.parametrize("line", ["framework/x", "a/work/b", "sudo cat /root/.ssh/config"])
def test_the_check_leaves_alone(line: str) -> None:
    assert foreign(line) == []
