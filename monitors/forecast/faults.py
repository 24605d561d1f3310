"""Faults put into a made-up night: what is slower, and what fails."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from monitors.forecast.network import Floats, Network

__all__ = ["Fault", "InvalidFault", "fault_of", "with_faults"]


class InvalidFault(ValueError):
    """A fault cannot be put into this night; the sentence says which forms there are."""


@dataclass(frozen=True, slots=True)
class Fault:
    """`tempo` makes every job `factor` times as long, `slow` one job, `fail` lets one job fail and run again whole."""

    kind: str
    job: str = ""
    factor: float = 1.0


_FORMS = "write tempo=FACTOR, slow=JOB:FACTOR or fail=JOB"


def fault_of(text: str) -> Fault:
    """Read a fault; raises InvalidFault."""
    kind, _, rest = text.partition("=")
    try:
        if kind == "tempo":
            fault = Fault(kind, "", float(rest))
        elif kind == "slow":
            job, _, factor = rest.rpartition(":")
            fault = Fault(kind, job, float(factor))
        elif kind == "fail" and rest:
            return Fault(kind, rest)
        else:
            raise InvalidFault(f"fault {text!r} is unknown; {_FORMS}")
    except ValueError as error:
        raise InvalidFault(f"fault {text!r} has no number where one is due; {_FORMS}") from error
    if not 0 < fault.factor <= 1000:
        raise InvalidFault(f"fault {text!r}: the factor must lie above 0 and be at most 1000")
    return fault


def with_faults(
    network: Network, first: Floats, rerun: Floats, faults: Sequence[Fault]
) -> tuple[Floats, Floats]:
    """Minutes of first attempts and of reruns (0 = none) under the faults; raises InvalidFault."""
    at = network.position()
    first, rerun = first.copy(), rerun.copy()
    for fault in faults:
        if fault.kind == "tempo":
            first, rerun = first * fault.factor, rerun * fault.factor
            continue
        if fault.job not in at:
            near = [name for name in network.names if name.startswith(fault.job[:3])][:5]
            raise InvalidFault(
                f"{fault.job or '(no name)'} is no job of this night; take one such as "
                + ", ".join(near or network.names[:5])
            )
        if fault.kind == "slow":
            first[at[fault.job]] *= fault.factor
        else:
            rerun[at[fault.job]] = first[at[fault.job]]
    return first, rerun
