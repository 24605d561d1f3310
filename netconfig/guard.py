"""The device's own commit-confirm: armed before typing, confirmed over a new connection after the checks.

What answers is `guard` of role `router` on FRR. The device goes back by itself unless it is told in time. Whatever does not
prove the way to it is asked beside the session that is there (`Asking`), where that can; a confirmation never is.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import time
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from typing import Any, Protocol, runtime_checkable

import paramiko

from inventory.host_keys import CertifiedHosts, open_certified
from netconfig.terminal import Access, Terminal

__all__ = [
    "Ask",
    "Asking",
    "Begun",
    "Call",
    "Dial",
    "Guard",
    "GuardFailed",
    "GuardRefused",
    "asking",
    "digest",
    "ssh_dial",
]


_TICK_S = 1.0
_SLACK_S = 120.0
"""Going back takes that long at worst: a reload, or a restart of FRR."""
_UNREACHED = (OSError, EOFError, paramiko.SSHException)


class GuardFailed(Exception):
    """The guard of a device did not do what it was asked; the sentence is its own, or why it was not reached."""


class GuardRefused(GuardFailed):
    """The guard was reached and said no."""


Ask = Callable[[str, str], str]
"""One call over a connection of its own: host, words → the answer; OSError or SSHException where there is none."""
Call = Callable[[str], str]
"""One call over a connection that is open: words → the answer."""
Dial = Callable[[str], AbstractContextManager[Call]]
"""Opens a connection to the guard of a host."""


@runtime_checkable
class Asking(Protocol):
    """A session beside which the guard of its device can be asked, over the same connection."""

    def ask(self, words: str) -> str:
        """What the guard answers; raises as an `Ask` does."""
        ...


@dataclass(frozen=True, slots=True)
class Begun:
    """A device that is armed, or not: then a change that was pending has gone back, and it is to be read again."""

    is_armed: bool
    runs: str | None = None
    """The digest of what it ran at that moment, where it says so."""


@dataclass(frozen=True, slots=True)
class Guard:
    """The guards of some devices, for one push; `ident` names it to them."""

    ask: Ask
    ident: str
    window_s: int
    dial: Dial | None = None
    """Lets a connection be opened before it is known whether it is needed; without it `ask` opens one."""

    def arm(self, host: str, terminal: Terminal | None = None) -> str | None:
        """From now on the device goes back by itself; again: count anew. Answers with the digest of what it runs."""
        runs = self._call(host, f"arm {self.ident} {self.window_s}", terminal).get("runs")
        return None if runs is None else str(runs)

    def begin(self, host: str, terminal: Terminal | None = None) -> Begun:
        """Arm a device, or wait until what else was pending there has gone back. One call where all is well."""
        try:
            return Begun(is_armed=True, runs=self.arm(host, terminal))
        except GuardRefused:
            if not self.wait_free(host, terminal):
                raise
            return Begun(is_armed=False)

    def hold(self, host: str, terminal: Terminal | None = None) -> None:
        """Count anew, where the device has not gone back yet; else GuardFailed."""
        pending = self.status(host, terminal)["pending"]
        if pending is None or pending["id"] != self.ident:
            raise GuardFailed(f"{host} went back while it was being changed")
        self.arm(host, terminal)

    @contextmanager
    def confirming(self, host: str) -> Iterator[Callable[[], None]]:
        """A new connection, opened while the caller does something else; what is given confirms over it.

        What runs stays then, and is what the device starts with. Begin it when the change is made: that the way to the
        device holds after it is what the connection proves.
        """
        if self.dial is None:
            yield lambda: self.confirm(host)
            return
        with ThreadPoolExecutor(1) as pool, contextlib.ExitStack() as stack:
            opened: Future[Call] = pool.submit(lambda: stack.enter_context(self.dial(host)))  # type: ignore[misc]

            def confirm() -> None:
                self._told(host, f"confirm {self.ident}", lambda words: opened.result()(words))

            try:
                yield confirm
            finally:
                # Closed only once it is open; that it never opened was either said above, or does not matter any more.
                with contextlib.suppress(*_UNREACHED):
                    opened.result()

    def confirm(self, host: str) -> None:
        """What runs stays, and is what the device starts with; always over a connection of its own."""
        self._call(host, f"confirm {self.ident}")

    def back(self, host: str, terminal: Terminal | None = None) -> None:
        """The device goes back now."""
        self._call(host, f"back {self.ident}", terminal)

    def wait_free(self, host: str, terminal: Terminal | None = None) -> bool:
        """Wait until nothing is pending on a device any more; whether anything was. GuardFailed where it stays."""
        pending = self.status(host, terminal)["pending"]
        if pending is None:
            return False
        end = time.monotonic() + float(pending["window_s"]) + _SLACK_S
        # Whoever types is cut off when a window ends, and so would be what is asked beside a session.
        while (pending := self.status(host)["pending"]) is not None:
            if time.monotonic() > end:
                raise GuardFailed(f"{pending['id']} is pending on {host} and does not go back")
            time.sleep(_TICK_S)
        return True

    def status(self, host: str, terminal: Terminal | None = None) -> Mapping[str, Any]:
        """What is pending on a device, and how the last one ended."""
        return self._call(host, "status", terminal)

    def _call(self, host: str, words: str, terminal: Terminal | None = None) -> Mapping[str, Any]:
        if isinstance(terminal, Asking):
            # A device from before it had this answers in words of its command line; a session may have ended.
            with contextlib.suppress(*_UNREACHED, ValueError, IndexError):
                return _accepted(host, _read(terminal.ask(words)))
        return self._told(host, words, lambda said: self.ask(host, said))

    def _told(self, host: str, words: str, call: Call) -> Mapping[str, Any]:
        try:
            said = call(words)
        except _UNREACHED as error:
            raise GuardFailed(f"the guard of {host} was not reached: {error}") from error
        try:
            answer = _read(said)
        except (ValueError, IndexError):
            raise GuardFailed(f"the guard of {host} said: {said.strip()[-200:]!r}") from None
        return _accepted(host, answer)


def digest(shown: str) -> str:
    """A name for what a device shows that it runs, by which its guard says whether it runs that still."""
    _, mark, text = f"\n{shown}".replace("\r", "").partition("\nfrr ")
    lines = (line.rstrip() for line in f"{mark[1:]}{text}".splitlines())
    return hashlib.sha256("\n".join(x for x in lines if x not in ("", "!")).encode()).hexdigest()


def _read(said: str) -> Mapping[str, Any]:
    answer = json.loads(said.strip().splitlines()[-1])
    if not isinstance(answer, dict):
        raise ValueError(said)
    return answer


def _accepted(host: str, answer: Mapping[str, Any]) -> Mapping[str, Any]:
    if "error" in answer:
        raise GuardRefused(f"the guard of {host} refused: {answer['error']}")
    return answer


def ssh_dial(addresses: Mapping[str, str], access: Access) -> Dial:
    """Connections by SSH, each a new one."""

    @contextmanager
    def dial(host: str) -> Iterator[Call]:
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

            def call(words: str) -> str:
                _, out, _ = client.exec_command(words, timeout=access.deadline_s)
                return str(out.read().decode("utf-8", "replace"))

            yield call

    return dial


def asking(dial: Dial) -> Ask:
    """Asks over a connection that is opened for each call."""

    def ask(host: str, words: str) -> str:
        with dial(host) as call:
            return call(words)

    return ask
