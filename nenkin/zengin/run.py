"""The transfer files of a payment run: split by bank and then by sequence, in the order of bank, branch, account, pension.

Invariant: the bytes of the files and of the manifest depend on the rows and the header alone. A file has its name only
when it is whole, and the manifest is there only when all files are; so a run that was killed is run again from the top.
A file that is there already and would become another is not replaced: it may have been sent.
"""

from __future__ import annotations

import hashlib
import os
from bisect import bisect_right
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date
from itertools import chain, groupby, islice
from operator import itemgetter, lt
from pathlib import Path
from typing import Any, BinaryIO

from nenkin.zengin.dialect import Dialect
from nenkin.zengin.file import Summary
from nenkin.zengin.manifest import Entry, Manifest
from nenkin.zengin.ready import NotClean, Records, ready
from nenkin.zengin.records import FORMS, Header
from nenkin.zengin.writer import BLOCK, FileWriter

_FORM = FORMS["transfer"]
_BANK = itemgetter(_FORM.layout.index("bank"))
_FIRST = itemgetter(0)
_AMOUNT = itemgetter(_FORM.layout.index("amount"))
_LARGEST = 10 ** _FORM.layout.given[_FORM.layout.index("amount")].length - 1
_ORDER = ("bank", "branch", "account", "customer", "customer_code")
_KEY = itemgetter(*map(_FORM.layout.index, _ORDER))
_Row = tuple[
    Any, ...
]  # the values of a Transfer; making one of each would cost more than writing it
_Block = list[_Row] | Records


class InvalidRun(ValueError):
    """Rows out of order, or one pension twice; the message names the row (from 1) and both keys."""


class RunDiffers(Exception):
    """Files of an earlier run of that day hold something else; nothing was replaced."""


@dataclass(frozen=True, slots=True)
class Limits:
    """What one file may hold: transfers, and yen in the trailer's twelve digits."""

    count: int = 999_999
    total: int = 999_999_999_999

    def __post_init__(self) -> None:
        """ValueError where a file might not hold a single row."""
        if self.count < 1 or self.total < _LARGEST:
            raise ValueError(
                f"count {self.count}, total {self.total}: a file holds at least one row of {_LARGEST} yen"
            )


def write_run(
    folder: Path,
    paid: date,
    header: Header,
    rows: Iterable[_Row],
    dialect: Dialect,
    limits: Limits | None = None,
) -> Manifest:
    """Writes the files of a pay date and their manifest into a folder; rows (as Transfer has them) are streamed, in order.

    Raises InvalidRun, InvalidFile, RunDiffers; OSError.
    """
    return write_manifest(folder, paid, write_banks(folder, paid, header, rows, dialect, limits))


def write_banks(
    folder: Path,
    paid: date,
    header: Header,
    rows: Iterable[_Row],
    dialect: Dialect,
    limits: Limits | None = None,
) -> tuple[Entry, ...]:
    """Writes the files of some banks' rows alone, so that others can be written beside; raises as `write_run`."""
    return _write_banks(folder, paid, header, _blocks(rows), dialect, limits)


def write_records(
    folder: Path,
    paid: date,
    header: Header,
    blocks: Iterable[bytes],
    dialect: Dialect,
    limits: Limits | None = None,
) -> tuple[Entry, ...]:
    """The same of records that are ready, in lines of JIS; raises NotClean where only `write_banks` can say what is wrong.

    Files that are whole by then stay: `write_banks` makes the same.
    """
    if header.code != "0":
        raise NotClean
    return _write_banks(folder, paid, header, _ready_blocks(blocks, dialect), dialect, limits)


def _write_banks(
    folder: Path,
    paid: date,
    header: Header,
    blocks: Iterator[tuple[str, _Block]],
    dialect: Dialect,
    limits: Limits | None,
) -> tuple[Entry, ...]:
    header = header._replace(day=f"{paid:%m%d}")
    run = _Run(folder, paid, header, dialect, limits or Limits())
    for bank, of_bank in groupby(blocks, key=itemgetter(0)):
        run.write_bank(bank, (block for _, block in of_bank))
    return tuple(run.entries)


def write_manifest(folder: Path, paid: date, entries: Iterable[Entry]) -> Manifest:
    """Writes the manifest of files that are whole, in the order of bank and sequence; raises RunDiffers, OSError."""
    manifest = Manifest(paid, tuple(entries))
    wanted = {entry.name for entry in manifest.files}
    for path in sorted(folder.glob(f"{paid:%Y%m%d}-*.dat")):
        if path.name not in wanted:
            raise RunDiffers(
                f"{path}: this run makes no such file; take it away or use another folder"
            )
    text = manifest.to_json().encode()
    path = folder / manifest_name(paid)
    with _part(path).open("wb") as out:
        out.write(text)
        _sync(out)
    _settle(path, hashlib.sha256(text).hexdigest())
    return manifest


