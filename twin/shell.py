"""Runs the machine's own programs: argument lists only, never a shell."""

from __future__ import annotations

import subprocess
from collections.abc import Mapping, Sequence

from twin.errors import TwinFailed

__all__ = ["call", "call_each"]


def call(
    argv: Sequence[str],
    *,
    stdin: str | None = None,
    deadline_s: float = 60.0,
    check: bool = True,
    env: Mapping[str, str] | None = None,
) -> subprocess.CompletedProcess[str]:
    """Run `argv` to its end; raises TwinFailed with its own words when it fails or hangs."""
    try:
        done = subprocess.run(
            list(argv),
            input=stdin,
            stdin=subprocess.DEVNULL if stdin is None else None,
            capture_output=True,
            text=True,
            errors="replace",
            timeout=deadline_s,
            env=None if env is None else dict(env),
        )
    except FileNotFoundError as error:
        raise TwinFailed(f"`{argv[0]}` is not installed on this machine.") from error
    except subprocess.TimeoutExpired as error:
        raise TwinFailed(f"`{' '.join(argv)}` did not end in {deadline_s:.0f} s.") from error
    if check and done.returncode != 0:
        words = (done.stderr or done.stdout).strip()
        raise TwinFailed(f"`{' '.join(argv)}` failed ({done.returncode}): {words}")
    return done


def call_each(jobs: Sequence[tuple[Sequence[str], str]]) -> None:
    """Run short programs at the same moment, each with its input; raises TwinFailed."""
    running = []
    for argv, text in jobs:
        process = subprocess.Popen(
            list(argv),
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
        )
        running.append((argv, process, text))
    failed = []
    for argv, process, text in running:
        _, words = process.communicate(text, timeout=60)
        if process.returncode != 0:
            failed.append(f"`{' '.join(argv)}` failed ({process.returncode}): {words.strip()}")
    if failed:
        raise TwinFailed("\n".join(failed))
