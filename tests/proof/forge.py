"""What a forger can do to a chain: one function for each operation that data/manipulations.yml names."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from proof.canonical import canonical
from proof.entry import Entry, Head, make_entry, make_head, sign
from tests.proof.example import (
    HEAD,
    OTHER_CHAIN,
    RECORD,
    act_document,
    head_of_entries,
    key,
    lines_of,
    make_chain,
)


@dataclass
class Forgery:
    """The files of the well-formed chain, to be changed."""

    lines: list[bytes] = field(default_factory=lambda: [e.data() for e in make_chain()])
    head: bytes | None = field(default_factory=lambda: head_of_entries(make_chain()).data() + b"\n")
    kept: bytes | None = None
    tail: bytes = b""
    cut_off: int = 0

    def records(self) -> bytes:
        """Give the bytes of `records.jsonl`."""
        whole = b"".join(line + b"\n" for line in self.lines) + self.tail
        return whole[: len(whole) - self.cut_off]

    def apply(self, operations: list[dict[str, Any]]) -> Forgery:
        """Carry out operations, each `{name: argument}`."""
        for operation in operations:
            ((name, argument),) = operation.items()
            OPERATIONS[name](self, argument)
        return self

    def place(self, number: int) -> int:
        """Find the line of an entry."""
        places = [at for at, line in enumerate(self.lines) if f'"seq":{number},'.encode() in line]
        return places[0]

    def document(self, number: int) -> dict[str, Any]:
        document: dict[str, Any] = json.loads(self.lines[self.place(number)])
        return document

    def entries(self) -> list[Entry]:
        return [Entry(json.loads(line)) for line in self.lines]


def change(document: dict[str, Any], path: str, value: object) -> dict[str, Any]:
    """Give a copy with a value changed, or gone where the value is `GONE`."""
    changed = copy.deepcopy(document)
    *way, last = path.split(".")
    part: Any = changed
    for step in way:
        part = part[int(step)] if isinstance(part, list) else part[step]
    if value == "GONE":
        del part[last]
    elif isinstance(part, list):
        part[int(last)] = value
    else:
        part[last] = value
    return changed


def set_(forgery: Forgery, arg: dict[str, Any]) -> None:
    """Change a value of an entry and leave its signature."""
    changed = change(forgery.document(arg["entry"]), arg["path"], arg["to"])
    forgery.lines[forgery.place(arg["entry"])] = canonical(changed)


def resign(forgery: Forgery, arg: dict[str, Any]) -> None:
    """Sign an entry anew with any key; nothing else changes."""
    number = arg["entry"]
    document = forgery.document(number)
    rest = {name: document[name] for name in ("at", "body", "chain", "prev", "seq")}
    forgery.lines[forgery.place(number)] = canonical(sign(rest, key(arg["by"]), RECORD))


def rewrite(forgery: Forgery, arg: dict[str, Any]) -> None:
    """Sign an entry and all behind it anew, each linked to the one before."""
    last: Entry | None = None
    for at, entry in enumerate(forgery.entries()):
        if at >= forgery.place(arg["from"]):
            rest = {name: entry.document[name] for name in ("at", "body", "chain", "prev", "seq")}
            if last is not None:
                rest["prev"] = last.hash
            entry = Entry(sign(rest, key(arg["by"]), RECORD))
            forgery.lines[at] = entry.data()
        last = entry


def drop(forgery: Forgery, numbers: list[int]) -> None:
    for number in numbers:
        del forgery.lines[forgery.place(number)]


def swap(forgery: Forgery, numbers: list[int]) -> None:
    one, other = map(forgery.place, numbers)
    forgery.lines[one], forgery.lines[other] = forgery.lines[other], forgery.lines[one]


def move(forgery: Forgery, arg: dict[str, int]) -> None:
    line = forgery.lines.pop(forgery.place(arg["entry"]))
    forgery.lines.insert(forgery.place(arg["behind"]) + 1, line)


def repeat(forgery: Forgery, arg: dict[str, int]) -> None:
    line = forgery.lines[forgery.place(arg["entry"])]
    forgery.lines.insert(forgery.place(arg["behind"]) + 1, line)


def reverse(forgery: Forgery, _: object) -> None:
    forgery.lines.reverse()


def insert(forgery: Forgery, arg: dict[str, Any]) -> None:
    """Put a new entry behind one, signed by any key, with any number."""
    before = Entry(forgery.document(arg["behind"]))
    entry = make_entry(
        key(arg["by"]),
        chain=before.chain,
        seq=arg.get("seq", before.seq + 1),
        prev=arg.get("prev", before.hash),
        at=before.at + timedelta(seconds=1),
        body=arg.get("body", act_document(50)),
    )
    forgery.lines.insert(forgery.place(arg["behind"]) + 1, entry.data())


def foreign(forgery: Forgery, arg: dict[str, int]) -> None:
    """Put an entry of another chain in the place of the one with its number, or behind one."""
    line = make_chain(OTHER_CHAIN)[arg["entry"]].data()
    if "behind" in arg:
        forgery.lines.insert(forgery.place(arg["behind"]) + 1, line)
    else:
        forgery.lines[forgery.place(arg["entry"])] = line


def other_chain(forgery: Forgery, _: object) -> None:
    """Put all of another chain, properly made, in the place of this one."""
    entries = make_chain(OTHER_CHAIN, "island")
    forgery.lines = lines_of(entries).splitlines()
    forgery.head = head_of_entries(entries).data() + b"\n"


def text(forgery: Forgery, arg: dict[str, Any]) -> None:
    """Replace one stretch of a line's text, byte for byte."""
    at = forgery.place(arg["entry"])
    old, new = str(arg["old"]).encode(), str(arg["new"]).encode()
    assert forgery.lines[at].count(old) == 1, f"{arg['old']} stands not once in the line"
    forgery.lines[at] = forgery.lines[at].replace(old, new)


