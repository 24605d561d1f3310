"""How long the steps of a long measurement took, kept in its database: one that was killed goes on with the next of them."""

from __future__ import annotations

import time

from nenkin.payments.connection import Connection

__all__ = ["Steps"]

_TABLE = """
    CREATE TABLE IF NOT EXISTS public.bench_steps (
        step text PRIMARY KEY, seconds float8 NOT NULL, processor float8, is_done boolean NOT NULL)"""
_SAVE = """
    INSERT INTO public.bench_steps VALUES (%s, %s, %s, %s) ON CONFLICT (step) DO UPDATE
    SET seconds = excluded.seconds, processor = excluded.processor, is_done = excluded.is_done"""


class Steps:
    """Seconds by step; what was measured before is added to."""

    def __init__(self, connection: Connection) -> None:
        """Makes the table where it is not there."""
        connection.execute(_TABLE)
        self._connection = connection
        rows = connection.execute(
            "SELECT step, seconds, processor, is_done FROM public.bench_steps"
        )
        self._found = {step: (seconds, cpu, is_done) for step, seconds, cpu, is_done in rows}
        self._step = ""
        self._started = self._before = 0.0

    def seconds(self, step: str) -> float:
        """Seconds of a step until now, all calls together; 0 where it was not begun."""
        return float(self._found[step][0]) if step in self._found else 0.0

    def processor(self, step: str) -> float | None:
        """Seconds of processor of a step, where it was done in one go."""
        return self._found[step][1] if step in self._found else None

    def is_done(self, step: str) -> bool:
        """Whether a step was done."""
        return step in self._found and bool(self._found[step][2])

    def begin(self, step: str) -> None:
        """Starts the clock of a step."""
        self._step, self._started, self._before = step, time.monotonic(), self.seconds(step)

    def save(self) -> None:
        """Keeps the seconds until now."""
        self._put(None, is_done=False)

    def end(self) -> float:
        """Stops the clock of the step; its seconds, all calls together."""
        self._put(None, is_done=True)
        return self.seconds(self._step)

    def add_processor(self, processor: float | None) -> None:
        """Notes the seconds of processor of the step that was ended."""
        seconds, _, is_done = self._found[self._step]
        self._found[self._step] = (seconds, processor, is_done)
        self._connection.execute(_SAVE, (self._step, seconds, processor, is_done))

    def _put(self, processor: float | None, *, is_done: bool) -> None:
        seconds = self._before + time.monotonic() - self._started
        self._found[self._step] = (seconds, processor, is_done)
        self._connection.execute(_SAVE, (self._step, seconds, processor, is_done))
