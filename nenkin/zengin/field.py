"""One field of a record: where it stands, what it may hold, and how a breach is said."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

Value = str | int


@dataclass(frozen=True, slots=True)
class Field:
    """A field of the table `zengin_layouts`.

    `kind` is `=` a constant, `N` a code of exactly that many digits, `B` such a code or blanks, `I` a whole number
    filled up with zeros, `C` text from the left filled up with blanks. `values` names what a code may be, if not any.
    """

    name: str
    term: str
    start: int
    length: int
    kind: str
    values: tuple[str, ...]

    @property
    def end(self) -> int:
        """The first place behind the field, from 0."""
        return self.start + self.length

    @property
    def position(self) -> str:
        """Its bytes as the standard counts them, from 1."""
        return f"{self.start + 1}-{self.end}" if self.length > 1 else str(self.end)

    @property
    def constant(self) -> str:
        """What a constant holds; blanks, where the table names no value."""
        return self.values[0] if self.values else " " * self.length

    @property
    def template(self) -> str:
        """Its part of a %-format; a value that fits gives exactly `length` characters."""
        if self.kind == "=":
            return self.constant
        return {"I": f"%0{self.length}d", "C": f"%-{self.length}s"}.get(
            self.kind, f"%{self.length}s"
        )

    def read(self, text: str) -> Value:
        """The value of a field's text that breaks no rule."""
        if self.kind == "I":
            return int(text)
        return text.rstrip(" ") if self.kind == "C" else text

    def breaches(self, value: object, characters: str) -> Iterator[str]:
        """The rules that a value to be written breaks."""
        if self.kind == "I":
            if type(value) is not int:
                yield "it must be a whole number"
            elif not 0 <= value < 10**self.length:
                yield f"it must have at most {self.length} digits and no sign"
            return
        if not isinstance(value, str):
            yield "it must be text"
        elif self.kind == "C":
            yield from self._text_breaches(value, characters)
        else:
            yield from self._code_breaches(value)

    def text_breaches(self, text: str, characters: str) -> Iterator[str]:
        """The rules that a field's text in a record breaks."""
        if self.kind == "=":
            if text != self.constant:
                yield f"it must be {self.constant!r}"
        elif self.kind == "I":
            if not _is_digits(text):
                yield f"it must be {self.length} digits, filled up with zeros"
        elif self.kind == "C":
            yield from self._text_breaches(text.rstrip(" "), characters)
        else:
            yield from self._code_breaches(text)

    def _code_breaches(self, text: str) -> Iterator[str]:
        if self.values:
            if text not in self.values:
                yield f"it must be one of {', '.join(self.values)}"
        elif not (_is_digits(text) and len(text) == self.length) and not (
            self.kind == "B" and text == " " * self.length
        ):
            blank = " or blank" if self.kind == "B" else ""
            yield f"it must be exactly {self.length} digits{blank}"

    def _text_breaches(self, text: str, characters: str) -> Iterator[str]:
        if len(text) > self.length:
            yield f"it must have at most {self.length} bytes, a voiced mark being one of its own"
        if text != text.strip(" "):
            yield "it must begin at the left and not end in blanks"
        outside = sorted(set(text) - set(characters))
        if outside:
            yield f"{''.join(outside)!r} is not in the character set"


def _is_digits(text: str) -> bool:
    return text.isascii() and text.isdigit()
