"""Secrets as configurations refer to them: by name in every text that is kept, by value only on the way to a device."""

from __future__ import annotations

import re
from collections.abc import Mapping

__all__ = ["UnknownSecret", "fill_secrets", "name_of_secret", "refer_to_secret"]

_REFERENCE = re.compile(r"\$secret\(([a-z][a-z0-9-]*)\)")


class UnknownSecret(KeyError):
    """A text refers to secrets that nobody gave; the sentence lists their names."""

    def __str__(self) -> str:
        return str(self.args[0])


def refer_to_secret(name: str) -> str:
    """What stands in a text in the place of a secret."""
    return f"$secret({name})"


def name_of_secret(word: str) -> str | None:
    """The name that a word refers to; None for a secret itself, or any other word."""
    match = _REFERENCE.fullmatch(word)
    return match[1] if match else None


def fill_secrets(text: str, values: Mapping[str, str]) -> str:
    """The text with every reference replaced, to be sent and never kept; UnknownSecret if one has no value."""
    lost = sorted({name for name in _REFERENCE.findall(text) if name not in values})
    if lost:
        raise UnknownSecret(
            f"no secret is kept under {', '.join(lost)}; put it into the estate's store"
        )
    return _REFERENCE.sub(lambda match: values[match[1]], text)
