"""A router's files and its guard, run as it is, with FRR and systemd played by small programs that keep files."""

from __future__ import annotations

import contextlib
import json
import os
import pwd
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from tests.playbooks_data.conftest import ROLES

__all__ = ["NEW", "OLD", "PROGRAM", "SHELLS", "Router"]

SHELLS = ROLES / "router/files/frr/usr/local/lib/hikae"
PROGRAM = SHELLS / "guard"
OLD = "frr version 8.4.4\nfrr defaults traditional\nhostname a-r1\n!\nend\n"
NEW = OLD.replace("!", "ip route 10.0.0.0/8 Null0\n!")
# FRR: what runs is a file; saving copies it; a reload makes it what a file says, and saves it too, as the real one does.
PROGRAMS = {
    "vtysh": """#!/bin/sh
case "$2" in
  "show running-config")
    printf 'Building configuration...\\n\\nCurrent configuration:\\n!\\n'; cat "$FRR/running"
    [ ! -e "$FRR/next" ] || mv "$FRR/next" "$FRR/running" ;;
  "write memory")
    [ -e "$FRR/full" ] && { echo '% No space'; exit 0; }
    cp "$FRR/running" "$FRR/frr.conf"; [ -e "$FRR/slow" ] && { touch "$FRR/saved"; sleep 30; }; echo '[OK]' ;;
esac
""",
    "reload": """#!/bin/sh
echo "$@" >> "$FRR/reloads"
[ -e "$FRR/deaf" ] && exit 1
[ -e "$FRR/slow-reload" ] && { touch "$FRR/reloading"; sleep 30; }
cp "$3" "$FRR/running"; cp "$FRR/running" "$FRR/frr.conf"
""",
    "pkill": '#!/bin/sh\necho "$@" >> "$FRR/killed"\n',
    "systemctl": """#!/bin/sh
echo "$@" >> "$FRR/systemctl"
[ -e "$FRR/dead" ] && exit 1
cp "$FRR/frr.conf" "$FRR/running"
""",
}
ME = pwd.getpwuid(os.geteuid()).pw_name
EVERYTHING = f"{ME}=arm,confirm,back,status"
WAIT_S = 20.0


class Router:
    """A router's files, and its guard."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.state, self.sockets = folder, folder / "state", folder / "sockets"
        self.rights = EVERYTHING
        (folder / "bin").mkdir()
        for name, text in PROGRAMS.items():
            (folder / "bin" / name).write_text(text)
            (folder / "bin" / name).chmod(0o755)
        for name in ("running", "frr.conf"):
            (folder / name).write_text(OLD)
        self.daemon: subprocess.Popen[bytes] | None = None

    @property
    def _env(self) -> dict[str, str]:
        return {
            "PATH": f"{self.folder / 'bin'}:{os.environ['PATH']}",
            "FRR": str(self.folder),
            "HIKAE_GUARD_STATE": str(self.state),
            "HIKAE_GUARD_STARTUP": str(self.folder / "frr.conf"),
            "HIKAE_GUARD_RELOAD": str(self.folder / "bin" / "reload"),
            "HIKAE_GUARD_SOCKETS": str(self.sockets),
            "HIKAE_GUARD_RIGHTS": self.rights,
            "HIKAE_GUARD_LEAST_S": "1",
            "HIKAE_GUARD_AGAIN_S": "0.2",
            "NOTIFY_SOCKET": str(self.folder / "notify"),
        }

    def start(self) -> None:
        """Start the resident program, and wait until it says to systemd that it answers."""
        said = self.folder / "notify"
        said.unlink(missing_ok=True)
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as systemd:
            systemd.bind(str(said))
            systemd.settimeout(WAIT_S)
            argv = [sys.executable, "-sB", str(PROGRAM), "serve"]
            self.daemon = subprocess.Popen(
                argv, env=self._env, stdout=subprocess.PIPE, start_new_session=True
            )
            words = b""
            while words != b"READY=1":
                words = systemd.recv(100)

    def kill(self) -> None:
        """SIGKILL, to it and to what it has started: a death at any moment."""
        assert self.daemon is not None
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.daemon.pid, signal.SIGKILL)
        self.daemon.communicate()
        self.daemon = None

    def say(self, data: bytes, account: str = "netguard") -> str:
        """What it answers to some bytes."""
        with socket.socket(socket.AF_UNIX) as line:
            line.settimeout(WAIT_S)
            line.connect(str(self.sockets / account))
            line.sendall(data)
            line.shutdown(socket.SHUT_WR)
            said = b""
            with contextlib.suppress(ConnectionResetError):  # it had heard enough
                while more := line.recv(4096):
                    said += more
            return said.decode()

    def call(self, *words: str) -> Mapping[str, Any]:
        """One call by the account that may do everything."""
        answer: dict[str, Any] = json.loads(self.say(" ".join(words).encode() + b"\n"))
        return answer

    def boot(self) -> Mapping[str, Any]:
        """What happens before FRR starts."""
        argv = [sys.executable, "-sB", str(PROGRAM), "boot"]
        done = subprocess.run(argv, env=self._env, capture_output=True, text=True, timeout=60)
        assert done.stderr == ""
        answer: dict[str, Any] = json.loads(done.stdout)
        return answer

    def wait_end(self) -> str:
        """Wait until nothing is pending; how it ended."""
        ends = time.monotonic() + WAIT_S
        while (said := self.call("status"))["pending"] is not None:
            assert time.monotonic() < ends, said
            time.sleep(0.05)
        return str(said["last"]["how"])

    def wait_file(self, name: str) -> None:
        """Wait until one of the small programs has left a mark."""
        ends = time.monotonic() + WAIT_S
        while not (self.folder / name).exists():
            assert time.monotonic() < ends, name
            time.sleep(0.02)

    def edit_pending(self, **words: Any) -> None:
        """What is on the disk of what is pending, made otherwise: only while it is dead."""
        assert self.daemon is None
        path = self.state / "pending.json"
        path.write_text(json.dumps(json.loads(path.read_text()) | words))

    def type(self) -> None:
        """Somebody makes FRR run something else."""
        (self.folder / "running").write_text(NEW)

    def arm_and_type(self, *words: str, text: str = NEW) -> Mapping[str, Any]:
        """Arm, and have FRR run something else in the moment after it was read: however short the window is."""
        (self.folder / "next").write_text(text)
        return self.call("arm", *words)

    @property
    def ends(self) -> float:
        """When the window ends, by the kernel's seconds."""
        return float(json.loads((self.state / "pending.json").read_text())["ends"])

    def touch(self, name: str) -> None:
        """Make one of the small programs behave otherwise."""
        (self.folder / name).touch()

    @property
    def running(self) -> str:
        return (self.folder / "running").read_text()

    @property
    def startup(self) -> str:
        return (self.folder / "frr.conf").read_text()

    @property
    def confirmed(self) -> str:
        return (self.state / "confirmed.conf").read_text()


@contextlib.contextmanager
def guarded(folder: Path) -> Iterator[Router]:
    """A router whose guard runs until the end."""
    router = Router(folder)
    router.start()
    try:
        yield router
    finally:
        if router.daemon is not None:
            router.kill()
