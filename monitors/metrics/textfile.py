"""Files for node-exporter's textfile collector, from those who know something now and then; replaced whole.

Runs on hosts with Debian's Python: standard library only.
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

__all__ = ["Gauge", "spell_gauges", "write_gauges"]


@dataclass(frozen=True, slots=True)
class Gauge:
    """A gauge with its samples: labels and value. A moment is Unix seconds: an age would stand still in a file."""

    name: str
    help: str
    samples: Sequence[tuple[Mapping[str, str], float]]


def spell_gauges(gauges: Sequence[Gauge]) -> str:
    """The gauges in Prometheus' text format; one without samples is left out."""
    lines: list[str] = []
    for gauge in gauges:
        if gauge.samples:
            lines += [f"# HELP {gauge.name} {gauge.help}", f"# TYPE {gauge.name} gauge"]
        for labels, value in gauge.samples:
            said = ",".join(f'{key}="{_escaped(each)}"' for key, each in labels.items())
            lines.append(
                f"{gauge.name}{{{said}}} {value:.17g}" if said else f"{gauge.name} {value:.17g}"
            )
    return "".join(f"{line}\n" for line in lines)


def write_gauges(path: Path, gauges: Sequence[Gauge]) -> None:
    """Write the file beside its place and rename it: a scrape sees the old one or the new one, never half of it."""
    fresh = path.with_name(f".{path.name}.{os.getpid()}")
    fresh.write_text(spell_gauges(gauges), encoding="utf-8")
    # The collector is an account of its own.
    fresh.chmod(0o644)
    fresh.replace(path)


def _escaped(value: str) -> str:
    return value.replace("\\", "\\\\").replace("\n", "\\n").replace('"', '\\"')