def manifest_name(paid: date) -> str:
    """The name of a pay date's manifest."""
    return f"{paid:%Y%m%d}-manifest.json"


@dataclass(slots=True)
class _Run:
    folder: Path
    paid: date
    header: Header
    dialect: Dialect
    limits: Limits
    entries: list[Entry] = field(default_factory=list)

    def write_bank(self, bank: str, blocks: Iterator[_Block]) -> None:
        rest: _Block = next(blocks)
        sequence = 0
        while rest:
            sequence += 1
            name = f"{self.paid:%Y%m%d}-{bank}-{sequence:03d}.dat"
            with _part(self.folder / name).open("wb") as out:
                summary, rest = self._write_file(out, rest, blocks)
                _sync(out)
            _settle(self.folder / name, summary.sha256)
            self.entries.append(Entry.of(name, bank, sequence, summary))

    def _write_file(
        self, out: BinaryIO, block: _Block, blocks: Iterator[_Block]
    ) -> tuple[Summary, _Block]:
        writer = FileWriter(out, _FORM, self.header, self.dialect)
        while block:
            fit = self._room(writer, block)
            if isinstance(block, Records):
                writer.add_ready(block[:fit])
            else:
                writer.add(block[:fit])
            if fit < len(block):
                return writer.close(), block[fit:]
            block = next(blocks, [])
        return writer.close(), []

    def _room(self, writer: FileWriter, block: _Block) -> int:
        count = min(len(block), self.limits.count - writer.rows)
        left = self.limits.total - writer.totals.total
        amounts = _amounts(block[:count])
        try:
            if sum(amounts) <= left:
                return count
        except TypeError:
            return count  # an amount that is no number: the writer says which
        for fit, amount in enumerate(amounts):
            left -= amount
            if left < 0:
                return fit
        return count


def _amounts(block: _Block) -> list[Any]:
    return block.amounts if isinstance(block, Records) else list(map(_AMOUNT, block))


def _blocks(rows: Iterable[_Row]) -> Iterator[tuple[str, list[_Row]]]:
    """Each bank's rows in blocks; raises InvalidRun where one does not come behind the one before."""
    last: tuple[Any, ...] = ("",) * len(_ORDER)
    number = 0
    for bank, of_bank in groupby(rows, key=_BANK):
        while block := list(islice(of_bank, BLOCK)):
            keys = list(map(_KEY, block))
            if not all(map(lt, chain([last], keys), keys)):
                _raise(last, keys, number)
            last = keys[-1]
            number += len(keys)
            yield bank, block


def _ready_blocks(blocks: Iterable[bytes], dialect: Dialect) -> Iterator[tuple[str, Records]]:
    """Each bank's records in blocks; raises NotClean."""
    last: tuple[Any, ...] = ()
    for block in blocks:
        records = ready(block, _FORM.layout, dialect)
        keys = records.keys(_FORM.layout, _ORDER)
        if not all(map(lt, chain([last], keys), keys)):
            raise NotClean
        first = 0
        while first < len(keys):
            bank = keys[first][0]
            # In order, so that most often all of them are of one bank.
            until = len(keys) if keys[-1][0] == bank else bisect_right(keys, bank, key=_FIRST)
            yield bank.decode("ascii"), records[first:until]
            first = until
        last = keys[-1]


def _raise(last: tuple[Any, ...], keys: list[tuple[Any, ...]], number: int) -> None:
    for before, key in zip(chain([last], keys), keys, strict=False):
        number += 1
        if key <= before:
            fault = "one pension is paid twice" if key == before else "it belongs before"
            order, shown, shown_before = (", ".join(key) for key in (_ORDER, key, before))
            raise InvalidRun(f"row {number} ({order}): {shown} behind {shown_before}: {fault}")


def _part(path: Path) -> Path:
    return path.with_name(f".{path.name}.part")


def _sync(out: BinaryIO) -> None:
    out.flush()
    os.fsync(out.fileno())


def _settle(path: Path, sha256: str) -> None:
    """Gives a whole file its name, unless one of that name holds something else."""
    part = _part(path)
    if path.exists():
        with path.open("rb") as there:
            if hashlib.file_digest(there, "sha256").hexdigest() != sha256:
                raise RunDiffers(
                    f"{path} is there with other bytes and may have been sent; compare {part}"
                )
    part.replace(path)
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
