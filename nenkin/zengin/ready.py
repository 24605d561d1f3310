"""Records of transfers that somebody else has formatted: checked and counted a block at a time.

The quick look passes only what surely breaks no rule. All else goes through the writer of rows, which says what is wrong
or writes the same bytes.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from itertools import chain
from struct import Struct
from typing import Any

from nenkin.zengin.charset import Charset
from nenkin.zengin.dialect import Dialect
from nenkin.zengin.layout import RECORD_LENGTH, Layout

__all__ = ["NotClean", "Records", "ready"]

_FEED = b"\n"


class NotClean(Exception):
    """The quick look does not know that records break no rule."""


@dataclass(frozen=True, slots=True)
class Records:
    """Records, each with its end, and the yen of each."""

    data: bytes
    amounts: list[int]
    stride: int

    def __len__(self) -> int:
        """How many."""
        return len(self.amounts)

    def __getitem__(self, part: slice) -> Records:
        """Some of them, side by side."""
        first, until, _ = part.indices(len(self))
        data = self.data[first * self.stride : until * self.stride]
        return Records(data, self.amounts[part], self.stride)

    def keys(self, layout: Layout, names: tuple[str, ...]) -> list[tuple[Any, ...]]:
        """The bytes of some fields of each record, in the layout's order; those side by side as one."""
        return list(_cutter(layout, names, self.stride).iter_unpack(self.data))


def ready(data: bytes, layout: Layout, dialect: Dialect) -> Records:
    """The records in lines of JIS, each ended by a line feed; raises NotClean."""
    charset = Charset.of(dialect)
    stride = RECORD_LENGTH + len(_FEED)
    if len(data) % stride or not layout.is_clean(data, _FEED, charset):
        raise NotClean
    cut = _cutter(layout, ("amount",), stride)
    amounts = list(map(int, chain.from_iterable(cut.iter_unpack(data))))
    if 0 in amounts and dialect.zero_yen != "counted":
        raise NotClean
    end = dialect.line_end_bytes
    return Records(data.replace(_FEED, end), amounts, RECORD_LENGTH + len(end))


@cache
def _cutter(layout: Layout, names: tuple[str, ...], stride: int) -> Struct:
    """What cuts fields out of a record with its end, those side by side as one, and leaves out all else."""
    pieces: list[list[Any]] = []
    for field in layout.fields:
        kind = "s" if field.name in names else "x"
        if pieces and pieces[-1][1] == kind:
            pieces[-1][0] += field.length
        else:
            pieces.append([field.length, kind])
    kinds = [f"{length}{kind}" for length, kind in pieces]
    return Struct("".join([*kinds, f"{stride - RECORD_LENGTH}x"]))
