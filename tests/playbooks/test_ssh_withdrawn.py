"""Keys of machines that are gone: believed by no tool, signed no more, forgotten only when they mean nothing."""

from __future__ import annotations

import datetime
import subprocess
from pathlib import Path

import pytest
from paramiko.pkey import PublicBlob

from inventory.host_keys import refusal
from playbooks import ssh_certificates as ssh
from playbooks.authority import Authority, sign_all
from playbooks.secret_store import SecretStore
from playbooks.ssh_authority import SshAuthority
from playbooks.ssh_certificates import InvalidLogin
from playbooks.ssh_withdrawn import WithdrawnHosts, fingerprint, key_of

NOW = datetime.datetime.now(datetime.UTC)
LIFE = datetime.timedelta(days=30)
NAMES = ("a-r1", "10.0.0.1")


@pytest.fixture
def authority(tmp_path: Path) -> SshAuthority:
    return SshAuthority(SecretStore(tmp_path / "secrets"), "kyosai")


def public() -> str:
    return ssh.public_line(ssh.new_key())


def known(authority: SshAuthority) -> list[list[str]]:
    return [line.split() for line in authority.withdrawn.lines().splitlines()]


def test_a_withdrawn_key_is_a_line_of_known_hosts(authority: SshAuthority) -> None:
    key = public()
    signed = authority.sign_host(key, NAMES, LIFE, NOW)
    assert authority.last_issued("a-r1") == signed
    assert authority.withdrawn.lines() == ""
    told = authority.withdrawn.withdraw(signed)
    assert known(authority) == [["@revoked", "*", *key.split()]]
    assert told == fingerprint(key)
    # Once more, as after a kill.
    authority.withdrawn.withdraw(signed)
    assert len(known(authority)) == 1


def test_the_fingerprint_is_that_of_ssh_keygen(tmp_path: Path) -> None:
    path = tmp_path / "key.pub"
    path.write_text(public())
    said = subprocess.run(
        ["ssh-keygen", "-l", "-f", str(path)], capture_output=True, text=True, check=True
    )
    assert said.stdout.split()[1] == fingerprint(path.read_text())


def test_openssh_finds_the_key_revoked(authority: SshAuthority, tmp_path: Path) -> None:
    """ssh-keygen, which is none of ours, reads the line as a revoked key of that host."""
    signed = authority.sign_host(public(), NAMES, LIFE, NOW)
    authority.withdrawn.withdraw(signed)
    path = tmp_path / "known_hosts"
    path.write_text(authority.known_hosts() + authority.withdrawn.lines())
    said = subprocess.run(
        ["ssh-keygen", "-F", "10.0.0.1", "-f", str(path)],
        capture_output=True,
        text=True,
        check=True,
    )
    assert "REVOKED" in said.stdout
    assert "CA" in said.stdout


def test_nothing_more_is_signed_for_it(authority: SshAuthority) -> None:
    key, other = public(), public()
    authority.withdrawn.withdraw(authority.sign_host(key, NAMES, LIFE, NOW))
    with pytest.raises(InvalidLogin, match="was withdrawn, its machine was given up"):
        authority.sign_host(key, NAMES, LIFE, NOW)
    assert authority.sign_host(other, NAMES, LIFE, NOW)
    # The playbooks' question is answered with the refusal, of that host only.
    asked = {"public": key, "role": "router", "address": "10.0.0.1", "certificate": None}
    answers = sign_all(
        Authority(authority.store, "kyosai"), {"a-r1": asked, "b-r1": {**asked, "public": other}}
    )
    assert "was withdrawn" in answers["a-r1"]["refused"]
    assert "ssh" in answers["b-r1"]


def test_it_is_forgotten_when_its_certificate_has_ended(authority: SshAuthority) -> None:
    signed = authority.sign_host(public(), NAMES, LIFE, NOW)
    authority.withdrawn.withdraw(signed)
    assert authority.withdrawn.lines(NOW + LIFE - datetime.timedelta(minutes=1))
    assert authority.withdrawn.lines(NOW + LIFE + datetime.timedelta(minutes=1)) == ""
    assert authority.withdrawn.has(key_of(signed))


def test_what_is_no_certificate_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InvalidLogin):
        WithdrawnHosts(tmp_path).withdraw(public())


def test_tools_that_know_no_authorities_refuse_it_too(authority: SshAuthority) -> None:
    key = public()
    signed = authority.sign_host(key, NAMES, LIFE, NOW)
    shown = PublicBlob.from_string(signed)
    ours = [" ".join(authority.hosts.public().split()[:2]).encode()]
    assert refusal(shown, "10.0.0.1", ours) == ""
    words = refusal(shown, "10.0.0.1", ours, withdrawn=[key.encode()])
    assert words == "its key was withdrawn: the machine that had it was given up"
