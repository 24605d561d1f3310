"""`hikae batch`: tonight's jobs planned, run and watched; each subverb is loaded when it is called."""

from __future__ import annotations

import click

from cli.subverbs import loading

__all__ = ["command"]

_SUBVERBS: dict[str, str] = {
    "plan": "batch_plan",
    "watch": "batch_watch",
    "learn": "batch_learn",
    "replay": "batch_replay",
    "declared": "batch_declared",
    "run": "batch_run",
    "hold": "batch_hold",
    "release": "batch_release",
    "skip": "batch_skip",
    "rerun": "batch_rerun",
    "fence": "batch_fence",
    "bench": "batch_bench",
}


@click.group(cls=loading(_SUBVERBS))
def command() -> None:
    """Plan the night batch, run it on the batch hosts, and say whether it will be long enough."""
