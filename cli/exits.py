"""Exit codes, and which exception ends with which: the one place where they are written.

The floors below name their exceptions by a rule, so no verb has to import them to be understood:

    Invalid… Unknown… Refused… …Busy   wrong input, or a refusal before anything changed   → 2
    Unreachable…                       a host or a network does not answer                 → 3
    Aborted… …Failed                   an act did not reach its outcome; no verdict        → 4
    interrupt                          Ctrl-C                                              → 4
    anything else                      a defect of hikae: with its traceback               → 4
"""

from __future__ import annotations

import re
from enum import IntEnum

import click

OURS = frozenset(
    {"cli", "twin", "dr", "audit", "netconfig", "playbooks", "monitors", "runbooks"}
    | {"inventory", "proof"}
)


class Exit(IntEnum):
    """What the shell sees."""

    FINE = 0
    FINDING = 1
    WRONG_CALL = 2
    UNREACHABLE = 3
    ABORTED = 4


_BY_NAME = (
    (re.compile(r"Invalid|Unknown|Refused|\w+Busy$"), Exit.WRONG_CALL),
    (re.compile(r"Unreachable"), Exit.UNREACHABLE),
    (re.compile(r"Aborted|\w+Failed$"), Exit.ABORTED),
)


class RefusedCall(Exception):
    """A call that hikae understands and does not carry out; the text says why and what to do."""


def exit_of(error: BaseException) -> Exit | None:
    """Give the exit code of an expected error, None for a defect."""
    if isinstance(error, KeyboardInterrupt | click.Abort):
        return Exit.ABORTED
    if isinstance(error, click.ClickException):
        return Exit.WRONG_CALL
    for kind in type(error).__mro__:
        if kind.__module__.partition(".")[0] not in OURS:
            continue
        for pattern, code in _BY_NAME:
            if pattern.match(kind.__name__):
                return code
    return None


def sentences_of(error: BaseException) -> list[object]:
    """Give every error of a pass that an exception carries, or the exception itself."""
    for carried in ("errors", "faults", "sentences"):
        every = getattr(error, carried, None)
        if isinstance(every, tuple | list) and every:
            return list(every)
    return [error]
