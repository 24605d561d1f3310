"""Certificates of a running lab: renewed on every host, and the authority's roots rolled over under way.

A rollover has three steps, and every host takes part in each: all trust the new roots, all get
certificates of the new, nobody trusts the old. A host that is left out would be cut off by the next
step, so the first failure stops it; the same call goes on from where it stands.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from playbooks import run
from playbooks.authority import Authority
from twin import converge
from twin.conductor import Conductor
from twin.fleet import Fleet

__all__ = ["ROLLOVER", "certify", "roll_over"]

Doing = Callable[[str], None]
# What stands before a step, and the step.
ROLLOVER = {"none": "begin", "begun": "switch", "switched": "end"}
_ALL_S = 10 * 365 * 86400


def certify(
    lab: Fleet,
    conductor: Conductor,
    doing: Doing,
    *,
    check: bool,
    all_of_them: bool,
    limit: str = "",
) -> tuple[run.Outcome, ...]:
    """Renew what is due, or all; the caller stands at the bastion."""
    return converge.provision(
        lab,
        conductor,
        doing,
        check=check,
        limit=limit,
        tags=("pki",),
        renew_before_s=_ALL_S if all_of_them else converge.DUE_S,
    )


def roll_over(
    lab: Fleet, conductor: Conductor, doing: Doing
) -> Iterator[tuple[str, tuple[run.Outcome, ...]]]:
    """Take the steps that are left, each on every host; ends early where a host failed."""
    authority = Authority(lab.secrets, lab.estate.name)
    acts = {
        "begin": authority.begin_rollover,
        "switch": authority.switch_rollover,
        "end": authority.end_rollover,
    }
    state = authority.rollover
    # A step that broke off on some host is done again there before the next begins.
    steps = list(ROLLOVER.values())
    left = steps if state == "none" else steps[list(ROLLOVER).index(state) :]
    if state != "none":
        conductor.credentials.renew()
        outcomes = certify(lab, conductor, doing, check=False, all_of_them=False)
        yield f"complete what {state} began", outcomes
        if any(outcome.failed_hosts for outcome in outcomes):
            return
    for step in left:
        acts[step]()
        # Hosts know this command by whoever signs now, and it knows them by whoever signed them.
        conductor.credentials.renew()
        outcomes = certify(lab, conductor, doing, check=False, all_of_them=False)
        yield step, outcomes
        if any(outcome.failed_hosts for outcome in outcomes):
            return
