"""How verbs of `hikae batch` reach the night: a batch host that answers, over SSH, from the bastion that conducts."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from cli.exits import RefusedCall
from cli.running import Reached
from dr.layout import Layout
from inventory.transport import Transport

__all__ = ["BatchFailed", "UnreachableBatch", "ask_night", "batch_hosts"]

_PYTHON = "/opt/hikae-batch/bin/python"
_ACCOUNT = "batch"
_CALL_S = 60.0
_LOST = 3


class UnreachableBatch(Exception):
    """No batch host answers, or none of them reaches the database that keeps the night."""


class BatchFailed(Exception):
    """What keeps the night did not do what was asked; the text says why."""


def batch_hosts(reached: Reached) -> tuple[str, ...]:
    """The batch hosts that stand, those of the conductor's own site first; RefusedCall where there are none."""
    fleet = reached.fleet
    found = [name for name in fleet.names if fleet.role(name) == "batch"]
    if not found:
        raise RefusedCall("This slice has no batch host: boot one that has, such as `core`.")
    home = fleet.estate.hosts[reached.conductor.bastion].site
    return tuple(sorted(found, key=lambda name: fleet.estate.hosts[name].site != home))


def ask_night(
    transport: Transport,
    hosts: Sequence[str],
    *words: str,
    stdin: str | None = None,
    deadline_s: float = _CALL_S,
) -> dict[str, Any]:
    """Ask one batch host after the other until one answers; its JSON.

    Everything asked for may be asked for twice. RefusedCall says what the night refuses; UnreachableBatch, BatchFailed.
    """
    layout = Layout()
    argv = ["/usr/sbin/runuser", "-u", _ACCOUNT, "-g", _ACCOUNT, "-G", layout.key_group, "--"]
    argv += [_PYTHON, "-sB", "-m", "monitors.dispatch", *words]
    said = []
    for host in hosts:
        done = transport.run(host, argv, deadline_s=deadline_s, stdin=stdin, sudo=True)
        try:
            document: dict[str, Any] = json.loads(done.stdout.strip().splitlines()[-1])
        except (ValueError, IndexError):
            said.append(f"{host}: {done.stderr.strip() or 'no answer'}"[:300])
            continue
        if done.is_ok:
            return document
        if done.returncode == _LOST:
            said.append(f"{host}: {document.get('error', '')}")
            continue
        if done.returncode in (1, 2):
            raise RefusedCall(str(document.get("error", "refused")))
        raise BatchFailed(f"{host}: {document}")
    raise UnreachableBatch("No batch host could ask the night. " + "; ".join(said))
