"""Every Python package is pinned with its hashes, and both locks agree."""

from __future__ import annotations

import re

import pytest

from tests.contract.tree import ROOT

LOCKS = ("requirements.lock", "requirements-dev.lock")
_PIN = re.compile(r"^([a-z0-9][a-z0-9._-]*)==(\S+?)(?: ; .*?)? ?\\?$")


def pins(lock: str) -> dict[str, set[str]]:
    """Give the pinned versions by package; one that is pinned by Python version has several."""
    found: dict[str, set[str]] = {}
    for line in (ROOT / lock).read_text().splitlines():
        if line and not line.startswith((" ", "#")):
            match = _PIN.match(line)
            assert match, f"{lock}: not a pin: {line}"
            found.setdefault(match[1], set()).add(match[2])
    return found


@pytest.mark.parametrize("lock", LOCKS)
def test_every_pin_has_a_hash(lock: str) -> None:
    text = (ROOT / lock).read_text()
    for entry in re.split(r"\n(?=[a-z0-9])", text):
        assert "--hash=sha256:" in entry, entry.splitlines()[0]


def test_the_development_lock_has_every_pin_of_the_run_lock() -> None:
    development = pins("requirements-dev.lock")
    for package, versions in pins("requirements.lock").items():
        assert development.get(package, set()) == versions, package
