"""Each cluster has one leader, a synchronous copy in another site, and no way round the gate."""

from __future__ import annotations

import json
import time
from typing import Any

from testinfra.host import Host

from playbooks.verify.calls import get
from playbooks.verify.state import HostState

# A member that has just joined becomes synchronous within a few rounds of 5 s.
_SYNC_DEADLINE_S = 40.0


def _patroni(host: Host, state: HostState) -> dict[str, Any]:
    url = f"https://{state.variables['hikae_address']}:8008"
    return {path: json.loads(get(host, f"{url}{path}")) for path in ("/cluster", "/config")}


def _cluster(state: HostState) -> dict[str, Any]:
    found: dict[str, Any] = state.variables["hikae_clusters"][state.variables["hikae_cluster"]]
    return found


def test_a_copy_in_another_site_is_synchronous(host: Host, state: HostState) -> None:
    """Waits until /sync names one, with a deadline: the site-RPO of 0 rests on it."""
    if state.role != "database":
        return
    site = {member["name"]: member["site"] for member in _cluster(state)["members"]}
    if len(set(site.values())) == 1:
        return
    ends = time.monotonic() + _SYNC_DEADLINE_S
    while True:
        members = _patroni(host, state)["/cluster"]["members"]
        leaders = [m["name"] for m in members if m["role"] == "leader"]
        copies = [m["name"] for m in members if m["role"] == "sync_standby"]
        if len(leaders) == 1 and any(site[name] != site[leaders[0]] for name in copies):
            return
        assert time.monotonic() < ends, f"leaders: {leaders}; synchronous: {copies}"
        time.sleep(2)


def test_settings_are_the_measured_ones(host: Host, state: HostState) -> None:
    if state.role != "database":
        return
    said = _patroni(host, state)["/config"]
    assert said["ttl"] >= said["loop_wait"] + 2 * said["retry_timeout"], f"ttl {said['ttl']}"
    assert said["synchronous_node_count"] == _cluster(state)["synchronous_node_count"]
    switches = {key: said[key] for key in ("synchronous_mode", "synchronous_mode_strict")}
    assert switches == {"synchronous_mode": True, "synchronous_mode_strict": False}
    assert said["failsafe_mode"] is False
    parameters = said["postgresql"]["parameters"]
    assert parameters["wal_sender_timeout"] == parameters["wal_receiver_timeout"] == "3s"


def test_pages_have_checksums_and_commits_wait(host: Host, state: HostState) -> None:
    if state.role != "database":
        return
    query = (
        "SELECT string_agg(name || '=' || setting, ' ' ORDER BY name) FROM pg_settings WHERE name "
        "IN ('data_checksums', 'fsync', 'full_page_writes', 'synchronous_commit')"
    )
    done = host.run("cd / && sudo -n runuser -u postgres -- psql -XAtc %s", query)
    wanted = "data_checksums=on fsync=on full_page_writes=on synchronous_commit=on"
    assert done.stdout.strip() == wanted, done.stdout.strip() or done.stderr.strip()


def test_failover_by_hand_is_refused(host: Host, state: HostState) -> None:
    if state.role == "database":
        # The wrapper refuses before it reads anything: nothing can happen here.
        done = host.run("sudo -n /usr/local/sbin/hikae-patronictl failover --help")
        assert done.rc == 2, f"hikae-patronictl failover ended with {done.rc}"
        assert host.run("test -e /opt/patroni/bin/patronictl").rc == 1, "patronictl is there"


def test_passwords_are_for_postgres_only(host: Host, state: HostState) -> None:
    if state.role == "database":
        done = host.run("sudo -n stat -c '%a %U %G' /etc/patroni/patroni.yml")
        assert done.stdout.strip() == "640 root postgres", done.stdout.strip()
