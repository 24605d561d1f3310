"""`hikae net`: what routers should run, what they run, and the push that makes it one."""

from __future__ import annotations

import click

from cli import net_probe, net_replace, net_routes, net_sweep, net_verify
from cli.net_drain import drain, undrain
from cli.net_drift import drift
from cli.net_history import history
from cli.net_import import import_command
from cli.net_migrate import command as migrate
from cli.net_push import diff, push
from cli.net_show import show

__all__ = ["command"]


@click.group()
def command() -> None:
    """Compare and push router configurations over SSH from a bastion; verify them by computing."""


command.add_command(net_replace.command, "replace")
command.add_command(net_verify.command, "verify")
command.add_command(net_routes.command, "routes")
command.add_command(net_sweep.command, "sweep")
command.add_command(net_probe.command, "probe")
command.add_command(show, "show")
command.add_command(diff, "diff")
command.add_command(push, "push")
command.add_command(drain, "drain")
command.add_command(undrain, "undrain")
command.add_command(history, "history")
command.add_command(drift, "drift")
command.add_command(import_command, "import")
command.add_command(migrate, "migrate")
