"""What a sweep hands over: one JSON object, the contract of `hikae net sweep --json` (`docs/json.md`)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from dr.evidence import Limit
from dr.sweep.figures import LIMITS_MS, figures_of, reasons_of
from dr.sweep.streams import RATE
from dr.sweep.subjects import Office, Subject
from dr.sweep.trial import Kind, Trial

__all__ = ["FORMAT", "Swept", "document_of"]

FORMAT = "hikae.sweep/1"


@dataclass(frozen=True, slots=True)
class Swept:
    """Everything that a sweep knows: what was to be tried, and what came of it."""

    slice_name: str
    kinds: tuple[Kind, ...]
    times: int
    seed: int
    offices: tuple[Office, ...]
    subjects: tuple[Subject, ...]
    trials: tuple[Trial, ...]
    sittings: tuple[tuple[float, float], ...]
    """When each sitting began and ended, `time.time()`."""
    stopped: str = ""
    """Why it ended before everything was tried."""
    stray: int = 0
    late: int = 0
    honesty: tuple[Limit, ...] = ()

    @property
    def reasons(self) -> list[str]:
        """What breaks the promise, as sentences."""
        return reasons_of(self.trials, self.subjects, self.stopped)

    @property
    def verdict(self) -> str:
        """`passed`, `failed`, or `aborted` where it did not come to its end."""
        if self.stopped:
            return "aborted"
        return "failed" if self.reasons else "passed"

    def of(self, kind: Kind, *, is_single: bool) -> tuple[Trial, ...]:
        """The trials of a kind, of things that there is one of or of the others."""
        single = {subject.name: subject.is_single for subject in self.subjects}
        return tuple(t for t in self.trials if t.kind == kind and single[t.subject] == is_single)


def document_of(swept: Swept, report: Path | None) -> dict[str, Any]:
    """Give the document; `kinds` has what is promised, `singles` what is declared to be the only one, apart."""
    return {
        "format": FORMAT,
        "slice": swept.slice_name,
        "verdict": swept.verdict,
        "reasons": swept.reasons,
        "times": swept.times,
        "seed": swept.seed,
        "rate": RATE,
        "streams": [name for office in swept.offices for name in office.streams],
        "subjects": [subject.name for subject in swept.subjects],
        "kinds": {
            kind: asdict(figures_of(swept.of(kind, is_single=False))) for kind in swept.kinds
        },
        "singles": {
            kind: asdict(figures_of(swept.of(kind, is_single=True))) for kind in swept.kinds
        },
        "limits_ms": {kind: LIMITS_MS[kind] for kind in swept.kinds},
        "failures": [
            row for kind in swept.kinds for row in _rows(swept.subjects, swept.trials, kind)
        ],
        "stray": swept.stray,
        "late": swept.late,
        "sittings": [list(sitting) for sitting in swept.sittings],
        "honesty": [asdict(limit) for limit in swept.honesty],
        "report": None if report is None else str(report),
    }


def _rows(subjects: Sequence[Subject], trials: Sequence[Trial], kind: Kind) -> list[dict[str, Any]]:
    found = []
    for subject in subjects:
        tried = [t for t in trials if t.subject == subject.name and t.kind == kind]
        if tried:
            found.append(
                {
                    "failure": subject.name,
                    "kind": kind,
                    "single": subject.is_single,
                    "cut_off": sorted(subject.cut),
                    **asdict(figures_of(tried)),
                    "trials": [
                        {**asdict(trial), "not_healed": list(trial.not_healed)} for trial in tried
                    ],
                }
            )
    return found
