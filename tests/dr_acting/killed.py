"""Drills on the simulated estate that are killed, each in a process of its own.

`python -m tests.dr_acting.killed` loads the estate once and reads lines `SCENARIO MOMENT STATE JOURNAL`; for each it
says how its process ended. MOMENT is seconds after the drill's begin, or the name of an act: `+crash` dies after it,
`-crash` before it. What the estate is like then is written to STATE, since it outlives whoever drilled.
"""

from __future__ import annotations

import os
import pickle
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from dr.preflight import make_plan
from dr.runner import run_drill
from dr.scenario_file import SHIPPED, find_scenario
from inventory import Estate, load_estate
from proof import Heading, Journal
from tests.dr_acting.watched import BEGIN
from tests.dr_acting.world import World

KEPT = (
    *("now_s", "acts", "started_at", "stopped_at", "fault_at", "healed_at", "blocked_at"),
    *("dead", "cut_off", "moved", "etcd_leader"),
)


def drill(estate: Estate, scenario: str, moment: str, state: str, journal: str) -> None:
    """Drill until the moment; this process ends there."""
    world = World(make_plan(find_scenario(scenario, SHIPPED), estate))

    def die() -> None:
        Path(state).write_bytes(pickle.dumps({name: getattr(world, name) for name in KEPT}))
        os._exit(9)

    if moment[0] in "+-":
        act: Callable[..., Any] = getattr(world, moment[1:])

        def dying(*args: Any) -> None:
            if moment[0] == "+":
                act(*args)
            die()

        setattr(world, moment[1:], dying)
    else:

        def look(world: World) -> None:
            if world.now_s > BEGIN + float(moment):
                die()

        world.on_sleep = look
    heading = Heading(
        "drill run", f"drill {scenario}", "shaho", "twin", "sato", "chief", "CHG-1", time.time()
    )
    run_drill(world.plan, world.kit(journal=Journal.begin(Path(journal), heading)))


def main() -> None:
    """Kill what is asked for until nobody asks any more."""
    estate = load_estate()
    for line in sys.stdin:
        child = os.fork()
        if child == 0:
            try:
                drill(estate, *line.split())
            finally:
                os._exit(1)
        sys.stdout.write(f"{os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])}\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
