"""What an entry of a chain may say: how the chain began, an act, or bytes that were set aside."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, ValidationError

from proof.errors import Fault, InvalidAct, InvalidEntry
from proof.forms import Count, Document, Hash, Name, Text, faults_of
from proof.record import ACT_FORMAT, Act, Content, act_of

__all__ = ["Aside", "AsideFile", "Body", "ChainId", "Genesis", "Predecessor", "body_of"]

ChainId = Annotated[str, Field(strict=True, pattern=r"^[0-9a-f]{32}$")]


class Predecessor(Document):
    """The last head of the chain that this one goes on from, when that one cannot be continued."""

    chain: ChainId
    size: Count
    hash: Hash


class Genesis(Document):
    """The first entry: whose chain it is."""

    format: Literal["hikae.chain/1"] = "hikae.chain/1"
    chain: ChainId
    estate: Name
    successor_of: Predecessor | None = None


class AsideFile(Content):
    """A file beside the chain with bytes that were taken out of it."""

    name: Text


class Aside(Document):
    """Bytes that stood behind the last whole entry, from an append that was cut short."""

    format: Literal["hikae.aside/1"] = "hikae.aside/1"
    files: Annotated[tuple[AsideFile, ...], Field(min_length=1)]


Body = Genesis | Act | Aside

_FORMATS: dict[object, type[Genesis] | type[Aside]] = {
    "hikae.chain/1": Genesis,
    "hikae.aside/1": Aside,
}


def body_of(value: object, source: str) -> Body:
    """Give what an entry says; InvalidEntry with every fault where it says nothing that we know."""
    form = value.get("format") if isinstance(value, dict) else None
    try:
        if form == ACT_FORMAT:
            return act_of(value, source)
        if isinstance(form, str) and form in _FORMATS:
            return _FORMATS[form].model_validate(value)
    except InvalidAct as error:
        raise InvalidEntry(str(error)) from error
    except ValidationError as error:
        raise InvalidEntry("\n".join(map(str, faults_of(error, source)))) from error
    fault = Fault(source, "format", "", "is none that is known", "take a newer hikae to read it")
    raise InvalidEntry(str(fault))
