"""`hikae twin`: boot, enter, hurt and clear the living twin of the estate."""

from __future__ import annotations

import contextlib
import subprocess
import time

import click

from cli.acting import Acting, acting_options
from cli.exits import Exit, RefusedCall
from cli.interruption import By, begin_journal, killed_runs, settle_killed
from cli.options import Call, verb_options
from cli.output import Progress, print_json, print_line, print_table
from cli.running import ensure_host, running_lab
from twin import bringup, machine
from twin.lab import clear_leftovers, read_state
from twin.lock import hold
from twin.places import Places

__all__ = ["command"]


@click.group()
def command() -> None:
    """Boot, enter, hurt and clear the living twin of the estate."""


@command.command()
@click.option("--slice", "slice_name", default="core", show_default=True, help="What to boot.")
@click.option("--bare", is_flag=True, help="Leave the hosts as day 0 made them.")
@click.option("--fresh", is_flag=True, help="Do not start from a snapshot.")
@verb_options()
@acting_options
def up(call: Call, slice_name: str, bare: bool, fresh: bool, *, acting: Acting) -> int:
    """Boot a slice and leave it running, converged: from its snapshot where there is one."""
    places, estate = Places.default(), call.estate()
    with hold(places, "hikae twin up"), Progress() as progress:
        by = By(estate, Acting(), "twin up", call.target, places, {})
        settle_killed(by)
        bringup.ensure_free(places)
        journal = begin_journal(by, f"twin up of slice {slice_name}")
        try:
            lab = bringup.bring_up(
                estate,
                slice_name,
                places,
                progress,
                bare=bare,
                from_snapshot=not fresh,
                acting=acting.named,
            )
            lab.remember(None, kept="yes")
        except BaseException:
            clear_leftovers(places)
            raise
        finally:
            journal.close()
    result = {"slice": slice_name, "hosts": len(lab.names), "phases_s": progress.phases_s}
    if call.as_json:
        print_json(result)
    else:
        print_line(f"{len(lab.names)} hosts of slice {slice_name} are up: `hikae twin status`.")
    return Exit.FINE


@command.command()
@verb_options()
def down(call: Call) -> int:
    """Clear the twin and everything that it left on this machine."""
    places = Places.default()
    bringup.ensure_root()
    with hold(places, "hikae twin down"):
        if killed_runs(places, call.target, ""):
            settle_killed(By(call.estate(), Acting(), "twin down", call.target, places, {}))
        found = clear_leftovers(places)
    if call.as_json:
        print_json({"cleared": found})
    else:
        print_line("The twin is cleared." if found else "There was no twin.")
    return Exit.FINE


@command.command()
@verb_options()
def status(call: Call) -> int:
    """Say what runs, what it weighs, and what the twin cannot show on this machine."""
    places = Places.default()
    bringup.ensure_root()
    state = read_state(places)
    features = machine.probe_kernel()
    honesty = machine.honesty_list(features)
    hosts = []
    memory = 0.0
    if state is not None:
        lab = running_lab(call.estate(), places)
        hosts = [(name, lab.role(name), lab.is_alive(name)) for name in lab.names]
        memory = lab.cgroups.memory_bytes() / 2**20
    if call.as_json:
        print_json(
            {
                "state": state,
                "hosts": [{"name": n, "role": r, "up": u} for n, r, u in hosts],
                "memory_mb": round(memory, 1),
                "kernel": features,
                "cannot_show": [{"what": what, "covered_by": by} for what, by in honesty],
            }
        )
        return Exit.FINE
    if state is None:
        print_line("No twin is up.")
    else:
        rows = [(name, role, "up" if alive else "down") for name, role, alive in hosts]
        print_table(f"Slice {state['slice']}, {memory:.0f} MiB", ("host", "role", "state"), rows)
    print_table("What the twin cannot show here", ("what", "covered in production by"), honesty)
    return Exit.FINE


