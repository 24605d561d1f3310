"""Asking people on the terminal whether a step may be taken; whoever is not there is scripted."""

from __future__ import annotations

import os
import select
import time
from collections.abc import Callable, Iterator, Mapping
from typing import TextIO

from cli.progress import Progress
from dr.approvals import Question, Reply, Scripted, ScriptedReply
from dr.record import Note
from inventory import Estate

__all__ = ["AtTerminal"]

_WORDS = {
    "yes": ("yes", "y", "はい", "承認"),
    "no": ("no", "n", "いいえ", "却下"),
}
_PARTS = {"decides": "decide（決裁）", "approves": "approve（承認）"}


class AtTerminal:
    """Shows the runbook's words and reads `PERSON yes|no [words]` without ever waiting for a line.

    Only the person who is asked may answer, and what was typed before the question is no answer to
    it. `note: PERSON TEXT` at any time is kept for the drill's record.
    """

    def __init__(
        self,
        estate: Estate,
        progress: Progress,
        *,
        keyboard: int,
        screen: TextIO,
        script: Mapping[tuple[str, str], ScriptedReply] | None = None,
        now: Callable[[], float] = time.time,
    ) -> None:
        self.notes: list[Note] = []
        self._estate, self._progress = estate, progress
        self._keyboard, self._screen, self._now = keyboard, screen, now
        self._script = script or {}
        self._scripted = Scripted(self._script)
        self._question: Question | None = None
        self._typed = b""
        self._has_ended = False

    def ask(self, question: Question) -> None:
        """Put the question on the screen, or before the script where it has an answer."""
        if (question.step, question.role) in self._script:
            self._scripted.ask(question)
            return
        for line in self._lines():
            self._take_note(line)
        self._typed = b""
        self._question = question
        self._progress.pause()
        self._say(self._worded(question))

    def reply(self, now: float) -> Reply | None:
        """Give what the person has typed by now; a line that is no answer is explained."""
        asked = self._question
        if asked is None:
            return self._scripted.reply(now)
        for line in self._lines():
            if self._take_note(line):
                continue
            reply = self._understood(line, asked)
            if reply is not None:
                return reply
        return None

    def close(self) -> None:
        """Give the screen back to the progress."""
        self._scripted.close()
        if self._question is not None:
            self._question = None
            self._progress.resume()

    def _worded(self, asked: Question) -> str:
        role, person = self._estate.roles[asked.role], self._estate.persons[asked.person]
        left = max(0.0, asked.until - asked.asked_at)
        who = f"{person.title}（{person.title_ja}） as {role.title}（{role.title_ja}）"
        return "\n".join(
            (
                "",
                f"── {asked.title}（{asked.title_ja}）",
                f"   Runbook（手順書）: {asked.heading}",
                *(f"   │ {line}" for line in asked.text.splitlines()),
                f"   {asked.actor} acts as soon as everybody has said yes.",
                f"   {who}, do you {_PARTS[asked.part]}?",
                f"   {left:.0f} s are left（残り{left:.0f}秒）.",
                f"   Type（入力）: {asked.person} yes|no [words]   or   note: PERSON TEXT",
            )
        )

    def _understood(self, line: str, asked: Question) -> Reply | None:
        name, _, rest = line.strip().partition(" ")
        word, _, words = rest.strip().partition(" ")
        if not name:
            return None
        if name.lower() != asked.person:
            self._say(
                f"   This is for {asked.person} to {_PARTS[asked.part]}; nobody answers for another"
                f"（{asked.person} 本人のみ）: {asked.person} yes|no [words]"
            )
            return None
        if word.lower() in _WORDS["yes"]:
            return Reply("yes", words.strip())
        if word.lower() in _WORDS["no"]:
            return Reply("no", words.strip())
        self._say(f"   Neither yes nor no（yes か no で）: {asked.person} yes|no [words]")
        return None

    def _take_note(self, line: str) -> bool:
        head, colon, rest = line.strip().partition(":")
        if not colon or head.lower() != "note":
            return False
        by, _, text = rest.strip().partition(" ")
        if by not in self._estate.persons or not text.strip():
            self._say("   A note needs a person of the inventory and a text: note: PERSON TEXT")
        else:
            self.notes.append(Note(self._now(), by, _printable(text)))
        return True

    def _lines(self) -> Iterator[str]:
        """Give every whole line that has been typed; never waits."""
        while not self._has_ended and select.select([self._keyboard], [], [], 0)[0]:
            typed = os.read(self._keyboard, 4096)
            self._has_ended = not typed
            self._typed += typed
        while b"\n" in self._typed:
            line, _, self._typed = self._typed.partition(b"\n")
            yield line.decode("utf-8", "replace")

    def _say(self, text: str) -> None:
        self._screen.write(f"{text}\n")
        self._screen.flush()


def _printable(text: str) -> str:
    return "".join(letter for letter in text.strip() if letter.isprintable())
