"""sshd of every host: without a certificate that holds for it nobody is let in; no list of keys is anywhere."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from playbooks.authority import RENEW_BEFORE
from playbooks.ssh_probes import REFUSED
from playbooks.verify.knock_ssh import LET_IN, knock
from playbooks.verify.state import HostState, answering, of_each


@pytest.fixture(scope="session")
def knocked(
    request: pytest.FixtureRequest, states: dict[str, HostState | str]
) -> dict[str, dict[str, str]]:
    """By host and kind of login: what came of it."""
    kept = request.config.getoption("--probes")
    if kept is None:
        pytest.skip("no probes were given (--probes)")
    said = json.loads(Path(kept).read_text())["ssh"]
    known_hosts = Path(said["known_hosts"])

    def ask(host: HostState) -> dict[str, str]:
        logins = said["logins"][host.role]
        return knock(host.variables["hikae_address"], logins, known_hosts)

    return of_each(answering(states), ask)


@pytest.mark.parametrize("kind", REFUSED)
def test_ssh_refuses(state: HostState, knocked: dict[str, dict[str, str]], kind: str) -> None:
    answer = knocked[state.name][kind]
    assert answer.startswith("refused"), f"a login that is {kind}: {answer}"


def test_ssh_lets_in_who_has_a_certificate(
    state: HostState, knocked: dict[str, dict[str, str]]
) -> None:
    answer = knocked[state.name]["right"]
    assert answer == LET_IN, f"a login with a right certificate: {answer}"


def test_no_list_of_keys_is_anywhere(state: HostState) -> None:
    lists = state.said["ssh"]["lists"]
    assert not lists, f"there is {', '.join(lists)}"


def test_each_account_takes_its_own_principals(state: HostState) -> None:
    wanted = state.variables["hikae_principals"]
    found = state.said["ssh"]["principals"]
    assert found == wanted, f"principals are {found}"


def test_the_host_certificate_has_time_left(state: HostState) -> None:
    """What has less than a third left is renewed by the provision that came before."""
    days = state.said["ssh"]["left_s"] / 86400
    assert days > RENEW_BEFORE.days, f"sshd's certificate ends in {days:.1f} days"


def test_the_key_of_sshd_is_for_root_only(state: HostState) -> None:
    found = state.file("/etc/ssh/ssh_host_ed25519_key")
    kept = (found["mode"], found["owner"], found["group"])
    assert kept == ("0600", "root", "root"), f"sshd's key is {' '.join(kept)}"
