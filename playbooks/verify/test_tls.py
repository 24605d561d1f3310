"""TLS ports: without a certificate, with an ended one or one of another role nobody is let in; the right are."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest

from playbooks.authority import RENEW_BEFORE
from playbooks.verify.state import HostState, answering, of_each

_PROGRAM = Path(__file__).with_name("knock.py")
_DEADLINE_S = 240
# etcd 3.4 cannot be told a least version; it takes TLS 1.2 with authenticated encryption only.
_ALSO_TLS_1_2 = (2379, 2380)

# Alertmanagers speak a language of their own, which answers nothing to ours.
# Nor do they ask for a role: TLS keeps out the other zone, and the firewall everybody but the peers.
_GOSSIP = 9094
_AGREEMENT = ["bastion", "database", "etcd", "monitoring"]

Row = tuple[int, str, str, str]


@pytest.fixture(scope="session")
def knocked(
    request: pytest.FixtureRequest, states: dict[str, HostState | str]
) -> dict[str, list[Row] | str]:
    """What each host's ports said, or why it could not knock."""
    kept = request.config.getoption("--probes")
    if kept is None:
        pytest.skip("no probes were given (--probes)")
    probes = json.loads(Path(kept).read_text())
    ssh_config = str(request.config.option.ssh_config)

    def ask(state: HostState) -> list[Row] | str:
        ports = list(_ports(state))
        # Only what is knocked with from the host goes there.
        said = {"trust": probes["trust"], "roles": probes["roles"], "ports": ports}
        return _knock(state.name, said, ssh_config) if ports else []

    return of_each(answering(states), ask)


@pytest.fixture
def rows(state: HostState, knocked: dict[str, list[Row] | str]) -> list[Row]:
    """One row for each knock at this host's own ports: port, kind, role of the caller, answer."""
    found = knocked[state.name]
    if isinstance(found, str):
        pytest.fail(found, pytrace=False)
    return found


def _ports(state: HostState) -> Any:
    for text, callers in state.variables.get("hikae_callers", {}).items():
        number, own = int(text), state.variables["hikae_address"]
        port = {"port": number, "callers": callers, "speaks": "http", "address": own, "name": own}
        clusters = state.variables["hikae_clusters"]
        if (
            state.role == "database"
            and number == clusters[state.variables["hikae_cluster"]]["port"]
        ):
            # From the host itself only members are let in; sessions come through the balancers.
            startup = {"user": "replicator", "replication": "true"}
            yield port | {"speaks": "postgres", "startup": startup, "callers": ["database"]}
            continue
        cluster = [name for name, said in clusters.items() if said["balancer_port"] == number]
        if state.role == "balancer" and cluster:
            startup = {"user": "nenkin", "database": clusters[cluster[0]]["databases"][0]}
            yield port | {"speaks": "postgres", "startup": startup, "name": cluster[0]}
        elif state.role == "monitoring" and number == _GOSSIP:
            yield port | {"speaks": "gossip", "callers": _AGREEMENT}
        elif state.role == "balancer" and number in (5001, 5002):
            # The flows name the port of every cluster; a slice may be without one.
            continue
        elif state.role == "balancer" and number in _service_ports(state):
            for address in _service_addresses(state, number):
                yield port | {"address": address, "name": address}
        else:
            yield port


def _service_ports(state: HostState) -> set[int]:
    return {int(said["port"]) for said in state.variables["hikae_services"].values()}


def _service_addresses(state: HostState, port: int) -> list[str]:
    services, site = state.variables["hikae_services"].values(), state.variables["hikae_site"]
    return sorted(s["address"] for s in services if s["port"] == port and site in s["home_order"])


def _knock(name: str, said: dict[str, Any], ssh_config: str) -> list[Row] | str:
    call = f"raise SystemExit(main({json.dumps(json.dumps(said))}))\n"
    try:
        done = subprocess.run(
            ["ssh", "-F", ssh_config, name, "python3 -sB -"],
            input=f"{_PROGRAM.read_text(encoding='utf-8')}\n{call}",
            capture_output=True,
            text=True,
            timeout=_DEADLINE_S,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return f"{name} had not knocked at all its ports after {_DEADLINE_S} s"
    if done.returncode:
        return f"{name} could not knock: {done.stderr.strip()[-300:]}"
    return [(int(port), kind, role, answer) for port, kind, role, answer in json.loads(done.stdout)]


def _let_in(rows: list[Row], kind: str) -> list[str]:
    return [f"{port} by {role or 'nobody'}" for port, of, role, said in rows if of == kind and said]


def test_a_plain_connection_is_refused(rows: list[Row]) -> None:
    wrong = _let_in(rows, "plain")
    assert not wrong, f"answered without TLS: {', '.join(wrong)}"


def test_a_caller_without_certificate_is_refused(rows: list[Row]) -> None:
    wrong = _let_in(rows, "none")
    assert not wrong, f"let in without a certificate: {', '.join(wrong)}"


def test_an_expired_certificate_is_refused(rows: list[Row]) -> None:
    wrong = _let_in(rows, "expired")
    assert not wrong, f"let in with a certificate that has ended: {', '.join(wrong)}"


def test_another_role_is_refused(rows: list[Row]) -> None:
    wrong = _let_in(rows, "other-role")
    assert not wrong, f"let in with another role's certificate: {', '.join(wrong)}"


def test_old_tls_is_refused(rows: list[Row]) -> None:
    rows = [row for row in rows if row[0] not in _ALSO_TLS_1_2]
    wrong = _let_in(rows, "old-tls")
    assert not wrong, f"spoke TLS 1.2: {', '.join(wrong)}"


def test_the_right_roles_are_let_in(rows: list[Row]) -> None:
    shut_out = [
        f"{port} by {role}" for port, kind, role, said in rows if kind == "right" and not said
    ]
    assert not shut_out, f"refused: {', '.join(shut_out)}"
    versions = {said.split()[0] for _, kind, _, said in rows if kind == "right"}
    assert versions <= {"TLSv1.3"}, f"spoke {', '.join(sorted(versions))}"


def test_the_certificate_is_the_hosts_and_has_time_left(state: HostState) -> None:
    """What has less than a third left is renewed by the provision that came before."""
    if state.variables.get("hikae_certificate"):
        said = state.said["certificate"]
        assert (said["host"], said["role"]) == (state.name, state.role)
        days = said["left_s"] / 86400
        assert days > RENEW_BEFORE.days, f"the certificate ends in {days:.1f} days"


def test_the_key_is_for_root_and_the_services_only(state: HostState) -> None:
    if state.variables.get("hikae_certificate"):
        found = state.file("/etc/hikae/tls/host.pem")
        assert found, "no certificate"
        kept = (found["mode"], found["owner"], found["group"])
        assert kept == ("0640", "root", "hikae-tls"), f"host.pem is {' '.join(kept)}"