def ruin(forgery: Forgery, arg: dict[str, Any]) -> None:
    """Put any bytes in the place of a line, or behind one."""
    data = bytes.fromhex(arg["hex"]) if "hex" in arg else str(arg["text"]).encode()
    if "behind" in arg:
        forgery.lines.insert(forgery.place(arg["behind"]) + 1, data)
    else:
        forgery.lines[forgery.place(arg["entry"])] = data


def suffix(forgery: Forgery, arg: dict[str, Any]) -> None:
    """Put characters at the end of a line."""
    forgery.lines[forgery.place(arg["entry"])] += arg["text"].encode()


def borrow_signature(forgery: Forgery, arg: dict[str, int]) -> None:
    """Give an entry the signature of another one."""
    signature = forgery.document(arg["of"])["sig"]
    set_(forgery, {"entry": arg["entry"], "path": "sig", "to": signature})


def claim_key(forgery: Forgery, arg: dict[str, Any]) -> None:
    """Say that another key signed."""
    set_(forgery, {"entry": arg["entry"], "path": "key", "to": key(arg["of"]).public.id})


def capital_signature(forgery: Forgery, number: int) -> None:
    """Write the same signature in other letters."""
    signature = forgery.document(number)["sig"].upper()
    set_(forgery, {"entry": number, "path": "sig", "to": signature})


def nest(forgery: Forgery, arg: dict[str, int]) -> None:
    """Put brackets without end in the place of a line."""
    forgery.lines[forgery.place(arg["entry"])] = b"[" * arg["deep"]


def trail(forgery: Forgery, words: str) -> None:
    """Put bytes without an end of line behind everything."""
    forgery.tail = words.encode()


def cut_off(forgery: Forgery, count: int) -> None:
    """Cut bytes from the end of the file."""
    forgery.cut_off = count


def empty(forgery: Forgery, _: object) -> None:
    forgery.lines = []


def head(forgery: Forgery, arg: dict[str, Any]) -> None:
    """Change the head: sign one, change a value, its text, or take it away."""
    match arg:
        case {"gone": True}:
            forgery.head = None
        case {"sign": by}:
            forgery.head = signed_head(forgery, by, arg).data() + b"\n"
        case {"path": path, "to": value}:
            assert forgery.head
            forgery.head = canonical(change(json.loads(forgery.head), path, value)) + b"\n"
        case {"old": old, "new": new}:
            assert forgery.head
            assert forgery.head.count(old.encode()) == 1
            forgery.head = forgery.head.replace(old.encode(), new.encode())
        case {"text": words}:
            forgery.head = words.encode()
        case _:
            raise AssertionError(arg)


def signed_head(forgery: Forgery, by: str, arg: dict[str, Any]) -> Head:
    """Sign a head for the first `size` lines; what else a case names is put in before."""
    entries = forgery.entries()[: arg.get("size")]
    last = entries[-1]
    return make_head(
        key(by),
        chain=arg.get("chain", last.chain),
        size=arg.get("claim", last.seq + 1),
        hash_=arg.get("hash", last.hash),
        at=last.at + timedelta(seconds=arg.get("later_s", 0)),
    )


def swap_purpose(forgery: Forgery, _: object) -> None:
    """Sign the head as if it were an entry: the bytes are right, the purpose is not."""
    assert forgery.head
    document = json.loads(forgery.head)
    rest = {name: value for name, value in document.items() if name not in {"sig", "key"}}
    forgery.head = canonical(sign(rest, key("operator"), RECORD)) + b"\n"


def swap_entry_purpose(forgery: Forgery, number: int) -> None:
    """Sign an entry as if it were a head."""
    document = forgery.document(number)
    rest = {name: value for name, value in document.items() if name not in {"sig", "key"}}
    forgery.lines[forgery.place(number)] = canonical(sign(rest, key("operator"), HEAD))


def keep_head(forgery: Forgery, arg: dict[str, Any]) -> None:
    """Keep a head elsewhere at this moment of the forgery, which the verifier is then given."""
    if "text" in arg:
        forgery.kept = arg["text"].encode()
    elif "of_other_chain" in arg:
        forgery.kept = head_of_entries(make_chain(OTHER_CHAIN, "island")).data()
    else:
        forgery.kept = signed_head(forgery, arg.get("by", "operator"), arg).data()


OPERATIONS: dict[str, Callable[[Forgery, Any], None]] = {
    "set": set_,
    "resign": resign,
    "rewrite": rewrite,
    "drop": drop,
    "swap": swap,
    "move": move,
    "repeat": repeat,
    "reverse": reverse,
    "insert": insert,
    "foreign": foreign,
    "other-chain": other_chain,
    "text": text,
    "ruin": ruin,
    "suffix": suffix,
    "borrow-signature": borrow_signature,
    "claim-key": claim_key,
    "capital-signature": capital_signature,
    "nest": nest,
    "trail": trail,
    "cut-off": cut_off,
    "empty": empty,
    "head": head,
    "head-signed-as-record": swap_purpose,
    "entry-signed-as-head": swap_entry_purpose,
    "keep-head": keep_head,
}
