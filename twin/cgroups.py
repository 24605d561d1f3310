"""Control groups of the lab, one a host: a host is frozen, killed and weighed whole."""

from __future__ import annotations

import errno
import os
import time
from collections.abc import Collection
from pathlib import Path

from twin.errors import TwinFailed

__all__ = ["Cgroups"]

_ROOT = Path("/sys/fs/cgroup")
_REMOVED_S = 10.0


class Cgroups:
    """The `hikae` group in every hierarchy that nspawn needs, on pure v2 and on hybrid machines."""

    def __init__(self, root: Path = _ROOT, name: str = "hikae") -> None:
        unified = root / "unified"
        self.v2 = (unified if unified.is_dir() else root) / name
        legacy = (root / "systemd", root / "memory") if unified.is_dir() else ()
        self.legacy = tuple(path / name for path in legacy if path.is_dir())

    @property
    def _all(self) -> tuple[Path, ...]:
        return (self.v2, *self.legacy)

    def create(self, host: str) -> tuple[Path, ...]:
        """Make the groups of `host`; returns the files into which its init writes its id."""
        if self.v2.parent == _ROOT:
            self.v2.mkdir(exist_ok=True)
            for controlled in (self.v2.parent, self.v2):
                self._enable_memory(controlled)
        files = []
        for group in self._all:
            path = group / host
            path.mkdir(parents=True, exist_ok=True)
            files.append(path / "cgroup.procs")
        return tuple(files)

    @staticmethod
    def _enable_memory(group: Path) -> None:
        try:
            (group / "cgroup.subtree_control").write_text("+memory")
        except OSError:
            return  # memory is then summed over the processes

    def hosts(self) -> tuple[str, ...]:
        """Names of the hosts that have a group."""
        if not self.v2.is_dir():
            return ()
        return tuple(sorted(entry.name for entry in self.v2.iterdir() if entry.is_dir()))

    def processes(self, host: str | None = None) -> tuple[int, ...]:
        """Ids of every process of `host`, or of all hosts."""
        top = self.v2 / host if host else self.v2
        found: list[int] = []
        for folder, _, files in os.walk(top):
            if "cgroup.procs" in files:
                try:
                    found += [
                        int(line) for line in Path(folder, "cgroup.procs").read_text().split()
                    ]
                except OSError:
                    continue  # the group went away while we looked
        return tuple(found)

    def leader(self, host: str) -> int | None:
        """Process id of the host's init, or None when it is not up."""
        try:
            text = (self.v2 / host / "payload" / "init.scope" / "cgroup.procs").read_text()
        except OSError:
            return None
        ids = text.split()
        return int(ids[0]) if ids else None

    def freeze(self, hosts: Collection[str], *, frozen: bool) -> None:
        """Stop (or let go) every process of `hosts` where it stands."""
        for host in hosts:
            path = self.v2 / host / "cgroup.freeze"
            if path.exists():
                path.write_text("1" if frozen else "0")

    def is_frozen(self, host: str) -> bool:
        """Whether processes of `host` have been told to stop where they stand."""
        path = self.v2 / host / "cgroup.freeze"
        return path.exists() and path.read_text().strip() == "1" and bool(self.processes(host))

    def kill(self, hosts: Collection[str]) -> None:
        """SIGKILL every process of `hosts`, new-born ones included."""
        for host in hosts:
            path = self.v2 / host / "cgroup.kill"
            if path.exists():
                path.write_text("1")

    def wait_empty(self, hosts: Collection[str], *, deadline_s: float) -> None:
        """Wait until no process of `hosts` is left; raises TwinFailed after the deadline."""
        end = time.monotonic() + deadline_s
        left = [host for host in hosts if self.processes(host)]
        while left:
            if time.monotonic() > end:
                raise TwinFailed(f"Processes of {', '.join(left)} outlived SIGKILL: see `dmesg`.")
            time.sleep(0.02)
            left = [host for host in left if self.processes(host)]

    def remove(
        self, hosts: Collection[str] | None = None, *, deadline_s: float = _REMOVED_S
    ) -> None:
        """Remove the groups of `hosts`, or the whole tree; TwinFailed where one is not empty by the deadline."""
        end = time.monotonic() + deadline_s
        for group in self._all:
            tops = [group] if hosts is None else [group / host for host in hosts]
            for top in tops:
                for folder, _, _ in os.walk(top, topdown=False):
                    _remove(Path(folder), end)

    def memory_bytes(self) -> int:
        """Anonymous and shared memory of all processes of the lab, bytes (no page cache)."""
        for group, keys in (
            *((path, ("total_rss", "total_shmem")) for path in self.legacy),
            (self.v2, ("anon", "shmem")),
        ):
            try:
                text = (group / "memory.stat").read_text()
            except OSError:
                continue
            values = dict(line.split() for line in text.splitlines())
            if all(key in values for key in keys):
                return sum(int(values[key]) for key in keys)
        return sum(_anonymous_bytes(process) for process in self.processes())


def _remove(folder: Path, end: float) -> None:
    while True:
        try:
            folder.rmdir()
        except FileNotFoundError:
            return
        except OSError as error:
            # A process with much memory is still leaving when it is no longer listed.
            if error.errno != errno.EBUSY or time.monotonic() > end:
                raise TwinFailed(f"{folder} cannot be removed: {error.strerror}") from error
            time.sleep(0.02)
        else:
            return


def _anonymous_bytes(process: int) -> int:
    try:
        text = Path(f"/proc/{process}/smaps_rollup").read_text()
    except OSError:
        return 0
    total = 0
    for line in text.splitlines():
        if line.startswith(("Pss_Anon:", "Pss_Shmem:")):
            total += int(line.split()[1]) * 1024
    return total