@command.command(context_settings={"ignore_unknown_options": True})
@click.argument("host")
@click.argument("words", nargs=-1, type=click.UNPROCESSED)
@verb_options()
@acting_options
def ssh(call: Call, host: str, words: tuple[str, ...], *, acting: Acting) -> int:
    """Log in to HOST from the bastion over the estate's own lines (or run WORDS there).

    The certificate is for this host alone, for half an hour, and says who acts under which change.
    """
    places = Places.default()
    lab = running_lab(call.estate(), places)
    ensure_host(lab, host)
    conductor = bringup.conductor_of(lab, only=host, has_terminal=True, **acting.named)
    with conductor.at_bastion():
        argv = ["ssh", "-F", str(conductor.ssh_config), host, *words]
        with subprocess.Popen(argv) as session:
            while True:
                # Ctrl-C is for the session, which ends by itself.
                with contextlib.suppress(KeyboardInterrupt):
                    return session.wait()


@command.command(name="exec", context_settings={"ignore_unknown_options": True})
@click.argument("host")
@click.argument("words", nargs=-1, required=True, type=click.UNPROCESSED)
@verb_options()
def exec_(call: Call, host: str, words: tuple[str, ...]) -> int:
    """Run WORDS on the console of HOST as root, without any network."""
    lab = running_lab(call.estate(), Places.default())
    ensure_host(lab, host)
    done = lab.hosts[host].exec(words, deadline_s=600)
    if call.as_json:
        print_json(done)
    else:
        click.echo(done.stdout, nl=False)
        click.echo(done.stderr, nl=False, err=True)
    return done.returncode


@command.command()
@click.argument("wires", nargs=-1, required=True)
@verb_options()
def cut(call: Call, wires: tuple[str, ...]) -> int:
    """Take WIRES down (names: `hikae show network`); `heal` brings them back."""
    return _set_wires(call, wires, up=False)


@command.command()
@click.argument("wires", nargs=-1, required=True)
@verb_options()
def heal(call: Call, wires: tuple[str, ...]) -> int:
    """Bring WIRES up again that `cut` took down."""
    return _set_wires(call, wires, up=True)


def _set_wires(call: Call, wires: tuple[str, ...], *, up: bool) -> int:
    lab = running_lab(call.estate(), Places.default())
    for name in wires:
        if name not in lab.network.wires:
            known = ", ".join(sorted(lab.network.wires))
            raise RefusedCall(f"'{name}' is no wire of this slice; it has: {known}.")
    lab.network.set_wires(wires, up=up)
    if call.as_json:
        print_json({"wires": wires, "up": up, "at": time.time()})
    return Exit.FINE


@command.command()
@click.argument("hosts", nargs=-1, required=True)
@click.option("--boot", is_flag=True, help="Boot crashed hosts again instead.")
@verb_options()
def crash(call: Call, hosts: tuple[str, ...], boot: bool) -> int:
    """SIGKILL every process of HOSTS and take their lines down; `--boot` is the way back."""
    lab = running_lab(call.estate(), Places.default())
    for name in hosts:
        ensure_host(lab, name)
    if boot:
        lab.boot(hosts)
    else:
        lab.crash(hosts)
    if call.as_json:
        print_json({"hosts": hosts, "up": boot, "at": time.time()})
    return Exit.FINE


@command.command()
@click.option("--slice", "slice_name", default="core", show_default=True, help="What to keep.")
@verb_options()
@acting_options
def snapshot(call: Call, slice_name: str, *, acting: Acting) -> int:
    """Make the snapshot of a slice: boot it bare, converge it, keep it, clear the twin."""
    places, estate = Places.default(), call.estate()
    with hold(places, "hikae twin snapshot"), Progress() as progress:
        bringup.ensure_free(places)
        try:
            folder = bringup.make_snapshot(estate, slice_name, places, progress, acting.named)
        finally:
            clear_leftovers(places)
    if call.as_json:
        print_json({"snapshot": str(folder), "phases_s": progress.phases_s})
    else:
        print_line(f"Kept {folder}.")
    return Exit.FINE
