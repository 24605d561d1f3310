"""One thing that failed once, and what the offices saw of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, get_args

__all__ = ["KINDS", "Kind", "Trial"]

Kind = Literal["down", "silent", "planned"]
KINDS: tuple[Kind, ...] = get_args(Kind)


@dataclass(frozen=True, slots=True)
class Trial:
    """Gaps in milliseconds; streams are `office/service`; what had to be cut off is in no figure but `return_ms`."""

    subject: str
    kind: Kind
    number: int
    at: float
    """`time.time()`."""
    gap_ms: int
    """The longest gap of any stream while it had failed."""
    return_ms: int
    """The same from the moment at which it came back."""
    lost: int
    """Packets of both."""
    seconds: float
    """From the failure until everything was as before."""
    healed_s: float | None
    """From the failure until every stream that can be was answered again; None = not within the deadline."""
    not_healed: tuple[str, ...] = ()
    gaps: Mapping[str, int] = field(default_factory=dict)
    """By stream that lost anything: its longest gap."""
    phases: Mapping[str, int] = field(default_factory=dict)
    """Of a planned removal: packets lost by what was done meanwhile."""
    note: str = ""
    """What kept it from being a whole trial."""
