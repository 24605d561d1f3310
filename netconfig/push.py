"""Push: read what runs → difference → apply → read back; one failing device is a result.

The caller stands where the devices are reached (a bastion's network); nothing here chooses a path.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from netmiko import ConnectHandler
from netmiko.exceptions import NetmikoBaseException
from paramiko import SSHException

from netconfig.canonical import Config, read_config
from netconfig.differ import delta, look

__all__ = ["Device", "PushResult", "push"]

_WORKERS = 8
# What vtysh says when it did not take a line (FRR 8.4); the read-back is the proof, this is the hint.
_REFUSED = re.compile(
    r"% (Unknown command|Ambiguous command|Command incomplete|.*rror.*|Invalid.*)"
)
_SECRET = re.compile(r"(?P<word>password|key|secret)\s+\S+", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Device:
    """A device to push to: name, management address and the text that it should run."""

    name: str
    address: str
    wanted: str


@dataclass(frozen=True, slots=True)
class PushResult:
    """What came of one device: `sent` is typed (or would be), `look` is the difference by sections."""

    name: str
    changed: bool
    sent: tuple[str, ...]
    look: str
    error: str
    seconds: float

    @property
    def is_ok(self) -> bool:
        return not self.error


def push(
    devices: Sequence[Device],
    *,
    key: Path,
    known_hosts: Path,
    apply: bool,
    transcripts: Path | None = None,
    on_result: Callable[[PushResult], None] = lambda result: None,
) -> Mapping[str, PushResult]:
    """Bring devices to their wanted text (with `apply`), at most eight at once; a result for each."""

    def one(device: Device) -> PushResult:
        result = _push_one(device, key, known_hosts, apply=apply, transcripts=transcripts)
        on_result(result)
        return result

    if not devices:
        return {}
    with ThreadPoolExecutor(min(_WORKERS, len(devices))) as pool:
        return {result.name: result for result in pool.map(one, devices)}


def _push_one(
    device: Device, key: Path, known_hosts: Path, *, apply: bool, transcripts: Path | None
) -> PushResult:
    begun = time.monotonic()
    sent: tuple[str, ...] = ()
    shown = ""
    said: list[str] = []
    try:
        session = ConnectHandler(
            device_type="cisco_ios",
            host=device.address,
            username="netops",
            use_keys=True,
            key_file=str(key),
            allow_agent=False,
            ssh_strict=True,
            system_host_keys=False,
            alt_host_keys=True,
            alt_key_file=str(known_hosts),
            conn_timeout=15,
            banner_timeout=20,
            auth_timeout=20,
            fast_cli=True,
        )
        try:
            wanted = read_config(device.wanted)
            running = _read(session)
            sent, shown = delta(running, wanted), look(running, wanted)
            if apply and sent:
                said.append(str(session.send_config_set(sent, read_timeout=60, cmd_verify=False)))
                left = delta(_read(session), wanted)
                if left:
                    hint = _REFUSED.search(said[-1])
                    words = f" ({hint.group(0)})" if hint else ""
                    raise _Differs(f"still differs after the push{words}: {' / '.join(left[:4])}")
                said.append(str(session.send_command("write memory", read_timeout=30)))
        finally:
            session.disconnect()
    except (NetmikoBaseException, SSHException, OSError, EOFError, ValueError) as error:
        return _finish(device, sent, shown, f"{device.name}: {error}", begun, said, transcripts)
    except _Differs as error:
        return _finish(device, sent, shown, f"{device.name} {error}", begun, said, transcripts)
    return _finish(device, sent, shown, "", begun, said, transcripts)


class _Differs(Exception):
    """The device does not run what it was told to."""


def _read(session: object) -> Config:
    text = session.send_command("show running-config", read_timeout=30)  # type: ignore[attr-defined]
    return read_config(text)


def _finish(
    device: Device,
    sent: tuple[str, ...],
    shown: str,
    error: str,
    begun: float,
    said: Sequence[str],
    transcripts: Path | None,
) -> PushResult:
    if transcripts is not None and said:
        transcripts.mkdir(parents=True, exist_ok=True, mode=0o700)
        text = _SECRET.sub(r"\g<word> ********", "\n".join(said))
        (transcripts / f"{device.name}.txt").write_text(text + "\n")
    return PushResult(device.name, bool(sent), sent, shown, error.strip(), time.monotonic() - begun)
