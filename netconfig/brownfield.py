"""A configuration that grew by hand, read into an intent as far as that reaches; the rest becomes exceptions.

Invariant: nothing is lost and nothing is guessed. Every line is in the intent or is an exception; a policy of which one line
is not understood is named as doubtful, since without that line it would mean more than it does.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date

from inventory import ForeignLine
from netconfig.dialects import DIALECTS, Dialect
from netconfig.dialects.dialect import Foreign, Section
from netconfig.drift import section_of
from netconfig.intent import Intent
from netconfig.mask import mask_secrets

__all__ = ["Imported", "guess_dialect", "import_text"]

# Sections whose lines narrow what the section means: half understood, they mean something else.
_NARROWING = re.compile(
    r"route-map (?P<map>\S+) .*|policy-options policy-statement (?P<policy>\S+).*"
    r"|ip access-list extended (?P<access>\S+)|firewall family inet filter (?P<filter>\S+).*"
)


@dataclass(frozen=True, slots=True)
class Imported:
    """What came of a text: the intent, what it cannot say, and what every device has and this one has not.

    `lines` counts those that mean something; `doubtful` names policies that are read in part only; all lines are masked.
    """

    intent: Intent
    dialect: str
    lines: int
    exceptions: tuple[ForeignLine, ...]
    lacking: tuple[str, ...]
    doubtful: tuple[str, ...]

    @property
    def understood(self) -> int:
        """How many lines the intent says."""
        return self.lines - len(self.exceptions)


def guess_dialect(text: str) -> Dialect:
    """The dialect that a text is written in, by words that the others do not have."""
    if re.search(r"^set (system|version|interfaces) ", text, re.MULTILINE):
        return DIALECTS["junos"]
    if re.search(r"^frr (version|defaults) ", text, re.MULTILINE):
        return DIALECTS["frr"]
    return DIALECTS["ios-xe"]


def import_text(text: str, dialect: Dialect, owner: str, until: date) -> Imported:
    """Read a text; InvalidConfiguration for one without a name, or with nothing that could be a router's id."""
    reading = dialect.read(text)
    lines = dialect.lines(text)
    headers = {path[:depth] for path in lines for depth in range(1, len(path))}
    return Imported(
        intent=reading.intent,
        dialect=dialect.name,
        lines=len(lines),
        exceptions=tuple(
            ForeignLine(
                reading.intent.host,
                mask_secrets(section_of((*one.section, one.text), headers)),
                mask_secrets(one.text),
                owner,
                until,
            )
            for one in reading.foreign
        ),
        lacking=tuple(_spell(path) for path in reading.missing),
        doubtful=tuple(dict.fromkeys(name for one in reading.foreign if (name := _narrowed(one)))),
    )


def _spell(path: Section) -> str:
    return mask_secrets(" / ".join(path))


def _narrowed(one: Foreign) -> str | None:
    if not one.section:
        return None
    match = _NARROWING.fullmatch(one.section[0])
    return next((name for name in match.groups() if name), None) if match else None
