"""The canonical lines of a Junos configuration in set form: each cut into the section it stands in and the rest.

Junos reads terms and lists of policies in the order in which they stand, and nothing in a line says where that is. So a line
that stands behind one with a higher number, or a policy before what must come first, is marked; the mark makes it foreign.
"""

from __future__ import annotations

import re

from netconfig.dialects.dialect import Section

__all__ = ["numbered_lines", "quoted", "words_of"]

_NOISE = re.compile(r"#.*|set version .*|(\[edit.*\]|\{.*\})")
_WORD = re.compile(r'"((?:[^"\\]|\\.)*)"|(\S+)')
_PLAIN = re.compile(r"[A-Za-z0-9_.:/+-]+")

# Where the statements of a line begin; the longest that fits is its section.
_SECTION = re.compile(
    r"interfaces \S+( unit \S+)?"
    r"|policy-options( policy-statement \S+( term \S+)?)?"
    r"|protocols bgp( group \S+( neighbor \S+)?)?"
    r"|protocols ospf( area \S+( interface \S+)?)?"
    r"|routing-options( static route \S+)?"
    r"|firewall family inet filter \S+( term \S+)?"
    # A community is a secret; cut from its keyword it would not be known as one.
    r"|snmp( community \S+)?"
    r"|\S+"
)
_TERM = re.compile(r"(.+) term (\d+)")
_OUT_OF_ORDER = "out of order:"
_FIRST_POLICY = "export ORIGINATED"


def quoted(word: str) -> str:
    """A value as Junos shows it: in quotation marks unless it is one plain word."""
    return word if _PLAIN.fullmatch(word) else f'"{word}"'


def words_of(text: str) -> list[str]:
    """The words of a line without their quotation marks."""
    if '"' not in text:
        return text.split()
    return [found[1] if found[1] is not None else found[2] for found in _WORD.finditer(text)]


def numbered_lines(text: str) -> dict[Section, int]:
    """Every line that means something, as (section, rest), and its number from 1."""
    found: dict[Section, int] = {}
    terms: dict[str, int] = {}
    exporting: set[str] = set()
    for number, raw in enumerate(text.splitlines(), start=1):
        line = raw.strip()
        if not line or _NOISE.fullmatch(line):
            continue
        if not line.startswith("set "):
            found.setdefault((line,), number)
            continue
        statement = line.removeprefix("set ")
        if '"' in line:
            statement = " ".join(quoted(word) for word in words_of(statement))
        match = _SECTION.match(statement)
        section = match[0] if match else ""
        rest = statement[len(section) :].strip()
        if _is_misplaced(section, rest, terms, exporting):
            rest = f"{_OUT_OF_ORDER} {rest}"
        found.setdefault((section, rest) if rest else (section,), number)
    return found


def _is_misplaced(section: str, rest: str, terms: dict[str, int], exporting: set[str]) -> bool:
    if term := _TERM.fullmatch(section):
        owner, sequence = term[1], int(term[2])
        before = terms.setdefault(owner, sequence)
        terms[owner] = max(before, sequence)
        return sequence < before
    if rest == _FIRST_POLICY:
        return section in exporting
    if rest.startswith("export "):
        exporting.add(section)
    return False
