"""What every dialect can do: write an intent, read it back, and say which lines it does not know.

Invariant: what was read is trusted only as far as it can be written again. A text is read into an intent, the intent is
rendered, and both are compared as sets of lines with their sections: a line that only the text has is foreign, a line that
only the rendering has is missing. So no line is passed over in silence, also none that a parser half understood.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from netconfig.intent import Intent
from netconfig.mask import mask_secrets

__all__ = [
    "PARTS",
    "Dialect",
    "Foreign",
    "InvalidConfiguration",
    "InvalidIntent",
    "Lines",
    "Reading",
    "Section",
]

Section = tuple[str, ...]
# Every line of a text that means something, with the sections around it, and its number in the text from 1.
Lines = Mapping[Section, int]


_NAME = re.compile(r"^(?:set system host-name|hostname) (\S+)", re.MULTILINE)

# The parts of an intent beyond routing, and whether an intent has them.
PARTS: Mapping[str, Callable[[Intent], bool]] = {
    "authentication": lambda intent: (
        any(n.secret for n in intent.bgp.neighbors) if intent.bgp else False
    ),
    "chassis": lambda intent: any(port.slot is not None for port in intent.ports),
    "filters": lambda intent: bool(intent.packet_filters),
    "gateway": lambda intent: any(port.gateway for port in intent.ports),
    "management": lambda intent: intent.management is not None,
    "mtu": lambda intent: any(port.mtu is not None for port in intent.ports),
}


class InvalidIntent(ValueError):
    """An intent that a dialect has no words for; one sentence for everything it cannot say."""

    def __init__(self, sentences: tuple[str, ...]) -> None:
        self.sentences = sentences
        super().__init__("\n".join(sentences))


class InvalidConfiguration(ValueError):
    """A text that the dialect cannot read as a whole; `sentences` has every line of it, secrets masked."""

    def __init__(self, sentences: tuple[str, ...]) -> None:
        self.sentences = sentences
        super().__init__("\n".join(sentences))


@dataclass(frozen=True, slots=True)
class Foreign:
    """A line that no intent writes, the sections it stands in, and its number from 1."""

    section: Section
    text: str
    number: int


@dataclass(frozen=True, slots=True)
class Reading:
    """What a text says: an intent, the lines beyond it, and the lines that belong to it and are not there."""

    intent: Intent
    foreign: tuple[Foreign, ...]
    missing: tuple[Section, ...]

    @property
    def is_whole(self) -> bool:
        """Whether the intent says all that the text says, and no more."""
        return not self.foreign and not self.missing


@dataclass(frozen=True, slots=True)
class Dialect:
    """A device's language; `covers` names the PARTS of an intent that it can say beyond routing.

    `write` makes the text of a covered intent. `extract` takes from a text what it understands and passes over the rest; it
    raises InvalidConfiguration for a text without a name or a router id. `lines` gives the text's canonical lines.
    """

    name: str
    title: str
    covers: frozenset[str]
    write: Callable[[Intent], str]
    extract: Callable[[str], Intent]
    lines: Callable[[str], Lines]

    def name_of(self, text: str) -> str | None:
        """The name that a device says it has; None for a text without."""
        match = _NAME.search(text)
        return match[1] if match else None

    def render(self, intent: Intent) -> str:
        """The text of an intent; InvalidIntent for what the dialect cannot say, rather than leave it out."""
        beyond = [name for name, has in PARTS.items() if name not in self.covers and has(intent)]
        if beyond:
            raise InvalidIntent(
                tuple(
                    f"{intent.host}: {self.name} has no words for {name}; derive the intent without it"
                    for name in beyond
                )
            )
        return self.write(intent)

    def read(self, text: str) -> Reading:
        """The intent of a text with its foreign and missing lines; InvalidConfiguration if it has no name."""
        intent = self.extract(text)
        try:
            again = self.render(intent)
        except InvalidIntent as error:
            raise InvalidConfiguration(error.sentences) from None
        seen, meant = self.lines(text), self.lines(again)
        return Reading(
            intent,
            tuple(
                Foreign(path[:-1], path[-1], number)
                for path, number in seen.items()
                if path not in meant
            ),
            tuple(path for path in meant if path not in seen),
        )

    def parse(self, text: str, file: str = "configuration") -> Intent:
        """The intent of a text that says nothing else; InvalidConfiguration names file, number and line otherwise."""
        try:
            reading = self.read(text)
        except InvalidConfiguration as error:
            raise InvalidConfiguration(
                tuple(f"{file}: {each}" for each in error.sentences)
            ) from None
        if reading.is_whole:
            return reading.intent
        raise InvalidConfiguration(
            (
                *(
                    f"{file}:{one.number}: {_place(one.section)}'{mask_secrets(one.text)}' is no line that "
                    f"{self.name} has for an intent; remove it or keep it as an exception"
                    for one in reading.foreign
                ),
                *(
                    f"{file}: {_place(path[:-1])}'{mask_secrets(path[-1])}' is missing; add the line"
                    for path in reading.missing
                ),
            )
        )


def _place(section: Section) -> str:
    return f"in {' / '.join(mask_secrets(line) for line in section)}: " if section else ""
