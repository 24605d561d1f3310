"""Batch hosts run the night where a cluster keeps one: a dispatcher, workers, and their schema in the database."""

from __future__ import annotations

import json

from testinfra.host import Host

from playbooks.verify.state import HostState


def _keeps_night(state: HostState) -> bool:
    clusters = state.variables["hikae_clusters"].values()
    return state.role == "batch" and any(cluster.get("night") for cluster in clusters)


def test_dispatcher_and_a_worker_run(state: HostState) -> None:
    if _keeps_night(state):
        idle = [
            unit for unit in ("hikae-dispatcher", "hikae-worker@1") if not state.is_active(unit)
        ]
        assert not idle, f"not running: {', '.join(idle)}"


def test_the_night_can_be_asked(host: Host, state: HostState) -> None:
    if _keeps_night(state):
        ask = "/opt/hikae-batch/bin/python -sB -m monitors.dispatch nights"
        done = host.run(f"cd / && sudo -n runuser -u batch -g batch -G hikae-tls -- {ask}")
        assert done.rc == 0, (done.stderr + done.stdout).strip()[-200:]
        assert "nights" in json.loads(done.stdout)


def test_settings_are_for_the_night_only(host: Host, state: HostState) -> None:
    if _keeps_night(state):
        done = host.run("sudo -n stat -c '%a %U %G' /etc/hikae-batch/batch.json")
        assert done.stdout.strip() == "640 root batch", done.stdout.strip()
