"""Subverbs that are loaded when they are called, so that one verb's libraries are no other's delay."""

from __future__ import annotations

import importlib
from collections.abc import Mapping

import click

__all__ = ["loading"]


def loading(modules: Mapping[str, str]) -> type[click.Group]:
    """A kind of group with these subverbs: each name and the module `cli.<…>` that has its `command`."""

    class Loading(click.Group):
        def list_commands(self, ctx: click.Context) -> list[str]:
            return list(modules)

        def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
            if cmd_name not in modules:
                return None
            found = importlib.import_module(f"cli.{modules[cmd_name]}").command
            assert isinstance(found, click.Command)
            return found

    return Loading
