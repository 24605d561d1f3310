"""Hands the lead of etcd to a voter at a witness site, when this member has it and is not one.

Runs on every voter and asks only its own endpoint: `move-leader` is valid only there, and only from
the leader. Why: a new etcd leader extends every lease to its full length. When a disaster takes the
leader of etcd together with the leader of a database, the failover is 4 to 5 s longer; a leader at
a witness site is not lost with a centre.
"""

from __future__ import annotations

import json
import logging
import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

__all__ = ["Member", "Status", "main", "successor"]

# A voter this many entries behind would stall the cluster until it has caught up.
LAG_LIMIT = 1000
LOG = logging.getLogger("hikae-etcd-leader-home")


class EtcdctlFailed(Exception):
    """etcdctl gave no answer; the text is its own."""


@dataclass(frozen=True, slots=True)
class Member:
    """A voter: `number` is etcd's own identification, `client_url` where it answers."""

    name: str
    number: int
    client_url: str
    is_learner: bool = False


@dataclass(frozen=True, slots=True)
class Status:
    """What a member says of itself: its number, the leader it follows and its last log entry."""

    number: int
    leader: int
    index: int


def successor(
    own: Status, members: Sequence[Member], answers: Mapping[str, Status], preferred: Sequence[str]
) -> Member | None:
    """The member to hand the lead to, or None when the lead should stay where it is.

    Invariant: only the leader acts, never towards a member that does not answer, follows somebody
    else, is a learner or lags, and never when it is preferred itself; so two members never hand the
    lead back and forth.
    """
    names = {member.number: member.name for member in members}
    if own.leader != own.number or names.get(own.number) in preferred:
        return None
    by_name = {member.name: member for member in members}
    for name in preferred:
        member, status = by_name.get(name), answers.get(name)
        if member is None or status is None or member.is_learner:
            continue
        if status.leader == own.number and own.index - status.index <= LAG_LIMIT:
            return member
    return None


def main(environment: Mapping[str, str]) -> int:
    """One look and at most one hand-over; returns the exit code (0 also when nothing is to do)."""
    preferred = environment.get("HIKAE_ETCD_PREFERRED", "").split()
    endpoint = environment["ETCD_ADVERTISE_CLIENT_URLS"]
    if not preferred:
        return 0
    try:
        own = _statuses(endpoint)[endpoint]
        if own.leader != own.number:
            return 0
        members = _members(endpoint)
        urls = {member.client_url: member.name for member in members if member.name in preferred}
        answers = _statuses(",".join(urls)) if urls else {}
        heir = successor(
            own, members, {urls[url]: status for url, status in answers.items()}, preferred
        )
        if heir is not None:
            _etcdctl(endpoint, "move-leader", f"{heir.number:x}")
            LOG.warning("handed the lead of etcd to %s", heir.name)
    except (EtcdctlFailed, KeyError) as error:
        LOG.warning("left the lead of etcd as it is: %s", error)
        return 1
    return 0


def _members(endpoint: str) -> list[Member]:
    listing = json.loads(_etcdctl(endpoint, "member", "list", "-w", "json"))
    return [
        Member(
            name=entry.get("name", ""),
            number=entry["ID"],
            client_url=(entry.get("clientURLs") or [""])[0],
            is_learner=entry.get("isLearner", False),
        )
        for entry in listing["members"]
    ]


def _statuses(endpoints: str) -> dict[str, Status]:
    # etcdctl prints the members that answered and fails when one did not: its output counts, not
    # its exit code.
    text = _etcdctl(endpoints, "endpoint", "status", "-w", "json", is_failure_fine=True)
    return {
        entry["Endpoint"]: Status(
            number=entry["Status"]["header"]["member_id"],
            leader=entry["Status"].get("leader", 0),
            index=entry["Status"].get("raftIndex", 0),
        )
        for entry in json.loads(text or "[]") or []
    }


def _etcdctl(endpoints: str, *arguments: str, is_failure_fine: bool = False) -> str:
    try:
        done = subprocess.run(
            [
                "/usr/bin/etcdctl",
                f"--endpoints={endpoints}",
                "--dial-timeout=1s",
                "--command-timeout=2s",
                *arguments,
            ],
            # Certificate, key and trusted roots come from the member's settings.
            env={key: os.environ[key] for key in os.environ if key.startswith("ETCDCTL_")}
            | {"ETCDCTL_API": "3"},
            capture_output=True,
            text=True,
            timeout=8,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise EtcdctlFailed(str(error)) from error
    if done.returncode != 0 and not is_failure_fine:
        raise EtcdctlFailed(done.stderr.strip() or f"etcdctl ended with {done.returncode}")
    return done.stdout


if __name__ == "__main__":
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    sys.exit(main(os.environ))
