"""Commands of hikae as their user runs them, and one that is caught in the middle of its work."""

from __future__ import annotations

import os
import subprocess
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from twin.places import CHECKOUT

__all__ = ["caught", "hikae"]


def hikae(
    *words: str, deadline_s: float = 900, inside: str | None = None, **environment: str
) -> subprocess.CompletedProcess[str]:
    """Run a command to its end; `inside` is the host in whose network it runs."""
    return subprocess.run(
        [*_entrance(inside), "./hikae", *words],
        cwd=CHECKOUT,
        env=_env(environment),
        capture_output=True,
        text=True,
        timeout=deadline_s,
    )


@contextmanager
def caught(
    *words: str,
    until: str,
    deadline_s: float,
    after_s: float = 0.0,
    inside: str | None = None,
    **environment: str,
) -> Iterator[subprocess.Popen[str]]:
    """A command at the moment when its progress says `until`, or some seconds after; it is killed in the end."""
    with subprocess.Popen(
        [*_entrance(inside), "./hikae", *words],
        cwd=CHECKOUT,
        env=_env(environment),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stderr is not None
        ends, said = time.monotonic() + deadline_s, []
        for line in process.stderr:
            said.append(line)
            if until in line:
                break
            assert time.monotonic() < ends, "".join(said[-5:])
        assert process.poll() is None, "".join(said[-5:])
        if after_s:
            # Its words are read on: a full pipe would hold it.
            threading.Thread(target=lambda: list(process.stderr or ()), daemon=True).start()
            time.sleep(after_s)
        try:
            yield process
        finally:
            process.kill()


def _entrance(inside: str | None) -> list[str]:
    return [] if inside is None else ["nsenter", f"--net=/run/netns/hk-{inside}", "--"]


def _env(environment: Mapping[str, str]) -> dict[str, str]:
    return {**os.environ, "HIKAE_DEV": "1", **environment}
