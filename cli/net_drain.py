"""`hikae net drain` and `hikae net undrain`: a router taken out of the way before it stops, and put back when it is whole.

The same ways as those of a rolling change. A router that is drained stays so, over pushes and reboots, until it is led back
to; what was killed half-way is led back to by the command that comes next.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import click

from cli.acting import Acting, acting_options
from cli.exits import Exit, RefusedCall
from cli.head_keeping import recorded_at
from cli.options import Call, Production, verb_options
from cli.output import Progress, print_error, print_json, print_line
from cli.record import Recording
from cli.running import Reached, ensure_host, reach
from dr.rolling.journal import Log
from dr.rolling.roller import led_back
from dr.rolling.tools import Tools
from dr.rolling.ways import Way, WayFailed, take, ways_around
from twin.lock import hold
from twin.rolling import tools_of

__all__ = ["drain", "drain_by", "show_worked", "undrain", "undrain_by"]

Work = Callable[[Tools, Sequence[Way], Log], tuple[list[str], list[str]]]


@click.command()
@click.argument("host")
@click.option("--why", default="drain", help="Why, for the device's history.")
@verb_options(Production.CONFIRMED)
@acting_options
def drain(call: Call, host: str, *, why: str, acting: Acting) -> Exit:
    """Lead everybody around a router and wait until nothing passes: then it may be stopped."""
    return _act(call, host, "net drain", why, acting, drain_by)


@click.command()
@click.argument("host")
@click.option("--why", default="undrain", help="Why, for the device's history.")
@verb_options(Production.CONFIRMED)
@acting_options
def undrain(call: Call, host: str, *, why: str, acting: Acting) -> Exit:
    """Lead back to a router that is drained, once its sessions are up."""
    return _act(call, host, "net undrain", why, acting, undrain_by)


def drain_by(tools: Tools, ways: Sequence[Way], log: Log) -> tuple[list[str], list[str]]:
    """Take ways in order: what came of them, and what failed; then everything is led back that can be."""
    said: list[str] = []
    for way in ways:
        log.drain(way)
        tools.say(f"{way.kind} of {way.host}")
        try:
            said.append(take(tools, way))
        except (WayFailed, OSError) as reason:
            back = [led_back(tools, each, is_waiting=False) for each in reversed(log.drained)]
            _forget(log, back)
            return said, [str(reason), *(sentence for sentence in back if sentence)]
    # What is wished for is not in force by an accident: nobody undoes it after this.
    _forget(log, [None] * len(ways))
    return said, []


def undrain_by(tools: Tools, ways: Sequence[Way], log: Log) -> tuple[list[str], list[str]]:
    """Take ways back, the last first; a router that cannot be led back to stays drained, which harms nobody."""
    for way in ways:
        log.drain(way)
    failed = [led_back(tools, way, is_waiting=True) for way in reversed(ways)]
    _forget(log, [None] * len(ways))
    said = [] if any(failed) else [f"{ways[0].host} is led back to"]
    return said, [sentence for sentence in failed if sentence]


def _forget(log: Log, left: Sequence[str | None]) -> None:
    """Write down what is settled; `left` has a sentence for each way, in reverse, that is not."""
    for way, sentence in zip(reversed(log.drained), left, strict=True):
        if sentence is None:
            log.led_back(way)


def _act(call: Call, host: str, verb: str, why: str, acting: Acting, work: Work) -> Exit:
    if call.is_production:
        acting.refuse_frozen(call.estate(), f"hikae {verb}")
    reached = reach(call, acting)
    fleet = reached.fleet
    ensure_host(fleet, host)
    if fleet.role(host) != "router":
        raise RefusedCall(f"{host} is a {fleet.role(host)}: only routers are drained by hand.")
    context = {"host": host, "slice": fleet.slice_name}
    with (
        hold(fleet.places, f"hikae {verb}"),
        recorded_at(reached, acting, verb, call.target, context) as recording,
        Progress() as progress,
    ):
        progress.phase(f"{verb} {host}")
        said, failed = _worked(reached, host, why, progress, recording, work)
        code = Exit.ABORTED if failed else Exit.FINE
        recording.keep([fleet.places.run / "transcripts" / f"{host}.txt"])
        recording.end(code, failed)
    show_worked(call, host, said, failed, is_draining=work is drain_by)
    return code


def show_worked(
    call: Call, host: str, said: Sequence[str], failed: Sequence[str], *, is_draining: bool
) -> None:
    """Print what came of it; whether a router is drained is not known where it failed."""
    if call.as_json:
        is_drained = None if failed else is_draining
        print_json({"host": host, "is_drained": is_drained, "said": said, "failed": failed})
        return
    for sentence in said:
        print_line(sentence)
    for sentence in failed:
        print_error(sentence)


def _worked(
    reached: Reached, host: str, why: str, progress: Progress, recording: Recording, work: Work
) -> tuple[list[str], list[str]]:
    fleet, conductor = reached.fleet, reached.conductor
    with conductor.at_bastion() as transport:
        tools = tools_of(fleet, conductor, transport, progress.doing, why=why)
        ways = ways_around(tools, [host], [host])
        if not ways:
            raise RefusedCall(
                f"{host} is the only router of its site: nothing leads around it; whoever is behind it waits."
            )
        return work(tools, ways, Log(recording.journal))
