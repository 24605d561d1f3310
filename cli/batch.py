"""`hikae batch`: tonight's jobs planned, run and watched; each subverb is loaded when it is called."""

from __future__ import annotations

import importlib

import click

__all__ = ["command"]

# Name of a subverb and the module `cli.<…>` that has it as `command`, in the order of the help.
_SUBVERBS: dict[str, str] = {
    "plan": "batch_plan",
    "watch": "batch_watch",
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


class _Subverbs(click.Group):
    """A group that imports a subverb's module, and the solver behind it, only when it is called for."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(_SUBVERBS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in _SUBVERBS:
            return None
        found = importlib.import_module(f"cli.{_SUBVERBS[cmd_name]}").command
        assert isinstance(found, click.Command)
        return found


@click.group(cls=_Subverbs)
def command() -> None:
    """Plan the night batch, run it on the batch hosts, and say whether it will be long enough."""
