"""`hikae batch hold|release|skip|rerun|fence`: what people do to a night that runs; each act has a person and a reason."""

from __future__ import annotations

from typing import Any

import click

from cli.acting import Acting, acting_options
from cli.batch_reach import ask_night, batch_hosts
from cli.exits import Exit
from cli.head_keeping import recorded_at
from cli.options import Call, Production, verb_options
from cli.output import print_json, print_line
from cli.running import ensure_host, reach

__all__ = ["fence", "hold", "release", "rerun", "skip"]

_JOB = click.argument("job")
_NIGHT = click.option("--night", metavar="NAME", help="Which night (default: the one that runs).")
_WHY = click.option("--why", required=True, help="Why; the next shift reads it.")


@click.command()
@_JOB
@_NIGHT
@_WHY
@verb_options(Production.CONFIRMED)
@acting_options
def hold(call: Call, job: str, *, night: str | None, why: str, acting: Acting) -> Exit:
    """Keep JOB from starting until it is released; what waits for it waits too."""
    return _act(call, acting, "hold", night, job, why)


@click.command()
@_JOB
@_NIGHT
@verb_options(Production.CONFIRMED)
@acting_options
def release(call: Call, job: str, *, night: str | None, acting: Acting) -> Exit:
    """Let a held JOB start again."""
    return _act(call, acting, "release", night, job, "")


@click.command()
@_JOB
@_NIGHT
@_WHY
@verb_options(Production.CONFIRMED)
@acting_options
def skip(call: Call, job: str, *, night: str | None, why: str, acting: Acting) -> Exit:
    """Leave JOB out tonight; what waits for it goes on."""
    return _act(call, acting, "skip", night, job, why)


@click.command()
@_JOB
@_NIGHT
@_WHY
@click.option("--alone", is_flag=True, help="Not what waited for it and has ended.")
@verb_options(Production.CONFIRMED)
@acting_options
def rerun(
    call: Call, job: str, *, night: str | None, why: str, alone: bool, acting: Acting
) -> Exit:
    """Run JOB again as a new generation, and after it what waited for it and has ended."""
    return _act(call, acting, "rerun-alone" if alone else "rerun", night, job, why)


@click.command()
@click.argument("host")
@click.option("--how", required=True, help="How you know: powered off, cut from every network.")
@verb_options(Production.CONFIRMED)
@acting_options
def fence(call: Call, host: str, *, how: str, acting: Acting) -> Exit:
    """Vouch that nothing on HOST runs any more: what it ran is started elsewhere at once, not after its lease.

    If that is wrong, a job may be at work twice; its end counts once all the same, what it does outside may not.
    """
    reached = reach(call, acting)
    ensure_host(reached.fleet, host)
    others = [name for name in batch_hosts(reached) if name != host]
    words = ("fence", host, acting.person, acting.change, how)
    found = _recorded(call, acting, "batch fence", others, words)
    print_json(found) if call.as_json else print_line(f"{host} is fenced")
    return Exit.FINE


def _act(call: Call, acting: Acting, act: str, night: str | None, job: str, why: str) -> Exit:
    verb = f"batch {act.partition('-')[0]}"
    hosts = batch_hosts(reach(call, acting))
    words = (act, night or "", job, acting.person, acting.change, why)
    found = _recorded(call, acting, verb, hosts, words)
    if call.as_json:
        print_json(found)
    else:
        print_line(f"{found['act']} in {found['night']}: {', '.join(found['jobs'])}")
    return Exit.FINE


def _recorded(
    call: Call, acting: Acting, verb: str, hosts: Any, words: tuple[str, ...]
) -> dict[str, Any]:
    reached = reach(call, acting)
    # The twin is not held: the database keeps acts apart, and a night is acted on while a drill runs.
    with (
        recorded_at(reached, acting, verb, call.target, {"words": list(words)}) as recording,
        reached.conductor.at_bastion() as transport,
    ):
        found = ask_night(transport, hosts, *words)
        recording.end(Exit.FINE)
    return found
