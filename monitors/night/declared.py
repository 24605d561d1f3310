"""What a program declares of its batch jobs, as the estate's section `declared`: taken over, never written by hand."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

__all__ = ["DeclarationFailed", "ask_program", "declared_text"]

_TIMEOUT_S = 60
_KEYS = (
    "cores",
    "memory_mb",
    "connections",
    "io",
    "unit",
    "fixed_s",
    "seconds_per_million",
    "rerun",
    "parts",
)
_HEAD = """\
# What the program declares of its batch jobs. Written by `hikae batch declared --write`, which asks it; do not edit.

declared:
"""


class DeclarationFailed(Exception):
    """The program did not say which jobs it has."""


def ask_program(argv: Sequence[str], folder: Path) -> Mapping[str, Any]:
    """Run a program in a folder and give the JSON document that it prints; DeclarationFailed, within a minute."""
    said = " ".join(argv)
    try:
        done = subprocess.run(
            argv, cwd=folder, capture_output=True, text=True, timeout=_TIMEOUT_S, check=True
        )
        document = json.loads(done.stdout)
        return {"jobs": list(document["jobs"])}
    except (OSError, subprocess.SubprocessError) as error:
        raise DeclarationFailed(
            f"`{said}` failed ({error}); run it by hand and read why."
        ) from error
    except (ValueError, KeyError, TypeError) as error:
        raise DeclarationFailed(f"`{said}` printed no list of jobs in JSON.") from error


def declared_text(program: str, document: Mapping[str, Any]) -> str:
    """The estate's file for a declaration; a job a line, in the program's order."""
    lines = [f"  program: {program}", "  jobs:"]
    for job in document["jobs"]:
        facts = ", ".join(f"{key}: {json.dumps(job[key])}" for key in _KEYS)
        lines.append(f"    {json.dumps(job['name'])}: {{{facts}}}")
    return _HEAD + "\n".join(lines) + "\n"
