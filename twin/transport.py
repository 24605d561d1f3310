"""SSH to the estate's hosts, in-band, from where the conductor stands: twin and production."""

from __future__ import annotations

import io
import logging
import secrets
import shlex
import socket
import threading
import time
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import paramiko
from fabric import Config, Connection
from invoke.exceptions import CommandTimedOut

from inventory.host_keys import CertifiedHosts, open_certified
from inventory.transport import Completed

__all__ = ["SshTransport"]

# What it says of a connection that was cut, a result says better.
logging.getLogger("paramiko").addHandler(logging.NullHandler())

_UNREACHED = 255
_TIMED_OUT = 124
_SILENCE_S = 5


class _Whole(io.StringIO):
    """Standard input handed over at once: invoke asks for one character at a time, a hundred times a second."""

    def read(self, size: int | None = -1) -> str:
        return super().read()


class SshTransport:
    """Runs commands over SSH as `ops`, with the certificate beside `key`; hosts prove themselves by theirs.

    Connections are kept and made again when they broke. A host that is not reached is a result
    with return code 255 (124 when the command outlived its deadline), never an exception of `run`.
    """

    def __init__(self, addresses: Mapping[str, str], key: Path, known_hosts: Path) -> None:
        self._addresses = dict(addresses)
        self._key = key
        self._known_hosts = known_hosts
        self._connections: dict[str, Connection] = {}
        self._locks = {host: threading.Lock() for host in self._addresses}

    def _connection(self, host: str) -> Connection:
        connection = self._connections.get(host)
        if connection is not None and connection.is_connected:
            return connection
        connection = Connection(
            self._addresses[host],
            user="ops",
            config=Config(overrides={"load_ssh_configs": False}),
            connect_timeout=5,
            connect_kwargs={
                "key_filename": str(self._key),
                "transport_factory": open_certified,
                "look_for_keys": False,
                "allow_agent": False,
                "banner_timeout": 10,
                "auth_timeout": 10,
            },
        )
        connection.client.set_missing_host_key_policy(CertifiedHosts(self._known_hosts))
        connection.open()
        transport = connection.client.get_transport()
        if transport is not None:
            # A host that died without a word: its connection ends within seconds, not within hours.
            transport.set_keepalive(_SILENCE_S)
            transport.channel_timeout = 2 * _SILENCE_S
            transport.sock.setsockopt(
                socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, 1000 * _SILENCE_S
            )
        self._connections[host] = connection
        return connection

    def run(
        self,
        host: str,
        argv: Sequence[str],
        *,
        deadline_s: float,
        stdin: str | None = None,
        sudo: bool = False,
    ) -> Completed:
        """Run one command on one host, at most `deadline_s` seconds after connecting."""
        words = ["sudo", "-n", "--", *argv] if sudo else list(argv)
        begun = time.monotonic()
        try:
            with self._locks[host]:
                result = self._connection(host).run(
                    shlex.join(words),
                    hide=True,
                    warn=True,
                    timeout=max(1, round(deadline_s)),
                    in_stream=_Whole(stdin) if stdin is not None else False,
                )
        except CommandTimedOut:
            return self._lost(host, argv, _TIMED_OUT, f"no answer in {deadline_s:.0f} s", begun)
        except (OSError, EOFError, paramiko.SSHException) as error:
            self._drop(host)
            return self._lost(host, argv, _UNREACHED, f"{host} was not reached: {error}", begun)
        seconds = time.monotonic() - begun
        return Completed(
            host, tuple(argv), result.return_code, result.stdout, result.stderr, seconds
        )

    @staticmethod
    def _lost(host: str, argv: Sequence[str], code: int, words: str, begun: float) -> Completed:
        return Completed(host, tuple(argv), code, "", words, time.monotonic() - begun)

    def _drop(self, host: str) -> None:
        connection = self._connections.pop(host, None)
        if connection is not None:
            connection.close()

    def put(self, host: str, path: str, data: bytes, *, mode: int = 0o644) -> None:
        """Write a file on a host as root, whole or not at all; raises OSError when that fails."""
        temporary = f"/tmp/hikae-{secrets.token_hex(8)}"
        try:
            with self._locks[host]:
                sftp = self._connection(host).sftp()
                with sftp.open(temporary, "wb") as file:
                    file.write(data)
        except (EOFError, paramiko.SSHException) as error:
            self._drop(host)
            raise OSError(f"{host}: {path} could not be written: {error}") from error
        move = ["install", "-D", "-m", f"{mode:o}", temporary, path]
        done = self.run(host, move, deadline_s=20, sudo=True)
        self.run(host, ["rm", "-f", temporary], deadline_s=10)
        if not done.is_ok:
            raise OSError(f"{host}: {path} could not be written: {done.stderr.strip()}")

    def get(self, host: str, path: str) -> bytes:
        """Read a file of a host as root; FileNotFoundError, OSError where nobody answers."""
        done = self.run(host, ["cat", "--", path], deadline_s=60, sudo=True)
        if done.returncode in (_UNREACHED, _TIMED_OUT):
            raise OSError(f"{host}:{path} could not be read: {done.stderr.strip()}")
        if not done.is_ok:
            raise FileNotFoundError(f"{host}:{path}: {done.stderr.strip()}")
        return done.stdout.encode()

    def run_all(
        self, hosts: Sequence[str], argv: Sequence[str], *, deadline_s: float, sudo: bool = False
    ) -> Mapping[str, Completed]:
        """Run one command on many hosts at once; every host has a result."""
        if not hosts:
            return {}
        with ThreadPoolExecutor(min(16, len(hosts))) as pool:
            results = pool.map(
                lambda host: self.run(host, argv, deadline_s=deadline_s, sudo=sudo), hosts
            )
            return dict(zip(hosts, results, strict=True))

    def close(self) -> None:
        """End every connection."""
        for host in list(self._connections):
            self._drop(host)
