"""Acts on an estate under a person and a change number, each recorded as one signed entry.

An act is recorded whatever comes of it, also when it fails or is interrupted. One that is killed is recorded by the
command that comes next: until then its journal says how far it came.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal

from cli.acting import Acting
from cli.chain import actor, append_act, chain_of
from cli.exits import Exit, exit_of, sentences_of
from cli.interruption import By, Settled, begin_journal, settle_killed
from inventory import Estate
from proof import (
    Act,
    Content,
    Difference,
    Journal,
    Result,
    content_of,
    difference_of,
)
from twin.places import Places

__all__ = ["Recording", "recorded"]

_STATES: Mapping[Exit, Literal["fine", "finding", "failed", "aborted", "refused"]] = {
    Exit.FINE: "fine",
    Exit.FINDING: "finding",
    Exit.WRONG_CALL: "refused",
    Exit.UNREACHABLE: "failed",
    Exit.ABORTED: "aborted",
}


@dataclass(slots=True)
class Recording:
    """What is known of an act while it is under way; the verb fills it in."""

    journal: Journal
    settled: tuple[Settled, ...] = ()
    """Runs that were killed before this one, and what became of them."""
    difference: Difference | None = None
    transcripts: dict[str, Content] = field(default_factory=dict)
    exit: Exit = Exit.FINE
    sentences: tuple[str, ...] = ()

    @property
    def is_finishing(self) -> bool:
        """Whether this act also finishes one of its kind that was killed."""
        return any(one.is_left_to_next for one in self.settled)

    def take_over(self) -> None:
        """The journal of this act has what killed ones left to it: theirs are put aside."""
        for one in self.settled:
            one.put_aside()

    def show(self, text: str, counts: Mapping[str, int]) -> None:
        """Keep the difference that was shown before the act: its hash, its length, its counts."""
        self.difference = difference_of(text, counts)

    def keep(self, files: Sequence[Path]) -> None:
        """Keep the hashes of what was written down during the act; what is not there is left out."""
        for path in files:
            if path.is_file():
                self.transcripts[path.name] = content_of(path.read_bytes())

    def end(self, code: Exit, sentences: Sequence[str] = ()) -> None:
        """Say what came of it."""
        self.exit, self.sentences = code, tuple(sentences)


@contextmanager
def recorded(
    estate: Estate,
    acting: Acting,
    verb: str,
    target: str,
    places: Places,
    *,
    words: str = "",
    context: Mapping[str, Any] | None = None,
    elsewhere: Callable[[bytes], None] = lambda head: None,
) -> Iterator[Recording]:
    """Record what the caller does inside as one act; AppendFailed before it begins where that cannot be.

    Before that, what a killed run left is settled: undone, or finished. `words` name the run in a sentence;
    `context` is what whoever comes after a kill of this one must know; `elsewhere` keeps the record's new head where
    whoever records cannot change it.
    """
    chain = chain_of(estate.name, places)
    chain.ensure_ready()
    by = By(estate, acting, verb, target, places, dict(context or {}))
    settled = settle_killed(by)
    journal = begin_journal(by, words or verb)
    recording, started = Recording(journal, settled), datetime.now(UTC)
    try:
        yield recording
    except BaseException as error:
        code = exit_of(error) or Exit.ABORTED
        sentences = tuple(str(each) or type(each).__name__ for each in sentences_of(error))
        recording.end(code, sentences)
        raise
    finally:
        act = Act(
            estate=estate.name,
            on="production" if target == "production" else "twin",
            verb=verb,
            who=actor(acting.person, acting.role_in(estate)),
            change=acting.change,
            started=started,
            ended=max(started, datetime.now(UTC)),
            difference=recording.difference,
            result=_result(recording),
            transcripts=recording.transcripts,
            overrides=acting.overrides,
        )
        head = append_act(chain, act, places)
        if journal.is_in_force:
            journal.learn(recorded=True)
        journal.close()
        for one in settled:
            one.let_go()
        elsewhere(head)


def _result(recording: Recording) -> Result:
    state = _STATES[recording.exit]
    sentences = recording.sentences
    if state != "fine" and not sentences:
        sentences = (f"ended with exit code {int(recording.exit)}",)
    return Result(state=state, sentences=sentences)
