"""One host of the lab: a Debian system booted by systemd-nspawn on its disk, in its namespace."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from inventory.transport import Completed
from twin.cgroups import Cgroups
from twin.disk import Disk
from twin.errors import BootFailed, TwinFailed
from twin.network import namespace

__all__ = ["TwinHost", "nspawn_argv", "wait_booted", "wait_down"]

# The smallest set with which systemd and FRR run: CAP_NET_ADMIN added to nspawn's default, these
# taken away. CAP_SYS_TIME, SYS_MODULE, SYS_RAWIO and the like are not in that default.
_DROPPED = (
    "CAP_MKNOD,CAP_SYS_PTRACE,CAP_AUDIT_CONTROL,CAP_LEASE,CAP_LINUX_IMMUTABLE,"
    "CAP_SYS_TTY_CONFIG,CAP_IPC_OWNER,CAP_DAC_READ_SEARCH,CAP_NET_BROADCAST"
)
# What systemd as PID 1 takes as "power off" (systemd(1), SIGNALS).
_POWER_OFF = signal.SIGRTMIN + 4
# Leaves this process's family, enters the host's control groups, then becomes what keeps the host: nothing
# of the host is ever outside its groups, and a host that dies leaves no zombie here.
_ENTER = (
    "import os,sys\n"
    "if os.fork(): os._exit(0)\n"
    "os.setsid()\n"
    "n=int(sys.argv[1])\n"
    "for f in sys.argv[2:2+n]: open(f,'w').write(str(os.getpid()))\n"
    "os.execvp(sys.argv[2+n], sys.argv[2+n:])\n"
)
# Keeps a host: nspawn ends with 133 where the host's own init wants to reboot, and only then it starts again.
# Meanwhile the host's lines are down and forgotten, as those of a machine that restarts: its namespace would
# go on answering and forwarding otherwise. The first argument is the namespace, the others are nspawn's command.
_REBOOTED = 133
_KEEP = f"""
space=$1
shift
while :; do
    "$@"
    [ $? -eq {_REBOOTED} ] || exit 0
    ip -n "$space" link set group default down
    ip -n "$space" address flush scope global
    ip netns exec "$space" nft flush ruleset
    ip -n "$space" link set group default up
