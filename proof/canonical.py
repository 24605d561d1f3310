"""Canonical JSON (RFC 8785): one value has one sequence of bytes, so that its hash means something."""

from __future__ import annotations

import hashlib
import json
import math
from typing import Any

import rfc8785

from proof.errors import InvalidCanonical

__all__ = ["DEEPEST", "LARGEST_INTEGER", "canonical", "digest", "parse", "parse_canonical"]

LARGEST_INTEGER = 2**53 - 1
"""The largest whole number that every reader of JSON understands alike (RFC 7493, section 2.2)."""
DEEPEST = 100
"""How many lists and objects may stand in one another, so that no reader runs out of stack."""


def canonical(value: object) -> bytes:
    """Give the canonical bytes of a JSON value; InvalidCanonical names the path of what has none."""
    if _check_whole(value):
        # The same bytes in a sixth of the time; tests/proof/test_canonical.py holds them together.
        text = json.dumps(value, ensure_ascii=False, separators=(",", ":"), sort_keys=True)
        return text.encode()
    checked: Any = value
    return rfc8785.dumps(checked)


def digest(data: bytes) -> str:
    """Give the SHA-256 of bytes in small hexadecimal digits."""
    return hashlib.sha256(data).hexdigest()


def parse(data: bytes) -> Any:
    """Read JSON that has a canonical form, however it is spelt; InvalidCanonical names the path.

    A whole number beyond LARGEST_INTEGER is read as a float where a float is written with exactly
    these digits, and refused elsewhere: two readers would see two numbers.
    """
    try:
        value = _DECODER.decode(data.decode("utf-8"))
    except UnicodeDecodeError as error:
        raise InvalidCanonical("$", f"byte {error.start} is no UTF-8") from error
    except json.JSONDecodeError as error:
        raise InvalidCanonical("$", f"is no JSON at character {error.pos}: {error.msg}") from error
    except RecursionError as error:
        raise InvalidCanonical("$", f"is nested deeper than {DEEPEST}") from error
    _check_whole(value)
    return value


def parse_canonical(data: bytes) -> Any:
    """Read JSON in its canonical form and in no other; InvalidCanonical says where it departs."""
    value = parse(data)
    form = canonical(value)
    if form != data:
        pairs = zip(form, data, strict=False)
        same = next((at for at, (a, b) in enumerate(pairs) if a != b), min(len(form), len(data)))
        raise InvalidCanonical("$", f"departs from its canonical form at byte {same}")
    return value


class _Refused(Exception):
    """A value without a form; the steps to it are gathered on the way out, the last one first."""

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.steps: list[str] = []


class _Unusable:
    """What the decoder met and no JSON value expresses; the check refuses it with its path."""

    def __init__(self, message: str) -> None:
        self.message = message


def _check_whole(value: object) -> bool:
    """Refuse what has no canonical form; say whether Python's own encoder writes that form."""
    try:
        return _check(value, 0)
    except _Refused as refused:
        path = "$" + "".join(reversed(refused.steps))
        raise InvalidCanonical(path, str(refused)) from None


def _check(value: Any, depth: int) -> bool:
    kind = type(value)  # exact: a subclass may write itself otherwise
    if kind is str:
        _check_text(value)
        return True
    if kind is bool or value is None:
        return True
    if kind is int:
        if abs(value) > LARGEST_INTEGER:
            raise _Refused("is a whole number beyond 2^53 - 1; write it as a text")
        return True
    if kind is float:
        if not math.isfinite(value):
            raise _Refused(f"{value} is no number of JSON")
        return False
    if kind is _Unusable:
        raise _Refused(value.message)
    if kind not in (dict, list, tuple):
        raise _Refused(f"a {kind.__name__} is no value of JSON")
    if depth >= DEEPEST:
        raise _Refused(f"is nested deeper than {DEEPEST}")
    is_plain, step = True, None
    try:
        for step, item in value.items() if kind is dict else enumerate(value):
            if kind is dict:
                is_plain &= _check_key(step)
            is_plain &= _check(item, depth + 1)
    except _Refused as refused:
        refused.steps.append(_spell(step))
        raise
    return is_plain


def _check_key(key: Any) -> bool:
    """Refuse a key that is none; say whether it sorts by code points as by UTF-16 code units."""
    if type(key) is not str:
        raise _Refused(f"a {type(key).__name__} is no key of JSON; write it as a text")
    _check_text(key)
    return key.isascii() or max(key) < "\ud800"


def _check_text(text: str) -> None:
    if not text.isascii():
        try:
            text.encode()
        except UnicodeEncodeError as error:
            raise _Refused(f"half a surrogate pair at character {error.start}") from None


def _spell(step: object) -> str:
    if isinstance(step, str) and step.isidentifier() and step.isascii():
        return f".{step}"
    return f"[{json.dumps(step, default=repr)}]"


def _read_object(pairs: list[tuple[str, Any]]) -> object:
    found = dict(pairs)
    if len(found) == len(pairs):
        return found
    names = [name for name, _ in pairs]
    twice = next(name for name in names if names.count(name) > 1)
    return _Unusable(f"has the key {json.dumps(twice)} twice")


def _read_integer(digits: str) -> object:
    if len(digits) < len(str(LARGEST_INTEGER)):
        return int(digits)
    near = float(digits)
    if abs(near) <= LARGEST_INTEGER and len(digits) <= len(str(-LARGEST_INTEGER)):
        return int(digits)
    if math.isfinite(near) and rfc8785.dumps(near) == digits.encode():
        return near
    return _Unusable("is a whole number beyond 2^53 - 1; write it as a text")


_DECODER = json.JSONDecoder(object_pairs_hook=_read_object, parse_int=_read_integer)
