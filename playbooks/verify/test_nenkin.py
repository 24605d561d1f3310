"""The service is ready on application hosts, and only there."""

from __future__ import annotations

from testinfra.host import Host

from playbooks.verify.state import HostState

_SCRIPT = """
import sys, urllib.request
print(urllib.request.urlopen(sys.argv[1], timeout=5).status)
"""


def test_service_reaches_a_writable_database(host: Host, state: HostState) -> None:
    if state.role == "application":
        url = f"http://{state.variables['hikae_address']}:8000/health/ready"
        done = host.run("python3 -B -c %s %s", _SCRIPT, url)
        assert done.stdout.strip() == "200", done.stderr.strip()[-200:]


def test_batch_hosts_have_the_program_and_no_server(host: Host, state: HostState) -> None:
    if state.role == "batch":
        assert not state.is_active("nenkin"), "a batch host runs the server"
        done = host.run("cd / && /opt/nenkin/bin/python -sB -m nenkin jobs --json")
        assert done.rc == 0, done.stderr.strip()[-200:]


def test_password_is_for_the_service_only(host: Host, state: HostState) -> None:
    if state.role in ("application", "batch"):
        done = host.run("sudo -n stat -c '%a %U %G' /etc/nenkin/nenkin.env")
        assert done.stdout.strip() == "640 root nenkin", done.stdout.strip()
