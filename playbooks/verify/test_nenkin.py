"""The service is ready on application hosts, and only there."""

from __future__ import annotations

from testinfra.host import Host

from playbooks.verify.calls import get
from playbooks.verify.state import HostState


def test_service_reaches_a_writable_database(host: Host, state: HostState) -> None:
    """Asked by the balancers of its site: the service lets in its callers only."""
    if state.role == "balancer":
        for application in state.variables["hikae_applications"]:
            if application["site"] == state.variables["hikae_site"]:
                get(host, f"https://{application['address']}:8000/health/ready")


def test_batch_hosts_have_the_program_and_no_server(host: Host, state: HostState) -> None:
    if state.role == "batch":
        assert not state.is_active("nenkin"), "a batch host runs the server"
        done = host.run("cd / && /opt/nenkin/bin/python -sB -m nenkin jobs --json")
        assert done.rc == 0, done.stderr.strip()[-200:]


def test_settings_are_for_the_service_only(host: Host, state: HostState) -> None:
    if state.role in ("application", "batch"):
        done = host.run("sudo -n stat -c '%a %U %G' /etc/nenkin/nenkin.env")
        assert done.stdout.strip() == "640 root nenkin", done.stdout.strip()
