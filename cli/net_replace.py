"""`hikae net replace`: a branch router died, and somebody who is no engineer plugs in another one."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import click

from cli.acting import Acting, acting_options
from cli.exits import Exit, RefusedCall
from cli.head_keeping import recorded_at
from cli.interruption import By, killed_runs, settle_killed
from cli.net_replace_show import Teller, show_card, show_replaced
from cli.options import Call, Production, verb_options
from cli.output import Progress
from cli.running import Reached, reach
from cli.settlers.net_replace import ABANDON
from dr.replacement import (
    RUNBOOK,
    Case,
    Gone,
    Log,
    Replaced,
    Standing,
    find_router,
    read_standing,
    replace_router,
)
from inventory import Host
from runbooks import Runbook, find_runbook
from twin.lock import hold
from twin.replacement import computed_routes, depot_of, verify_one
from twin.rolling import tools_of

__all__ = ["command"]


@click.command("replace")
@click.argument("site")
@click.option(
    "--key",
    "key_file",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    help="Production: the public key that the spare made for itself.",
)
@click.option(
    "--wait",
    "wait_s",
    type=click.FloatRange(min=0),
    default=900.0,
    show_default=True,
    metavar="SECONDS",
    help="How long to wait for a device that is being plugged in.",
)
@click.option("--card", is_flag=True, help="Only print the card for the person at the branch.")
@click.option("--abandon", is_flag=True, help="End a replacement that is under way.")
@verb_options(Production.CONFIRMED)
@acting_options
def command(
    call: Call,
    site: str,
    key_file: Path | None,
    wait_s: float,
    card: bool,
    abandon: bool,
    *,
    acting: Acting,
) -> int:
    """Replace the dead router of SITE by a spare, from its withdrawn identity to the proof that the branch works.

    Stopped anywhere, for whatever reason, the same command goes on where it stands.
    """
    estate = call.estate()
    runbook = _runbook(call)
    if card:
        show_card(call, runbook, estate, find_router(estate, site, tuple(estate.hosts)))
        return Exit.FINE
    reached = reach(call, acting)
    device = find_router(estate, site, reached.fleet.names)
    if abandon:
        return _abandon(call, reached, device, acting)
    stood = _standing(call, reached, device)
    if "dead" not in stood.done:
        _refuse_living(reached, device)
    key = "" if key_file is None else key_file.read_text(encoding="utf-8").strip()
    fleet = reached.fleet
    context = {"site": site, "slice": fleet.slice_name}
    teller = Teller(call, runbook, estate, device)
    with (
        hold(fleet.places, "hikae net replace"),
        recorded_at(reached, acting, "net replace", call.target, context) as recording,
        Progress() as progress,
    ):
        progress.phase("replace")
        recording.show("\n".join(stood.sentences()), {"steps done": len(stood.done)})
        log = Log(recording.journal, stood)
        recording.take_over()

        def tell(step: str, gone: Gone | None) -> None:
            progress.pause()
            teller.tell(step, gone)
            progress.resume()

        replaced = _replace(reached, device, log, stood, wait_s, key, tell, progress.doing)
        recording.keep([fleet.places.run / "transcripts" / f"{device.name}.txt"])
        code = _code(replaced)
        stopped = replaced.stopped
        recording.end(code, [] if stopped is None else [f"{stopped.step}: {stopped.note}"])
    show_replaced(call, device, replaced)
    return code


def _replace(
    reached: Reached,
    device: Host,
    log: Log,
    stood: Standing,
    wait_s: float,
    key: str,
    tell: Callable[[str, Gone | None], None],
    say: Callable[[str], None],
) -> Replaced:
    fleet, conductor = reached.fleet, reached.conductor
    with conductor.at_bastion() as transport:
        # Playbooks that were cut off announced things to do that nobody else knows.
        is_cut_off = stood.open_step == "provision"
        tools = tools_of(fleet, conductor, transport, say, is_unfinished=is_cut_off)
        case = Case(
            device=device,
            tools=tools,
            depot=depot_of(fleet, conductor, tools, device.name, key=key),
            log=log,
            expected=lambda: computed_routes(fleet, device.name),
            verify=lambda host: verify_one(fleet, conductor, say, host),
            wait_s=wait_s,
        )
        return replace_router(case, tell)


def _runbook(call: Call) -> Runbook:
    found = find_runbook(RUNBOOK, call.estate_path)
    if found is None:
        raise RefusedCall(f"The runbook '{RUNBOOK}' is missing: its headings are the steps.")
    return found


def _refuse_living(reached: Reached, device: Host) -> None:
    """Before anything is recorded or withdrawn: a device that lives is not given up by a slip of the pen."""
    with reached.conductor.at_bastion() as transport:
        tools = tools_of(reached.fleet, reached.conductor, transport, lambda _: None)
        is_alive = depot_of(reached.fleet, reached.conductor, tools, device.name).is_alive()
    if is_alive:
        raise RefusedCall(
            f"{device.name} answers, and replacing it would take its identity away for good. Have it switched "
            f"off first; on a twin: `hikae twin crash {device.name}`."
        )


def _standing(call: Call, reached: Reached, device: Host) -> Standing:
    """Where the replacement of the device stands; at its beginning where none is under way."""
    fleet = reached.fleet
    for broken in reversed(killed_runs(fleet.places, call.target, fleet.estate.name)):
        standing = read_standing(broken)
        if standing is not None and standing.device == device.name:
            return standing
    return Standing(str(device.site), device.name)


def _abandon(call: Call, reached: Reached, device: Host, acting: Acting) -> int:
    stood = _standing(call, reached, device)
    if not stood.done and stood.open_step is None:
        raise RefusedCall(f"No replacement of {device.name} is under way.")
    estate, places = reached.fleet.estate, reached.fleet.places
    with hold(places, "hikae net replace --abandon"):
        settle_killed(By(estate, acting, ABANDON, call.target, places, {"site": device.site}))
    return Exit.FINE


def _code(replaced: Replaced) -> Exit:
    if replaced.is_done:
        return Exit.FINE
    return Exit.UNREACHABLE if replaced.waits else Exit.ABORTED
