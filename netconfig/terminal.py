"""A session on a device's command line over SSH: netmiko against vtysh as the login shell of `netops`."""

from __future__ import annotations

import codecs
import io
import re
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any, Protocol

from netmiko.cisco import CiscoIosSSH
from netmiko.exceptions import NetmikoBaseException
from paramiko import SSHClient
from paramiko.ssh_exception import SSHException

from inventory.host_keys import CertifiedHosts, open_certified
from netconfig.mask import mask_secrets

__all__ = ["UNREACHABLE", "Access", "OpenTerminal", "Terminal", "open_terminal", "ssh_opener"]

# What a device that is dead, deaf or confused makes netmiko raise (ValueError: it never reached configuration mode).
UNREACHABLE: tuple[type[Exception], ...] = (
    NetmikoBaseException,
    SSHException,
    OSError,
    EOFError,
    ValueError,
)
_PIECE, _LAST_LINE = 65_536, 200
_PROMPT = r"(?:^|[\r\n])[^\s#>]+[#>] ?$"
"""The end of what was heard, where it is a line of nothing but a name and a prompt's sign."""


class Terminal(Protocol):
    """A device's command line."""

    @property
    def is_open(self) -> bool:
        """Whether the session still stands, as far as this end knows."""
        ...

    def read(self, command: str) -> str:
        """The output of one show command."""
        ...

    def type_lines(self, lines: Sequence[str]) -> str:
        """Type lines in configuration mode; answers with everything the device said."""
        ...


OpenTerminal = Callable[[str], Any]  # host name → context manager of a Terminal


@dataclass(frozen=True, slots=True)
class Access:
    """How to log in: account, private key (its certificate beside it), and the file that says who signs hosts."""

    key: Path
    known_hosts: Path
    username: str = "netops"
    port: int = 22
    deadline_s: float = 20.0


class _Certified(CiscoIosSSH):
    """Netmiko's session, in which the device proves itself by a certificate: netmiko itself knows plain keys only."""

    def __init__(self, *, known_hosts: Path, **how: Any) -> None:
        self._known_hosts = known_hosts
        super().__init__(**how)

    def _build_ssh_client(self) -> SSHClient:
        client = super()._build_ssh_client()
        client.set_missing_host_key_policy(CertifiedHosts(self._known_hosts))
        return client

    def session_preparation(self) -> None:
        """Type nothing before the prompt: netmiko takes the first `#` for one, and a greeting has the kernel's `#1`."""
        self.read_until_pattern(pattern=_PROMPT, read_timeout=self.conn_timeout)
        super().session_preparation()

    def _connect_params_dict(self) -> dict[str, Any]:
        return {**super()._connect_params_dict(), "transport_factory": open_certified}


class _Netmiko:
    def __init__(self, connection: Any, deadline_s: float) -> None:
        self._connection = connection
        self._deadline_s = deadline_s
        # Known from the login; netmiko would ask for it anew before each command.
        self._prompt = re.compile(rf"\n{re.escape(connection.base_prompt)}[^\s#>]*[#>] ?$")

    @property
    def is_open(self) -> bool:
        channel = self._connection.remote_conn
        return not channel.closed and channel.get_transport().is_active()

    def read(self, command: str) -> str:
        # Not by netmiko's own loop: that sleeps between looks, and this waits for what comes, a tenth of the time.
        end = time.monotonic() + self._deadline_s
        self._connection.read_channel()
        self._connection.write_channel(f"{command}\n")
        # What stands before the echo belongs to the command before.
        echo = re.compile(rf"{re.escape(command)} *(?=\n)")
        heard, decoder = "", codecs.getincrementaldecoder("utf-8")("replace")
        while True:
            said = decoder.decode(self._hear(end))
            self._connection.session_log.write(said)
            heard += said.replace("\r", "")
            prompt = self._prompt.search(heard, max(0, len(heard) - _LAST_LINE))
            echoed = echo.search(heard, 0, prompt.start() + 1) if prompt else None
            if prompt and echoed:
                return heard[echoed.end() + 1 : prompt.start() + 1]

    def _hear(self, end: float) -> bytes:
        channel = self._connection.remote_conn
        channel.settimeout(max(0.001, end - time.monotonic()))
        try:
            data: bytes = channel.recv(_PIECE)
        except TimeoutError:
            raise TimeoutError(f"no answer within {self._deadline_s:.0f} s") from None
        if not data:
            raise EOFError("the session ended")
        return data

    def type_lines(self, lines: Sequence[str]) -> str:
        return str(self._connection.send_config_set(list(lines), read_timeout=self._deadline_s))

    def ask(self, words: str) -> str:
        """What the device's guard answers, asked beside the session: a channel costs little, a login much."""
        transport = self._connection.remote_conn.get_transport()
        with transport.open_session(timeout=self._deadline_s) as channel:
            channel.settimeout(self._deadline_s)
            channel.exec_command(f"guard {words}")
            return str(channel.makefile("rb").read().decode("utf-8", "replace"))


@contextmanager
def open_terminal(
    host: str, address: str, access: Access, transcript: Path, *, is_more: bool = False
) -> Iterator[Terminal]:
    """A session on one device; every byte of it goes to the transcript, secrets masked, also when it fails.

    `is_more` adds to a transcript that an earlier session of the same push began.

    Raises one of UNREACHABLE. The caller must be in a network from which the address can be reached.
    """
    log = io.BytesIO()
    try:
        connection = _Certified(
            known_hosts=access.known_hosts,
            device_type="cisco_ios",
            host=address,
            port=access.port,
            username=access.username,
            use_keys=True,
            key_file=str(access.key),
            conn_timeout=access.deadline_s,
            banner_timeout=access.deadline_s,
            auth_timeout=access.deadline_s,
            session_log=log,
            session_log_record_writes=False,
        )
        try:
            yield _Netmiko(connection, access.deadline_s)
        finally:
            connection.disconnect()
    finally:
        transcript.parent.mkdir(parents=True, exist_ok=True)
        text = log.getvalue().decode("utf-8", "replace").replace("\r", "")
        with transcript.open("a" if is_more else "w", encoding="utf-8") as file:
            file.write(f"! {host} {address}\n{mask_secrets(text)}")
        transcript.chmod(0o600)


def ssh_opener(addresses: Mapping[str, str], access: Access, transcripts: Path) -> OpenTerminal:
    """Opens terminals by host name; one transcript a host in the folder, with every session that this opener opened."""
    known = MappingProxyType(dict(addresses))
    begun: set[str] = set()

    def open_one(host: str) -> AbstractContextManager[Terminal]:
        is_more = host in begun
        begun.add(host)
        path = transcripts / f"{host}.txt"
        return open_terminal(host, known[host], access, path, is_more=is_more)

    return open_one
