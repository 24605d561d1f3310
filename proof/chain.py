"""A chain of records in a folder: begun once, and from then on only appended to."""

from __future__ import annotations

import os
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from pydantic import ValidationError

from proof.bodies import Aside, AsideFile, Genesis, Predecessor
from proof.canonical import digest
from proof.entry import NOTHING, Entry, Head, make_entry, make_head
from proof.errors import AppendFailed, Fault, InvalidAct, InvalidChain, RefusedSigner
from proof.forms import faults_of
from proof.moment import format_moment, utc_now
from proof.record import Act
from proof.signing import Purpose, SigningKey
from proof.standing import Standing, judge_genesis, judge_standing
from proof.store import (
    commit,
    hold,
    list_asides,
    make_folder,
    read_first_line,
    read_head_file,
    read_tail,
    set_aside,
    write_head,
)
from proof.trust import Trust

__all__ = ["LEAST_FREE_BYTES", "Appended", "Chain", "create_chain"]

LEAST_FREE_BYTES = 1 << 20
"""What `ensure_ready` wants free: room for some hundred acts."""
_CLOCK_STEP = timedelta(seconds=5)
"""How far the clock may stand behind the last entry; a time server sets it back by less."""


@dataclass(frozen=True, slots=True)
class Appended:
    """An act that is on the disk, and what had to be put in order before it."""

    entry: Entry
    head: Head
    """To be kept elsewhere: without it nobody can tell that the chain was rolled back."""
    set_aside: tuple[AsideFile, ...]
    """Files with the bytes of an append that was cut short; an entry of the chain says so, too."""


@dataclass(frozen=True, slots=True)
class Chain:
    """A chain, the key that signs its next entries, and the keys whose entries it goes on from."""

    folder: Path
    signer: SigningKey
    trust: Trust
    clock: Callable[[], datetime] = utc_now

    def append(self, act: Act, *, deadline_s: float = 10.0) -> Appended:
        """Record an act; it is on the disk, with its head, when this returns.

        InvalidAct, InvalidChain, RefusedSigner and ChainBusy (after the deadline) have written
        nothing of it, nor has AppendFailed, which says what to do.
        """
        with hold(self.folder, deadline_s=deadline_s, is_writing=True) as records:
            standing = self._find_standing(records)
            estate = self._find_estate(records, standing)
            if act.estate != estate:
                remedy = f"record it in the chain of its own estate; this is that of {estate}"
                raise InvalidAct((Fault("act", "estate", act.estate, "is another estate", remedy),))
            self._ensure_head(standing)
            files = self._set_aside(records, standing)
            if files:
                self._write(records, standing, Aside(files=files))
                standing = self._find_standing(records)
            entry, head = self._write(records, standing, act)
        return Appended(entry, head, files)

    def ensure_ready(self, *, deadline_s: float = 10.0) -> None:
        """Refuse before an act begins what would refuse its record afterwards; change nothing."""
        with hold(self.folder, deadline_s=deadline_s, is_writing=True) as records:
            standing = self._find_standing(records)
            self._find_estate(records, standing)
            self._next_moment(standing)
        disk = os.statvfs(self.folder)
        free = disk.f_bavail * disk.f_frsize
        if free < LEAST_FREE_BYTES:
            raise AppendFailed(
                f"{self.folder}: {free} bytes are free, and {LEAST_FREE_BYTES} are wanted before an"
                f" act so that it can be recorded; free space there (`df {self.folder}`)"
            )

    def _find_standing(self, records: int) -> Standing:
        standing = judge_standing(
            read_tail(records), read_head_file(self.folder), self.trust, str(self.folder)
        )
        if standing is None:
            raise InvalidChain(f"{self.folder}: no chain has begun here; begin it first")
        return standing

    def _find_estate(self, records: int, standing: Standing) -> str:
        first = read_first_line(records)
        return judge_genesis(first, standing.chain, self.trust, str(self.folder)).estate

    def _ensure_head(self, standing: Standing) -> None:
        """Sign the head of an entry that a crash left without one.

        Otherwise a second crash would leave two such entries, which nobody may leave.
        """
        at = self._next_moment(standing)  # also where there is a head: refuse before any change
        if not standing.has_head:
            head = make_head(
                self.signer, chain=standing.chain, size=standing.size, hash_=standing.hash, at=at
            )
            write_head(self.folder, head.data() + b"\n")

    def _set_aside(self, records: int, standing: Standing) -> tuple[AsideFile, ...]:
        """Set aside what is no entry, and give every file that no entry tells of yet."""
        if standing.kept < os.fstat(records).st_size:
            set_aside(self.folder, records, kept=standing.kept, seq=standing.size)
        found = list_asides(self.folder, standing.size)
        return tuple(
            AsideFile(name=name, sha256=digest(data), bytes=len(data))
            for name, data in found.items()
        )

    def _write(self, records: int, standing: Standing, body: Act | Aside) -> tuple[Entry, Head]:
        entry = make_entry(
            self.signer,
            chain=standing.chain,
            seq=standing.size,
            prev=standing.hash,
            at=self._next_moment(standing),
            body=body.document(),
        )
        return entry, _commit(self, records, entry, end=standing.kept)

    def _next_moment(self, standing: Standing) -> datetime:
        """Give the time of the next entry, never before the last; refuse a clock that is far off."""
        now = self.clock()
        if now < standing.at - _CLOCK_STEP:
            raise AppendFailed(
                f"{self.folder}: the clock shows {format_moment(now)}, and the last entry was"
                f" written at {format_moment(standing.at)}; set the clock, then record the act"
            )
        at = max(now, standing.at)
        _ensure_allowed(self, at)
        return at


