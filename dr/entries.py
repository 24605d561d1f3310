"""New entries of a drill's record: checked against the inventory and the drill, all faults at once."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, date, datetime

from dr.evidence import Evidence
from dr.record import Closing, Entry, Finding, Note, Record, Severity
from inventory import Estate

__all__ = ["InvalidEntry", "closing_of", "day_of", "finding_of", "note_of"]

_MOST = 2000
Make = Callable[[Record], Sequence[Entry]]


class InvalidEntry(ValueError):
    """Something that must not go on record; `faults` says everything that is wrong with it."""

    def __init__(self, faults: tuple[str, ...]) -> None:
        super().__init__("\n".join(faults))
        self.faults = faults


def note_of(estate: Estate, *, by: str, text: str, now: float) -> Make:
    """Make a note; InvalidEntry where its person or its text is none."""
    _require([*_faults_of_person(estate, by), *_faults_of_text(text)])
    return lambda _: [Note(now, by, text.strip())]


def finding_of(
    estate: Estate,
    evidence: Evidence,
    *,
    owner: str,
    due: str,
    text: str,
    now: float,
    severity: Severity = "medium",
    by: str = "",
) -> Make:
    """Make a finding; InvalidEntry names every fault of owner, date, person and text."""
    faults = [*_faults_of_text(text), *(_faults_of_person(estate, by) if by else ())]
    if owner not in estate.roles:
        known = ", ".join(estate.roles)
        faults.append(f"owner '{owner}' is no role: a finding belongs to a role; known: {known}")
    faults += _faults_of_date(due, day_of(evidence))
    _require(faults)
    return lambda record: [Finding(record.next_id(), now, text.strip(), owner, due, severity, by)]


def closing_of(estate: Estate, *, finding: str, by: str, text: str, now: float) -> Make:
    """Close a finding; InvalidEntry where there is none, where it is closed, or nobody says how."""
    faults = [*_faults_of_person(estate, by), *_faults_of_text(text)]

    def make(record: Record) -> Sequence[Entry]:
        known = ", ".join(one.id for one in record.findings) or "none"
        found = list(faults)
        closed = record.closing(finding)
        if finding not in [one.id for one in record.findings]:
            found.append(f"'{finding}' is no finding of this drill; known: {known}")
        elif closed is not None:
            day = datetime.fromtimestamp(closed.at, UTC).date()
            found.append(f"{finding} was closed by {closed.by} on {day}; record a new finding")
        _require(found)
        return [Closing(finding, now, by, text.strip())]

    return make


def day_of(evidence: Evidence) -> date | None:
    """Give the day of a drill in UTC; None where not a single moment of it is known."""
    m = evidence.moments
    known = next((at for at in (m.fault, m.steady_from, m.ended) if at is not None), None)
    return None if known is None else datetime.fromtimestamp(known, UTC).date()


def _require(faults: Sequence[str]) -> None:
    if faults:
        raise InvalidEntry(tuple(faults))


def _faults_of_person(estate: Estate, person: str) -> Iterator[str]:
    if person not in estate.persons:
        known = ", ".join(estate.persons)
        yield f"'{person}' is no person of the inventory; known: {known}"


def _faults_of_text(text: str) -> Iterator[str]:
    if not text.strip():
        yield "the text says nothing; write at least a word"
    elif len(text) > _MOST:
        yield f"the text has {len(text)} characters; write at most {_MOST}"
    elif not text.isprintable():
        yield "the text holds a control character or a new line; write one line of plain text"


def _faults_of_date(due: str, day: date | None) -> Iterator[str]:
    try:
        when = date.fromisoformat(due)
    except ValueError:
        yield f"due '{due}' is no date; write YYYY-MM-DD"
        return
    if when.isoformat() != due:
        yield f"due '{due}' is no date; write YYYY-MM-DD"
    elif day is not None and when < day:
        yield f"due {due} lies before the drill; choose {day} or later"
