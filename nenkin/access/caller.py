"""Who asks: operator, terminal, office and purpose, as a request carries them.

Four header fields of our own. RFC 9110 registers none for them: `From` is an address of mail and `Authorization` says
who proves to be somebody, not from where and why; the purpose of use of OASIS XSPA is an attribute in a SAML assertion,
which nothing here issues. RFC 6648 says no `X-`, RFC 9110 16.3.1 a prefix of one's own. Values are plain ASCII, codes and
not names, since a field's value has no other safe encoding. Whoever may call the service (its callers' certificates)
vouches for what it says of the operator.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Annotated

from fastapi import Depends, Header
from pydantic import AfterValidator

from nenkin.dated import rows

HEADERS = ("Nenkin-Operator", "Nenkin-Terminal", "Nenkin-Office", "Nenkin-Purpose")
_CODE = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
_OFFICE = re.compile(r"[0-9]{4}")


class InvalidCaller(ValueError):
    """A part of who asks is missing or wrong; the message names header, value and rule."""


@dataclass(frozen=True, slots=True)
class Caller:
    """Who asks, from where and why."""

    operator: str
    terminal: str
    office: str
    purpose: str

    @classmethod
    def of(cls, headers: Mapping[str, str]) -> Caller:
        """From header fields by their names; raises InvalidCaller with all that is wrong."""
        said = [headers.get(name, "") for name in HEADERS]
        faults = []
        for name, value in zip(HEADERS, said, strict=True):
            try:
                _CHECKS[name](value)
            except ValueError as error:
                faults.append(f"{name}: {error}")
        if faults:
            raise InvalidCaller("; ".join(faults))
        return cls(*said)

    @property
    def headers(self) -> dict[str, str]:
        """The header fields that say this."""
        said = (self.operator, self.terminal, self.office, self.purpose)
        return dict(zip(HEADERS, said, strict=True))


@cache
def purposes() -> dict[str, str]:
    """The registered purposes and the words for them, from the table `access_purposes`."""
    return {row["purpose"]: row["words"] for row in rows("access_purposes")}


def code(value: str) -> str:
    """`value` if it is an operator's or a terminal's code; raises ValueError."""
    if _CODE.fullmatch(value) is None:
        raise ValueError(f"{value!r} is not a code of 1 to 64 letters, digits, points and hyphens")
    return value


def _office(value: str) -> str:
    if _OFFICE.fullmatch(value) is None:
        raise ValueError(f"{value!r} is not the code of an office, four digits")
    return value


def _purpose(value: str) -> str:
    if value not in purposes():
        known = ", ".join(purposes())
        raise ValueError(
            f"{value!r} is not a registered purpose; a record is read or written for one of {known}"
        )
    return value


_CHECKS = dict(zip(HEADERS, (code, code, _office, _purpose), strict=True))


# Their names are those of no route's own parameters, which they would be taken for. It waits for nothing, but what is
# not `async` would be called in a thread of its own, at more cost than all the rest of a read.
async def _asked(
    asks_operator: Annotated[str, Header(alias="Nenkin-Operator"), AfterValidator(code)],
    asks_terminal: Annotated[str, Header(alias="Nenkin-Terminal"), AfterValidator(code)],
    asks_office: Annotated[str, Header(alias="Nenkin-Office"), AfterValidator(_office)],
    asks_purpose: Annotated[str, Header(alias="Nenkin-Purpose"), AfterValidator(_purpose)],
) -> Caller:
    return Caller(asks_operator, asks_terminal, asks_office, asks_purpose)


Asked = Annotated[Caller, Depends(_asked)]
"""A route's parameter: who asks, or 422 with all that is missing or wrong."""
