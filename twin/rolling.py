"""The hands of a rolling change on a lab: the same pushes, playbooks and SSH as everywhere else."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from dr.fetch import connect_https
from dr.rolling.tools import Tools, Watchers
from inventory.transport import Transport
from twin.conductor import Conductor
from twin.converge import complaint_of, provision
from twin.fleet import Fleet
from twin.pushing import push_drain

__all__ = ["tools_of"]


def tools_of(
    lab: Fleet,
    conductor: Conductor,
    transport: Transport,
    say: Callable[[str], None],
    watchers: Watchers | None = None,
    *,
    is_unfinished: bool = False,
    why: str = "patch",
) -> Tools:
    """The tools for a lab, from where the caller stands: at the conductor's bastion.

    `is_unfinished` makes playbooks do also what a killed run of them had announced and not yet done; `why` is kept with
    what is pushed to routers.
    """

    def routing(hosts: Sequence[str], *, is_drained: bool) -> tuple[str, ...]:
        results = push_drain(lab, conductor, hosts, is_drained=is_drained, why=why)
        return tuple(f"{each.device}: {each.error}" for each in results if each.error is not None)

    def playbooks(hosts: Sequence[str]) -> tuple[str, ...]:
        outcomes = provision(
            lab, conductor, say, limit=",".join(hosts), is_unfinished=is_unfinished
        )
        said = [complaint_of(lab, outcome) for outcome in outcomes]
        return tuple(words for words in said if words)

    return Tools(
        estate=lab.estate,
        hosts=lab.names,
        transport=transport,
        connect=connect_https(conductor.tls()),
        routing=routing,
        provision=playbooks,
        say=say,
        watchers=watchers or Watchers(),
    )