def create_chain(
    folder: Path,
    estate: str,
    signer: SigningKey,
    trust: Trust,
    *,
    clock: Callable[[], datetime] = utc_now,
    successor_of: Head | None = None,
    deadline_s: float = 10.0,
) -> Chain:
    """Begin the chain of an estate in a folder; `successor_of` is the last head of one that ended.

    InvalidChain where the folder holds a chain already; what an attempt left behind is no chain.
    """
    chain, at = Chain(folder, signer, trust, clock), clock()
    _ensure_allowed(chain, at)
    genesis = _make_genesis(estate, successor_of)
    make_folder(folder)
    with hold(folder, deadline_s=deadline_s, is_writing=True, is_new=True) as records:
        tail = read_tail(records)
        if judge_standing(tail, read_head_file(folder), trust, str(folder)) is not None:
            raise InvalidChain(f"{folder}: holds a chain already; name another folder")
        if tail.size:
            set_aside(folder, records, kept=0, seq=1)  # the first act tells of it
        body = genesis.document()
        entry = make_entry(signer, chain=genesis.chain, seq=0, prev=NOTHING, at=at, body=body)
        _commit(chain, records, entry, end=0)
    return chain


def _make_genesis(estate: str, successor_of: Head | None) -> Genesis:
    before = None
    if successor_of is not None:
        last = successor_of
        before = Predecessor(chain=last.chain, size=last.size, hash=last.hash)
    try:
        return Genesis(chain=secrets.token_hex(16), estate=estate, successor_of=before)
    except ValidationError as error:
        raise InvalidChain("\n".join(map(str, faults_of(error, "chain")))) from error


def _ensure_allowed(chain: Chain, at: datetime) -> None:
    for purpose in Purpose:
        distrust = chain.trust.refusal(chain.signer.public.id, purpose, at)
        if distrust is not None:
            raise RefusedSigner(f"{distrust.sentence}; correct the trust file or take another key")


def _commit(chain: Chain, records: int, entry: Entry, *, end: int) -> Head:
    """Write an entry and the head that speaks for it."""
    head = make_head(
        chain.signer, chain=entry.chain, size=entry.seq + 1, hash_=entry.hash, at=entry.at
    )
    line, head_line = entry.data() + b"\n", head.data() + b"\n"
    commit(chain.folder, records, end=end, line=line, head=head_line)
    return head
