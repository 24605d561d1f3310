"""A transport whose only host is this machine, with one real PostgreSQL server on it."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Collection, Mapping, Sequence

from dr.faults import Stamp
from inventory.transport import Completed
from tests.dr_acting.postgres import USER, Server, as_user, binaries


class Local:
    """Runs commands here: `runuser` becomes the test's user, `psql` the server's own.

    It also stands for the faults that read the disk of a dead host.
    """

    def __init__(self, servers: Mapping[str, Server]) -> None:
        self.servers = servers

    def run(
        self,
        host: str,
        argv: Sequence[str],
        *,
        deadline_s: float,
        stdin: str | None = None,
        sudo: bool = False,
    ) -> Completed:
        server = self.servers[host]
        words = list(argv)
        if words[0] == "runuser":
            words = words[words.index("--") + 1 :]
            words[0] = str(binaries() / "psql")
            words[words.index("-h") + 1] = str(server.folder)
            words[1:1] = ["-p", str(server.port), "-U", USER]
        return self._run(host, words, stdin)

    def run_all(
        self, hosts: Sequence[str], argv: Sequence[str], *, deadline_s: float, sudo: bool = False
    ) -> Mapping[str, Completed]:
        return {host: self.run(host, argv, deadline_s=deadline_s) for host in hosts}

    def put(self, host: str, path: str, data: bytes, *, mode: int = 0o644) -> None:
        raise NotImplementedError

    def get(self, host: str, path: str) -> bytes:
        raise NotImplementedError

    def exec_disk(self, host: str, argv: Sequence[str]) -> Completed:
        return self._run(host, argv, None)

    def _run(self, host: str, argv: Sequence[str], stdin: str | None) -> Completed:
        done = subprocess.run(
            as_user(list(argv)),
            capture_output=True,
            text=True,
            check=False,
            cwd="/tmp",
            input=stdin,
        )
        return Completed(host, tuple(argv), done.returncode, done.stdout, done.stderr, 0.0)

    def read_disk(self, host: str, path: str) -> bytes:
        raise NotImplementedError

    def crash(self, hosts: Collection[str]) -> Stamp:
        raise NotImplementedError

    def kill(self, hosts: Collection[str]) -> Stamp:
        raise NotImplementedError

    def boot(self, hosts: Collection[str]) -> Stamp:
        raise NotImplementedError

    def cut(self, wires: Collection[str]) -> Stamp:
        raise NotImplementedError

    def heal(self, wires: Collection[str]) -> Stamp:
        raise NotImplementedError

    def mute(self, wires: Collection[str]) -> Stamp:
        raise NotImplementedError

    def unmute(self, wires: Collection[str]) -> Stamp:
        raise NotImplementedError

    def block(self, between: tuple[Collection[str], Collection[str]], port: int) -> Stamp:
        raise NotImplementedError

    def unblock(self) -> Stamp:
        raise NotImplementedError

    def is_alive(self, host: str) -> bool:
        return True

    def memory_mb(self) -> float:
        return 0.0


def copied(server: Server, name: str) -> str:
    """Copy a server's data folder as it is, like a disk that is read after a crash."""
    folder = server.folder / name
    shutil.copytree(server.data, folder, copy_function=shutil.copy2)
    return str(folder)
