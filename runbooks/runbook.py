"""A runbook: headings with ids that drills refer to, each with who acts, who decides and by when.

An id stands at the end of a heading, `### Confirm the loss（被災の確認） {#confirm}`. The first
line below such a heading is its duty: ``who: `role` `` · ``decides: `role` `` · ``deadline: 60 s``.
Where one decision is not enough (二人承認) the duty also says ``approves: `role` ``, between the decision
and the deadline: then the decider and each approver must say yes, and all of them are different persons.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

__all__ = ["Heading", "InvalidRunbook", "Runbook", "parse_runbook"]

_HEADING = re.compile(r"^(#{1,6})\s+(.*?)\s*(?:\{#([^}]*)\})?\s*$")
_ID = re.compile(r"^[a-z][a-z0-9-]*$")
_DUTY = re.compile(r"who: `([^`]+)`.*decides: `([^`]+)`(.*)deadline: (\d+) s")
_APPROVES = re.compile(r"approves: ((?:`[^`]+`(?:, )?)+) · ")
_GRAMMAR = "who: `role` · decides: `role` · deadline: 60 s"
_WITH_APPROVAL = "who: `role` · decides: `role` · approves: `role` · deadline: 60 s"


class InvalidRunbook(Exception):
    """A runbook that drills cannot refer to; `faults` says with file and line why."""

    def __init__(self, faults: tuple[str, ...]) -> None:
        super().__init__("\n".join(faults))
        self.faults = faults


@dataclass(frozen=True, slots=True)
class Heading:
    """A heading and what stands below it, up to the next one."""

    id: str | None
    title: str
    level: int
    line: int
    text: str
    who: str | None = None
    decides: str | None = None
    deadline_s: int | None = None
    """Seconds from the fault, or from the start of the step where there was no fault yet."""
    approves: tuple[str, ...] = ()
    """Roles that must say yes beside the one that decides; none where its word is enough."""


@dataclass(frozen=True, slots=True)
class Runbook:
    """A runbook by its name, in the order in which people read it."""

    name: str
    title: str
    headings: tuple[Heading, ...]

    def find(self, heading_id: str) -> Heading | None:
        """Give the heading of an id, None where there is none."""
        return next((h for h in self.headings if h.id == heading_id), None)

    @property
    def ids(self) -> tuple[str, ...]:
        """Every id that a drill may refer to."""
        return tuple(heading.id for heading in self.headings if heading.id is not None)


def parse_runbook(name: str, text: str) -> Runbook:
    """Read a runbook; InvalidRunbook names every fault of the text at once."""
    faults: list[str] = []
    headings: list[Heading] = []
    for heading in _headings(text):
        where = f"{name}.md:{heading.line}"
        if heading.id is not None:
            if not _ID.match(heading.id):
                faults.append(
                    f"{where}: id '{heading.id}' is no name; "
                    "use small letters, digits and hyphens, a letter first"
                )
            elif any(other.id == heading.id for other in headings):
                faults.append(f"{where}: id '{heading.id}' stands twice; give each heading its own")
            if heading.who is None:
                faults.append(
                    f"{where}: '{heading.title}' does not say who acts; write below it {_GRAMMAR}"
                )
            faults += (f"{where}: {fault}" for fault in _faults_of_approval(heading))
        headings.append(heading)
    title = next((heading.title for heading in headings if heading.level == 1), None)
    if title is None:
        faults.append(f"{name}.md:1: the runbook has no title; begin it with a line `# Title`")
    if faults:
        raise InvalidRunbook(tuple(faults))
    return Runbook(name, title or name, tuple(headings))


def _faults_of_approval(heading: Heading) -> Iterator[str]:
    """Say why an approval could not be asked for: one that is lost would lose its two persons."""
    if "approves:" in _duty_line(heading.text) and not heading.approves:
        yield f"'{heading.title}' says `approves:` out of its place; write {_WITH_APPROVAL}"
    for number, role in enumerate(heading.approves):
        if role == heading.decides:
            yield f"`{role}` decides and approves; name another role, the two are two persons"
        elif role == heading.who:
            yield f"`{role}` acts and approves; name another role, nobody approves their own act"
        elif role in heading.approves[:number]:
            yield f"`{role}` approves twice; name each role once"


def _duty_line(text: str) -> str:
    return text.split("\n\n", 1)[0].replace("\n", " ")


def _headings(text: str) -> Iterator[Heading]:
    lines = text.splitlines()
    starts: list[tuple[int, re.Match[str]]] = []
    is_code = False
    for number, line in enumerate(lines):
        if line.lstrip().startswith("```"):
            is_code = not is_code
        found = None if is_code else _HEADING.match(line)
        if found:
            starts.append((number, found))
    for index, (number, found) in enumerate(starts):
        end = starts[index + 1][0] if index + 1 < len(starts) else len(lines)
        below = "\n".join(lines[number + 1 : end]).strip()
        duty = _DUTY.search(_duty_line(below))
        approval = _APPROVES.search(duty[3]) if duty else None
        yield Heading(
            id=found[3],
            title=found[2],
            level=len(found[1]),
            line=number + 1,
            text=below,
            who=duty[1] if duty else None,
            decides=duty[2] if duty else None,
            deadline_s=int(duty[4]) if duty else None,
            approves=tuple(re.findall(r"`([^`]+)`", approval[1])) if approval else (),
        )
