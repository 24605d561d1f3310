"""The device's own commit-confirm, called over connections of its own: arm before typing, confirm after the checks.

What answers is `guard` of role `router` on FRR. The device goes back by itself unless it is told in time.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import paramiko

from inventory.host_keys import CertifiedHosts, open_certified
from netconfig.terminal import Access

__all__ = ["Ask", "Guard", "GuardFailed", "GuardRefused", "ssh_guard"]


_TICK_S = 1.0
_SLACK_S = 120.0
"""Going back takes that long at worst: a reload, or a restart of FRR."""


class GuardFailed(Exception):
    """The guard of a device did not do what it was asked; the sentence is its own, or why it was not reached."""


class GuardRefused(GuardFailed):
    """The guard was reached and said no."""


Ask = Callable[[str, str], str]
"""One call over a connection of its own: host, words → the answer; OSError or SSHException where there is none."""


@dataclass(frozen=True, slots=True)
class Guard:
    """The guards of some devices, for one push; `ident` names it to them."""

    ask: Ask
    ident: str
    window_s: int

    def arm(self, host: str) -> None:
        """From now on the device goes back by itself; again: count anew."""
        self._call(host, f"arm {self.ident} {self.window_s}")

    def begin(self, host: str) -> bool:
        """Arm a device; False where something else was pending there, which has gone back by now.

        One call where all is well: it is a connection of its own, and those are what a push of many devices costs.
        """
        try:
            self.arm(host)
        except GuardRefused:
            if not self.wait_free(host):
                raise
            return False
        return True

    def hold(self, host: str) -> None:
        """Count anew, where the device has not gone back yet; else GuardFailed."""
        pending = self.status(host)["pending"]
        if pending is None or pending["id"] != self.ident:
            raise GuardFailed(f"{host} went back while it was being changed")
        self.arm(host)

    def confirm(self, host: str) -> None:
        """What runs stays, and is what the device starts with."""
        self._call(host, f"confirm {self.ident}")

    def back(self, host: str) -> None:
        """The device goes back now."""
        self._call(host, f"back {self.ident}")

    def wait_free(self, host: str) -> bool:
        """Wait until nothing is pending on a device any more; whether anything was. GuardFailed where it stays."""
        pending = self.status(host)["pending"]
        if pending is None:
            return False
        end = time.monotonic() + float(pending["window_s"]) + _SLACK_S
        while (pending := self.status(host)["pending"]) is not None:
            if time.monotonic() > end:
                raise GuardFailed(f"{pending['id']} is pending on {host} and does not go back")
            time.sleep(_TICK_S)
        return True

    def status(self, host: str) -> Mapping[str, Any]:
        """What is pending on a device, and how the last one ended."""
        return self._call(host, "status")

    def _call(self, host: str, words: str) -> Mapping[str, Any]:
        try:
            said = self.ask(host, words)
        except (OSError, EOFError, paramiko.SSHException) as error:
            raise GuardFailed(f"the guard of {host} was not reached: {error}") from error
        try:
            answer: dict[str, Any] = json.loads(said.strip().splitlines()[-1])
        except (ValueError, IndexError):
            raise GuardFailed(f"the guard of {host} said: {said.strip()[-200:]!r}") from None
        if "error" in answer:
            raise GuardRefused(f"the guard of {host} refused: {answer['error']}")
        return answer


def ssh_guard(addresses: Mapping[str, str], access: Access) -> Ask:
    """Asks by SSH, each time over a new connection."""

    def ask(host: str, words: str) -> str:
        with paramiko.SSHClient() as client:
            client.set_missing_host_key_policy(CertifiedHosts(access.known_hosts))
            client.connect(
                addresses[host],
                port=access.port,
                username=access.username,
                key_filename=str(access.key),
                allow_agent=False,
                look_for_keys=False,
                timeout=access.deadline_s,
                banner_timeout=access.deadline_s,
                auth_timeout=access.deadline_s,
                transport_factory=open_certified,
            )
            _, out, _ = client.exec_command(words, timeout=access.deadline_s)
            return str(out.read().decode("utf-8", "replace"))

    return ask
