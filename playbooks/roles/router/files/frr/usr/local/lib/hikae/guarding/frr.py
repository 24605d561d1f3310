"""FRR as the guard uses it: what it runs, save it, make it run another text, end who types."""

from __future__ import annotations

import contextlib
import grp
import hashlib
import os
import pwd
import subprocess
from collections.abc import Sequence
from pathlib import Path

from guarding.service import notify

STARTUP = Path(os.environ.get("HIKAE_GUARD_STARTUP", "/etc/frr/frr.conf"))
RELOAD = os.environ.get("HIKAE_GUARD_RELOAD", "/usr/lib/frr/frr-reload.py")
TYPISTS = "netops"
CALL_S, RELOAD_S = 30.0, 90.0

TROUBLE = (OSError, subprocess.SubprocessError)


class Refused(Exception):
    """What was asked is not done; the sentence says why."""


def running() -> str:
    """The configuration that runs, as a file that FRR's own tools take."""
    said = _call(["vtysh", "-c", "show running-config"], CALL_S).replace("\r", "")
    # What comes before the first line of the configuration is talk.
    _, mark, text = f"\n{said}".partition("\nfrr ")
    if not mark:
        raise Refused("FRR does not say what it runs")
    return f"frr {text}"


def digest(text: str) -> str:
    """A name for a text that whoever reads the same from a session can make too (`netconfig.guard.digest`)."""
    lines = (line.rstrip() for line in text.splitlines())
    return hashlib.sha256("\n".join(x for x in lines if x not in ("", "!")).encode()).hexdigest()


def save() -> None:
    """What runs becomes what it starts with."""
    said = _call(["vtysh", "-c", "write memory"], CALL_S)
    if "[OK]" not in said:
        raise Refused(f"it could not be saved: {said.strip()[-200:]}")


def reload(path: Path) -> None:
    """Make it run what a file says; it saves that too, under FRR's own name."""
    _call([RELOAD, "--reload", "--overwrite", str(path)], RELOAD_S)


def restart() -> None:
    """Start it anew, with what it starts with."""
    _call(["systemctl", "restart", "frr"], RELOAD_S)


def own_startup() -> None:
    """FRR has to read what it starts with."""
    with contextlib.suppress(LookupError, PermissionError):  # not FRR's machine
        os.chown(STARTUP, pwd.getpwnam("frr").pw_uid, grp.getgrnam("frr").gr_gid)


def cut_off_typists() -> None:
    """End the sessions of who types: what is still on its way would be typed into what has gone back."""
    argv = ["pkill", "-KILL", "-u", TYPISTS]
    with contextlib.suppress(*TROUBLE):
        # Going back matters more.
        subprocess.run(argv, capture_output=True, timeout=CALL_S, check=False)


def _call(argv: Sequence[str], deadline_s: float) -> str:
    notify("WATCHDOG=1")
    done = subprocess.run(argv, capture_output=True, text=True, timeout=deadline_s, check=True)
    return done.stdout
