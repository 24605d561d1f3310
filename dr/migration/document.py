"""What a rehearsal hands over: one JSON object, the contract of `hikae net migrate --rehearse --json` (`docs/json.md`)."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Any

from dr.migration.taken import Rehearsed, Taken, foreseen_in
from dr.sweep.streams import RATE
from netconfig.push import PushResult

__all__ = ["FORMAT", "document_of"]

FORMAT = "hikae.rehearsal/1"


def document_of(rehearsed: Rehearsed, report: Path | None) -> dict[str, Any]:
    """Give the document."""
    return {
        "format": FORMAT,
        "from": rehearsed.source,
        "to": rehearsed.target,
        "slice": rehearsed.slice_name,
        "verdict": rehearsed.verdict,
        "reasons": rehearsed.reasons,
        "hosts": rehearsed.hosts,
        "planned": rehearsed.planned,
        "taken": len([one for one in rehearsed.taken if one.deviation is None]),
        "packets_lost": rehearsed.packets_lost,
        "longest_ms": rehearsed.longest_ms,
        "rate": RATE,
        "streams": [name for office in rehearsed.offices for name in office.streams],
        "steps": [_step(one) for one in rehearsed.taken],
        "late": rehearsed.late,
        "memory_mb": rehearsed.memory_mb,
        "started": rehearsed.started,
        "ended": rehearsed.ended,
        "honesty": [asdict(limit) for limit in rehearsed.honesty],
        "report": None if report is None else str(report),
    }


def _step(one: Taken) -> dict[str, Any]:
    step, foreseen = one.step, foreseen_in(one.step)
    return {
        "number": step.number,
        "change": step.move,
        "kind": step.kind,
        "title": step.title,
        "wave": step.wave[0],
        "waves": step.wave[1],
        "network": step.colour or None,
        "sites": list(step.sites),
        "devices": [_device(result) for result in one.devices],
        "begun_s": one.begun_s,
        "ended_s": one.ended_s,
        "settled_s": one.settled_s,
        "foreseen": sorted(foreseen),
        "silences": [
            {**asdict(silence), "is_foreseen": silence.stream in foreseen}
            for silence in one.silences
        ],
        "deviation": one.deviation,
        "taken_back": [_device(result) for result in one.taken_back],
        "not_as_before": one.back or None,
    }


def _device(result: PushResult) -> dict[str, Any]:
    return {
        "device": result.device,
        "typed": len(result.commands),
        "error": result.error,
        "seconds": result.seconds,
    }
