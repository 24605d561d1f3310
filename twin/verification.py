"""The read-only suite over a running slice, from the bastion: what was provisioned is what is there."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Sequence

from inventory.principals import OPERATOR
from playbooks import run
from playbooks.authority import Authority
from playbooks.probes import issue_probes
from playbooks.ssh_probes import issue_logins
from twin.conductor import Conductor
from twin.converge import server_inventory
from twin.fleet import Fleet

__all__ = ["complaint_of", "verify"]

_SHOWN = 5

Doing = Callable[[str], None]


def verify(
    lab: Fleet, conductor: Conductor, doing: Doing, *, limit: Sequence[str] = ()
) -> run.Verification:
    """Hold every host but the networks' own (or `limit`) against the inventory; changes nothing.

    The caller stands at the bastion.
    """
    hosts = [name for name in limit or lab.names if lab.role(name) != "provider"]
    doing(f"reading {len(hosts)} hosts and holding them against the description")
    inventory = server_inventory(lab)
    authority = Authority(lab.secrets, lab.estate.name)
    credentials = conductor.credentials
    roles = {lab.role(name) for name in lab.names}
    ssh = {
        "known_hosts": str(credentials.known_hosts),
        "logins": issue_logins(authority.ssh, credentials.logins[OPERATOR], roles),
    }
    return run.run_verify(
        run.VerifyRun(
            hosts=hosts,
            inventory=inventory,
            probes=issue_probes(authority, inventory) | {"ssh": ssh},
            ssh_config=conductor.ssh_config,
            workdir=lab.places.run / "verify",
        ),
        on_line=lambda line: None,
    )


def complaint_of(lab: Fleet, found: run.Verification) -> str:
    """The first findings in a sentence, or that the suite did not run; nothing when all holds."""
    if not found.findings and found.returncode == 0 and found.passed:
        return ""
    kept = lab.places.home / "failed-verify.log"
    shutil.copyfile(found.log, kept)
    if not found.findings:
        return f"The read-only suite did not run to its end: read {kept}."
    shown = "; ".join(f"{f.host} {f.test}: {f.words}" for f in found.findings[:_SHOWN])
    more = len(found.findings) - _SHOWN
    return (
        f"{len(found.findings)} of {found.passed + len(found.findings)} assertions do not hold: "
        f"{shown}{f'; and {more} more' if more > 0 else ''} (whole log: {kept})"
    )
