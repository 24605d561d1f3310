"""Every voter serves with a majority, and the lead of etcd lies at a witness site where there is one."""

from __future__ import annotations

import json
import time
from typing import Any

from testinfra.host import Host

from playbooks.verify.calls import ETCDCTL
from playbooks.verify.state import HostState

# The timer looks every 15 s; a run that just ended may have left the lead at a centre.
_HOME_DEADLINE_S = 45.0


def _statuses(host: Host, addresses: list[str]) -> list[dict[str, Any]]:
    endpoints = ",".join(f"https://{address}:2379" for address in addresses)
    done = host.run(f"{ETCDCTL} --endpoints=%s endpoint status -w json", endpoints)
    return list(json.loads(done.stdout or "[]") or [])


def test_voters_agree(host: Host, state: HostState) -> None:
    if state.role != "etcd":
        return
    voters = {voter["address"] for voter in state.variables["hikae_etcd"]}
    found = _statuses(host, sorted(voters))
    assert len(found) == len(voters), f"{len(found)} of {len(voters)} voters answer"
    leaders = {status["Status"]["leader"] for status in found}
    assert len(leaders) == 1, f"the voters follow {len(leaders)} leaders"


def test_lead_lies_at_a_witness(host: Host, state: HostState) -> None:
    """Waits for the timer, with a deadline."""
    if state.role != "etcd" or state.variables["hikae_site_kind"] != "centre":
        return
    timer = host.run("systemctl is-active hikae-etcd-leader-home.timer").stdout.strip()
    assert timer == "active", f"the timer is {timer}"
    wanted = host.run("grep ^HIKAE_ETCD_PREFERRED /etc/default/hikae-etcd").stdout
    if not wanted.partition("=")[2].strip().strip('"'):
        return
    ends = time.monotonic() + _HOME_DEADLINE_S
    while True:
        own = _statuses(host, [state.variables["hikae_address"]])
        leads = [s for s in own if s["Status"]["leader"] == s["Status"]["header"]["member_id"]]
        if own and not leads:
            return
        assert time.monotonic() < ends, "this voter leads, and it stands in a centre"
        time.sleep(2)


def test_returning_voter_cannot_unseat_the_leader(host: Host, state: HostState) -> None:
    if state.role == "etcd":
        done = host.run("grep -x ETCD_PRE_VOTE=true /etc/default/hikae-etcd")
        assert done.rc == 0, "pre-vote is off"
