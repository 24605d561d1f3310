"""Acts on an estate under a person and a change number, each recorded as one signed entry.

An act is recorded whatever comes of it, also when it fails or is interrupted. The head of the chain is put
beside the chain's folder too: production sends it to a place that whoever records cannot write.
"""

from __future__ import annotations

import os
import socket
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Literal

from cli.acting import Acting
from cli.exits import Exit, exit_of, sentences_of
from inventory import Estate
from proof import (
    Act,
    Actor,
    Chain,
    Content,
    Difference,
    Purpose,
    Result,
    SigningKey,
    TrustedKey,
    content_of,
    create_chain,
    difference_of,
    make_key,
    parse_trust,
    read_key,
    trust_file,
    write_key,
)
from twin.places import Places

__all__ = ["Recording", "recorded"]

_TEN_YEARS = timedelta(days=3652)
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

    difference: Difference | None = None
    transcripts: dict[str, Content] = field(default_factory=dict)
    exit: Exit = Exit.FINE
    sentences: tuple[str, ...] = ()

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
    estate: Estate, acting: Acting, verb: str, target: str, places: Places
) -> Iterator[Recording]:
    """Record what the caller does inside as one act; AppendFailed before it begins where that cannot be."""
    chain = _chain(estate, places)
    chain.ensure_ready()
    recording, started = Recording(), datetime.now(UTC)
    try:
        yield recording
    except BaseException as error:
        code = exit_of(error) or Exit.ABORTED
        words = tuple(str(each) or type(each).__name__ for each in sentences_of(error))
        recording.end(code, words)
        raise
    finally:
        act = Act(
            estate=estate.name,
            on="production" if target == "production" else "twin",
            verb=verb,
            who=Actor(
                person=acting.person, role=acting.role_in(estate), terminal=socket.gethostname()
            ),
            change=acting.change,
            started=started,
            ended=max(started, datetime.now(UTC)),
            difference=recording.difference,
            result=_result(recording),
            transcripts=recording.transcripts,
            overrides=acting.overrides,
        )
        appended = chain.append(act)
        head = _folder(places) / f"{estate.name}.head.json"
        temporary = head.with_name(f".{head.name}.{os.getpid()}")
        temporary.write_bytes(appended.head.data())
        temporary.replace(head)


def _result(recording: Recording) -> Result:
    state = _STATES[recording.exit]
    sentences = recording.sentences
    if state != "fine" and not sentences:
        sentences = (f"ended with exit code {int(recording.exit)}",)
    return Result(state=state, sentences=sentences)


def _folder(places: Places) -> Path:
    return places.home / "records"


def _chain(estate: Estate, places: Places) -> Chain:
    """The estate's chain on this machine, begun with a key of its own where there is none."""
    folder = _folder(places)
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    signer = _signer(places.secrets(estate.name) / "records.pem")
    trusted = folder / f"{estate.name}.trust.json"
    if not trusted.exists():
        now = datetime.now(UTC)
        key = TrustedKey.of(
            signer.public,
            socket.gethostname(),
            (Purpose.RECORD, Purpose.HEAD),
            now - timedelta(minutes=1),
            now + _TEN_YEARS,
        )
        trusted.write_bytes(trust_file((key,)))
    trust = parse_trust(trusted.read_bytes(), str(trusted))
    place = folder / estate.name
    if (place / "records.jsonl").exists():
        return Chain(place, signer, trust)
    return create_chain(place, estate.name, signer, trust)


def _signer(path: Path) -> SigningKey:
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        write_key(path, make_key())
    return read_key(path)
