"""What long work is doing now: drawn on a terminal, timestamped lines elsewhere."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from types import TracebackType
from typing import Self, TextIO

from rich.console import Console, ConsoleOptions, RenderResult
from rich.live import Live
from rich.spinner import Spinner
from rich.table import Table
from rich.text import Text


class Progress:
    """Phase, present act and elapsed time of long work, on stderr; use it as a context manager.

    `phase(name)` ends the phase before; `phases_s` has the seconds of each (repeated names add up).
    """

    def __init__(
        self,
        stream: TextIO | None = None,
        *,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._stream = sys.stderr if stream is None else stream
        self._clock = clock
        self._began = self._phase_began = clock()
        self._phase = self._doing = ""
        self.phases_s: dict[str, float] = {}
        self._console = Console(file=self._stream, highlight=False, emoji=False)
        self._spinner = Spinner("dots")
        self._is_paused = False
        self._live: Live | None = None
        if self._stream.isatty():
            self._live = Live(self, console=self._console, refresh_per_second=8, transient=True)

    def phase(self, name: str) -> None:
        """Begin a phase and end the one before."""
        self._end_phase()
        self._phase, self._doing, self._phase_began = name, "", self._clock()
        self._show(name)

    def doing(self, text: str) -> None:
        """Say what the phase is doing now; the same words twice are said once."""
        if text != self._doing:
            self._doing = text
            self._show(f"{self._phase}: {text}" if self._phase else text)

    def pause(self) -> None:
        """Give the terminal to whoever asks there: nothing is drawn until `resume`."""
        self._is_paused = True
        if self._live is not None:
            self._live.stop()

    def resume(self) -> None:
        """Draw again."""
        self._is_paused = False

    def done(self) -> None:
        """End the last phase and give the terminal back; may be called twice."""
        self._end_phase()
        if self._live is not None:
            self._live.stop()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.done()

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        elapsed = f"{self._clock() - self._phase_began:6.1f} s"
        line = Table.grid(padding=(0, 1))
        line.add_row(
            self._spinner, Text(elapsed), Text(self._phase, "bold"), Text(self._doing, "dim")
        )
        yield line

    def _end_phase(self) -> None:
        if not self._phase:
            return
        seconds = self._clock() - self._phase_began
        self.phases_s[self._phase] = self.phases_s.get(self._phase, 0.0) + seconds
        ended, self._phase, self._doing = self._phase, "", ""
        if self._live is None:
            self._write(f"{ended}: done in {seconds:.1f} s")
        else:
            self._console.print(Text(f"✓ {seconds:6.1f} s {ended}"))

    def _show(self, text: str) -> None:
        if self._live is None:
            self._write(text)
        elif self._is_paused:
            return
        elif self._live.is_started:
            self._live.refresh()
        else:
            self._live.start(refresh=True)

    def _write(self, text: str) -> None:
        at = time.strftime("%H:%M:%S")
        self._stream.write(f"{at} {self._clock() - self._began:7.1f} s  {text}\n")
        self._stream.flush()
