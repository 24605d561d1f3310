"""A program that appends to a chain for the tests that kill, crowd and starve it.

appender serve FOLDER ACKS     for each line on stdin a child that appends until it is killed
appender append FOLDER COUNT   appends so often, and writes each entry's number and hash
appender fill FOLDER           appends until the disk is full, makes room, appends again
appender limit FOLDER          the same with a limit on the size of files
"""

from __future__ import annotations

import json
import os
import resource
import sys
from collections.abc import Callable
from pathlib import Path

from proof import AppendFailed, Chain, create_chain, read_chain, verify
from tests.proof.example import TRUST, act, key, moment

BALLAST_BYTES = 64 << 10
LIMIT_BYTES = 20_000


def chain_in(folder: str) -> Chain:
    # One clock for all processes: what is tested here is the disk.
    return Chain(Path(folder), key("operator"), TRUST, clock=lambda: moment(0))


def begin(folder: Path) -> Chain:
    return create_chain(folder, "lighthouse", key("operator"), TRUST, clock=lambda: moment(0))


def serve(folder: str, acks: str) -> None:
    for _ in sys.stdin:
        child = os.fork()
        if child == 0:
            append_for_ever(folder, acks)
            return
        sys.stdout.write(f"{child}\n")
        sys.stdout.flush()
        os.waitpid(child, 0)
        sys.stdout.write("gone\n")
        sys.stdout.flush()


def append_for_ever(folder: str, acks: str) -> None:
    chain, file = chain_in(folder), os.open(acks, os.O_WRONLY | os.O_APPEND)
    server = os.getppid()
    while os.getppid() == server:  # and not longer than the test
        entry = chain.append(act()).entry
        os.write(file, f"{entry.seq} {entry.hash}\n".encode())


def append(folder: str, count: str) -> None:
    chain = chain_in(folder)
    for _ in range(int(count)):
        entry = chain.append(act(), deadline_s=60).entry
        sys.stdout.write(f"{entry.seq} {entry.hash}\n")


def fill(folder: str) -> None:
    ballast = Path(folder) / "ballast"
    ballast.write_bytes(b"x" * BALLAST_BYTES)
    starve(begin(Path(folder) / "chain"), ballast.unlink)


def limit(folder: str) -> None:
    chain = begin(Path(folder) / "chain")
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (LIMIT_BYTES, before[1]))
    starve(chain, lambda: resource.setrlimit(resource.RLIMIT_FSIZE, before))


def starve(chain: Chain, make_room: Callable[[], object]) -> None:
    """Append until the disk refuses, three times more, make room, and append again; say all."""
    words: list[str] = []
    acknowledged = 1
    while len(words) < 4:
        try:
            chain.append(act())
            acknowledged += 1
        except AppendFailed as error:
            words.append(str(error))
    full = read_chain(chain.folder)
    make_room()
    chain.append(act())
    after = read_chain(chain.folder)
    said = {
        "words": words,
        "acknowledged": acknowledged,
        "full": verify(full.lines, full.head, TRUST).document(),
        "after": verify(after.lines, after.head, TRUST, asides=after.asides).document(),
        "set_aside": len(after.asides),
    }
    sys.stdout.write(json.dumps(said))


VERBS: dict[str, Callable[..., None]] = {
    "serve": serve,
    "append": append,
    "fill": fill,
    "limit": limit,
}

if __name__ == "__main__":
    VERBS[sys.argv[1]](*sys.argv[2:])
