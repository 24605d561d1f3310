"""The history of a drill: every transaction that a client in an office started, as it saw it."""

from __future__ import annotations

import json
import math
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, Literal, get_args

__all__ = ["HistoryProblem", "Kind", "Outcome", "ParsedHistory", "Transaction", "parse_history"]

Kind = Literal["write", "read"]
Outcome = Literal["acked", "refused", "unknown", "unreached", "failed"]

_SHOWN = 120


@dataclass(frozen=True, slots=True)
class Transaction:
    """One request of one client; `started` and `ended` are seconds of the drill's one clock."""

    id: str
    office: str
    service: str
    kind: Kind
    started: float
    ended: float
    outcome: Outcome
    status: int | None = None
    """HTTP status, None where no answer came."""
    content: str | None = None
    """What the ledger must hold under this id if it holds it at all; None for reads."""


@dataclass(frozen=True, slots=True)
class HistoryProblem:
    """A line that is no transaction; it is reported and never guessed."""

    source: str
    line: int
    value: str
    message: str

    def __str__(self) -> str:
        return f"{self.source}:{self.line}: {self.message}: {self.value!r}"


@dataclass(frozen=True, slots=True)
class ParsedHistory:
    """The transactions in order of their start, and the lines that were none."""

    transactions: tuple[Transaction, ...] = ()
    problems: tuple[HistoryProblem, ...] = field(default=())


def parse_history(sources: Iterable[tuple[str, str]]) -> ParsedHistory:
    """Read JSON lines from (name, text) pairs; a garbage or truncated line becomes a problem."""
    transactions: list[Transaction] = []
    problems: list[HistoryProblem] = []
    seen: dict[str, Transaction] = {}
    for source, text in sources:
        lines = text.split("\n")
        for number, line in enumerate(lines, start=1):
            if not line.strip():
                continue
            # A host that is killed in the middle of a write leaves its last line without an end.
            is_cut = number == len(lines)
            found = _read_line(line)
            if isinstance(found, str):
                message = f"truncated last line ({found})" if is_cut else found
                problems.append(HistoryProblem(source, number, line[:_SHOWN], message))
            elif found.id in seen:
                if seen[found.id] != found:
                    message = "a second transaction with the id of another one"
                    problems.append(HistoryProblem(source, number, line[:_SHOWN], message))
            else:
                seen[found.id] = found
                transactions.append(found)
    transactions.sort(key=lambda transaction: (transaction.started, transaction.id))
    return ParsedHistory(tuple(transactions), tuple(problems))


def _read_line(line: str) -> Transaction | str:
    """Give the transaction of one line, or the sentence that says why it is none."""
    try:
        raw = json.loads(line)
    except (ValueError, RecursionError):
        return "not JSON"
    if not isinstance(raw, dict):
        return "not a JSON object"
    missing = [key for key in _TEXTS + _TIMES + ("kind", "outcome") if raw.get(key) is None]
    if missing:
        return f"without {', '.join(missing)}"
    return _from_object(raw)


_TEXTS = ("id", "office", "service")
_TIMES = ("started", "ended")


def _from_object(raw: dict[str, Any]) -> Transaction | str:
    for key in _TEXTS:
        if not isinstance(raw[key], str) or not raw[key]:
            return f"{key} is no text"
    for key in _TIMES:
        if isinstance(raw[key], bool) or not isinstance(raw[key], int | float):
            return f"{key} is no time"
        if not math.isfinite(raw[key]):
            return f"{key} is no time"
    if raw["ended"] < raw["started"]:
        return "ended before it started"
    if raw["kind"] not in get_args(Kind):
        return "kind is neither write nor read"
    allowed = ("acked", "failed") if raw["kind"] == "read" else get_args(Outcome)[:4]
    if raw["outcome"] not in allowed:
        return f"outcome of a {raw['kind']} is none of {', '.join(allowed)}"
    status = raw.get("status")
    if status is not None and (isinstance(status, bool) or not isinstance(status, int)):
        return "status is no number"
    content = raw.get("content")
    if content is not None and not isinstance(content, str):
        return "content is no text"
    if raw["kind"] == "write" and content is None:
        return "a write without content"
    return Transaction(
        id=raw["id"],
        office=raw["office"],
        service=raw["service"],
        kind=raw["kind"],
        started=float(raw["started"]),
        ended=float(raw["ended"]),
        outcome=raw["outcome"],
        status=status,
        content=content,
    )
