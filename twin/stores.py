"""Whether the object stores of a slice answer: after a boot their parts find each other for some seconds."""

from __future__ import annotations

import time
from collections.abc import Callable

from twin.answers import wait_answer
from twin.conductor import Conductor
from twin.lab import Lab

__all__ = ["wait_stores"]

_ROLE = "store"


def wait_stores(
    lab: Lab, conductor: Conductor, doing: Callable[[str], None], *, deadline_s: float
) -> None:
    """Wait until each store itself answers behind its gate; raises TwinFailed at the deadline."""
    stores = lab.estate.select(role=_ROLE, within=lab.names)
    # Databases archive there; the store's other ports are for people.
    flows = (flow for flow in lab.estate.flows if flow.target == _ROLE)
    ports = {flow.port for flow in flows if "database" in flow.sources and flow.port}
    if not (stores and lab.estate.backups):
        return
    doing("waiting for the object store")
    end, context = time.monotonic() + deadline_s, conductor.tls()
    with conductor.at_bastion():
        for url in (f"https://{store.address}:{port}/" for store in stores for port in ports):
            lack = f"No object store answers at {url} after {deadline_s:.0f} s."
            # It refuses a caller without its key; the gate says 503 while nobody is behind it.
            wait_answer(url, context, lambda status: 0 < status < 500, end=end, lack=lack)
