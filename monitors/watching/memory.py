"""What was known last, and since when who is silent: kept while a page is served, and in a file between two calls."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from monitors.night.plan_file import write_whole
from monitors.watching.view import Cluster, Firing, Night, Service, Site, View

__all__ = ["Memory", "read_memory", "remember", "silent_view", "write_memory"]

_FORMAT = "hikae.watch-memory/1"


@dataclass(frozen=True, slots=True)
class Memory:
    """The last answer and its moment; `silent` = since when (as seen from here) each host has not answered. Unix seconds."""

    view: View | None = None
    at: float | None = None
    silent: Mapping[str, float] = field(default_factory=dict)


def remember(before: Memory, view: View, now: float) -> Memory:
    """What is known after one more look."""
    silent = {name: before.silent.get(name, now) for name in view.silent}
    if view.source is None:
        return Memory(before.view, before.at, silent)
    return Memory(view, now, silent)


def silent_view(silent: tuple[str, ...] = ()) -> View:
    """The view of somebody whom nobody answers."""
    return View(None, silent, (), (), (), (), None, None)


def write_memory(path: Path, memory: Memory) -> None:
    """Keep it for the next call. OSError."""
    document = {"format": _FORMAT, **dataclasses.asdict(memory)}
    write_whole(path, json.dumps(document, ensure_ascii=False) + "\n")


def read_memory(path: Path) -> Memory:
    """What the last call kept; an empty memory where it kept nothing, or nothing that can be read."""
    try:
        said: Mapping[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        if said["format"] != _FORMAT:
            return Memory()
        silent = {str(name): float(at) for name, at in said["silent"].items()}
        if said["view"] is None:
            return Memory(silent=silent)
        return Memory(_view(said["view"]), float(said["at"]), silent)
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return Memory()


def _view(said: Mapping[str, Any]) -> View:
    return View(
        said["source"],
        tuple(said["silent"]),
        tuple(Firing(**one) for one in said["alerts"]),
        tuple(Site(**one) for one in said["sites"]),
        tuple(Service(**one) for one in said["services"]),
        tuple(Cluster(**one) for one in said["clusters"]),
        said["votes_to_spare"],
        None if said["night"] is None else Night(**said["night"]),
    )
