"""Asking people during a drill: what is asked, what is answered, and answers from a script.

Asking never waits: whoever runs the drill looks for the answer from time to time, so sampling,
observing and the deadline go on. `cli` asks on a terminal.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, Protocol

__all__ = ["Approvals", "Question", "Reply", "Scripted", "ScriptedReply"]


@dataclass(frozen=True, slots=True)
class Question:
    """May this step be taken? Put to one person, in one role, until a moment."""

    step: str
    title: str
    title_ja: str
    part: Literal["decides", "approves"]
    role: str
    person: str
    actor: str
    """Who acts as soon as everybody has said yes."""
    heading: str
    text: str
    """What the runbook says below the heading."""
    asked_at: float
    until: float


@dataclass(frozen=True, slots=True)
class Reply:
    """What the person said."""

    said: Literal["yes", "no"]
    words: str = ""
    source: Literal["terminal", "scripted"] = "terminal"


@dataclass(frozen=True, slots=True)
class ScriptedReply:
    """What a file says for somebody, so long after the question."""

    said: Literal["yes", "no"] = "yes"
    after_s: float = 0.0
    words: str = ""


class Approvals(Protocol):
    """Puts one question at a time; implemented by a script here and by the terminal in `cli`."""

    def ask(self, question: Question) -> None:
        """Put a question; returns at once."""
        ...

    def reply(self, now: float) -> Reply | None:
        """Give the answer if there is one yet; never waits."""
        ...

    def close(self) -> None:
        """Take the question back, answered or not."""
        ...


@dataclass(slots=True)
class Scripted:
    """Answers from a file; who is not in it says yes at once."""

    replies: Mapping[tuple[str, str], ScriptedReply] = field(default_factory=dict)
    """By step and role."""
    _asked: Question | None = None

    def ask(self, question: Question) -> None:
        """Look the answer up."""
        self._asked = question

    def reply(self, now: float) -> Reply | None:
        """Give the answer when its time has come."""
        asked = self._asked
        if asked is None:
            return None
        found = self.replies.get((asked.step, asked.role), ScriptedReply())
        if now < asked.asked_at + found.after_s:
            return None
        return Reply(found.said, found.words, "scripted")

    def close(self) -> None:
        """Forget the question."""
        self._asked = None
