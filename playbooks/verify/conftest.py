"""Fixtures of the read-only suite: every host is asked once, all at the same time, when the first test needs one."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import testinfra
from testinfra.host import Host

from playbooks.verify.state import HostState, gather


def pytest_addoption(parser: pytest.Parser) -> None:
    """Two options beside testinfra's own."""
    parser.addoption(
        "--estate-inventory",
        required=True,
        help="Ansible inventory of the estate as JSON: what the hosts are held against",
    )
    parser.addoption(
        "--probes",
        help="What to knock with (playbooks/probes.py, ssh_probes.py), as JSON; without: not done",
    )


@pytest.fixture(scope="session")
def states(request: pytest.FixtureRequest) -> dict[str, HostState | str]:
    """What every host of the run said, by name."""
    inventory = json.loads(Path(request.config.getoption("--estate-inventory")).read_text())
    options = request.config.option
    hosts = testinfra.get_hosts(
        options.hosts.split(","), connection=options.connection, ssh_config=options.ssh_config
    )
    return gather({_name(host): host for host in hosts}, inventory)


@pytest.fixture
def state(host: Host, states: dict[str, HostState | str]) -> HostState:
    """What this test's host said; a host that did not answer fails every test with its error."""
    found = states[_name(host)]
    if isinstance(found, str):
        pytest.fail(found, pytrace=False)
    return found


def _name(host: Host) -> str:
    return str(host.backend.hostname)