done
"""


def nspawn_argv(name: str, root: Path) -> list[str]:
    """The command that boots `root` as host `name` in its network namespace."""
    return [
        "systemd-nspawn",
        "--quiet",
        "--register=no",
        "--keep-unit",
        f"--network-namespace-path=/run/netns/{namespace(name)}",
        f"--machine={name}",
        f"--hostname={name}",
        f"--directory={root}",
        "--capability=CAP_NET_ADMIN",
        f"--drop-capability={_DROPPED}",
        "--link-journal=no",
        "--resolv-conf=off",
        "--timezone=off",
        "--console=pipe",
        "--boot",
    ]


@dataclass(frozen=True, slots=True)
class TwinHost:
    """A host with its disk; its state is read from the machine, never remembered."""

    name: str
    disk: Disk
    cgroups: Cgroups
    console: Path

    def start(self) -> None:
        """Boot the host; returns at once. It comes back by itself when its own init reboots it."""
        files = [str(path) for path in self.cgroups.create(self.name)]
        self.console.parent.mkdir(parents=True, exist_ok=True)
        argv = [sys.executable, "-I", "-S", "-c", _ENTER, str(len(files)), *files]
        keep = ["/bin/sh", "-c", _KEEP, "hikae-host", namespace(self.name)]
        with self.console.open("ab") as log:
            subprocess.run(
                [*argv, *keep, *nspawn_argv(self.name, self.disk.root)],
                check=True,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                env={"PATH": os.environ.get("PATH", ""), "LANG": "C.UTF-8"},
            )

    def is_up(self) -> bool:
        """Whether the host's init runs."""
        return self.cgroups.leader(self.name) is not None

    def is_booted(self) -> bool:
        """Whether the host's sshd listens, which Debian starts at the end of its boot."""
        group = self.cgroups.v2 / self.name / "payload/system.slice/ssh.service/cgroup.procs"
        try:
            return bool(group.read_text().strip())
        except OSError:
            return False

    def exec(
        self, argv: Sequence[str], *, deadline_s: float = 30.0, stdin: str | None = None
    ) -> Completed:
        """Run `argv` on the host's console as root (nsenter: no network is used).

        It may do what the host's own init may do, and no more: not set the machine's clock.
        """
        leader = self.cgroups.leader(self.name)
        bounding = None if leader is None else _bounding_set(leader)
        if bounding is None:
            return Completed(self.name, tuple(argv), 255, "", f"{self.name} is not up", 0.0)
        enter = ["nsenter", "--target", str(leader), "--mount", "--uts", "--ipc", "--net", "--pid"]
        enter += ["--", "setpriv", f"--bounding-set={bounding}"]
        begun = time.monotonic()
        try:
            done = subprocess.run(
                [*enter, "--", *argv],
                input=stdin,
                stdin=subprocess.DEVNULL if stdin is None else None,
                capture_output=True,
                text=True,
                errors="replace",
                timeout=deadline_s,
                env={"PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"},
            )
        except subprocess.TimeoutExpired:
            seconds = time.monotonic() - begun
            words = f"no answer in {deadline_s:.0f} s"
            return Completed(self.name, tuple(argv), 124, "", words, seconds)
        seconds = time.monotonic() - begun
        return Completed(self.name, tuple(argv), done.returncode, done.stdout, done.stderr, seconds)

    def exec_disk(self, argv: Sequence[str], *, deadline_s: float = 60.0) -> Completed:
        """Run a program of the host's disk on its disk, the host dead or alive, without network."""
        begun = time.monotonic()
        done = subprocess.run(
            ["unshare", "--net", "--mount", "--", "chroot", str(self.disk.root), *argv],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            errors="replace",
            timeout=deadline_s,
        )
        seconds = time.monotonic() - begun
        return Completed(self.name, tuple(argv), done.returncode, done.stdout, done.stderr, seconds)

    def power_off(self) -> None:
        """Ask the host's init for an orderly shutdown; returns at once."""
        leader = self.cgroups.leader(self.name)
        if leader is not None:
            os.kill(leader, _POWER_OFF)


def _bounding_set(process: int) -> str | None:
    """The capabilities that a process can ever have, as setpriv takes them; None when it is gone."""
    try:
        status = Path(f"/proc/{process}/status").read_text()
    except OSError:
        return None
    mask = int(
        next(line.split()[1] for line in status.splitlines() if line.startswith("CapBnd:")), 16
    )
    return ",".join(["-all", *(f"+cap_{bit}" for bit in range(64) if mask >> bit & 1)])


def wait_booted(hosts: Sequence[TwinHost], *, deadline_s: float) -> None:
    """Wait until every host's sshd runs; raises BootFailed with names after the deadline."""
    end = time.monotonic() + deadline_s
    left = list(hosts)
    while left:
        left = [host for host in left if not host.is_booted()]
        if left and time.monotonic() > end:
            names = tuple(host.name for host in left)
            raise BootFailed(
                f"{', '.join(names)} did not boot in {deadline_s:.0f} s: read {left[0].console}.",
                names,
            )
        if left:
            time.sleep(0.1)


def wait_down(hosts: Sequence[TwinHost], *, deadline_s: float) -> None:
    """Wait until no process of `hosts` is left; raises TwinFailed after the deadline."""
    end = time.monotonic() + deadline_s
    left = [host for host in hosts if host.cgroups.processes(host.name)]
    while left:
        if time.monotonic() > end:
            names = ", ".join(host.name for host in left)
            raise TwinFailed(f"{names} did not shut down in {deadline_s:.0f} s.")
        time.sleep(0.05)
        left = [host for host in left if host.cgroups.processes(host.name)]
