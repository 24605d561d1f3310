"""A whole rehearsal: from the first estate to the last step, or to the first that does not hold."""

from __future__ import annotations

import time
from collections.abc import Sequence

from dr.evidence import Limit
from dr.failure import DrillAborted
from dr.migration.rehearser import Rehearser
from dr.migration.taken import Rehearsed

__all__ = ["LIMITS", "rehearse"]

LIMITS = (
    Limit(
        "Nothing stands behind the service addresses: balancers announce them by the step's home orders, whoever is well.",
        "`hikae drill run planned-switchover`: a service is handed over with its data",
    ),
    Limit(
        "The routers' packet filters let in what either estate's flows allow, from the first step to the last.",
        "`hikae net verify` compares each estate's filters with its flow table; `hikae provision` narrows them",
    ),
    Limit(
        "The networks' own devices, balancers and devices that join are changed at their consoles, without a guard.",
        "the networks' people change theirs; a device that joins is staged on a bench (`hikae net replace`)",
    ),
)
"""What this rehearsal cannot show, beside what no twin can."""


def rehearse(
    rehearser: Rehearser, target: str, slice_name: str, honesty: Sequence[Limit] = ()
) -> Rehearsed:
    """Carry a plan out; what was seen. An interruption (Ctrl-C) ends it, and what was measured by then is told."""
    started, stopped = time.time(), ""
    try:
        rehearser.begin()
        rehearser.run()
    except (DrillAborted, OSError) as reason:
        stopped = str(reason)
    except KeyboardInterrupt:
        stopped = "it was interrupted"
    return Rehearsed(
        source=rehearser.source.name,
        target=target,
        slice_name=slice_name,
        hosts=len(rehearser.hosts),
        planned=len(rehearser.passages),
        offices=tuple(rehearser.streams.offices),
        taken=tuple(rehearser.taken),
        started=started,
        ended=time.time(),
        stopped=stopped,
        late=sum(rehearser.streams.late.values()),
        memory_mb=round(rehearser.memory_mb, 1),
        honesty=(*honesty, *LIMITS),
    )
