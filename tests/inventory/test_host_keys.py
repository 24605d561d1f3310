"""A host is taken by its certificate only: each way in which one can be wrong is refused, in a sentence."""

from __future__ import annotations

import base64
import datetime
from collections.abc import Callable
from pathlib import Path

import paramiko
import pytest
from paramiko.pkey import PublicBlob

from inventory.host_keys import CertifiedHosts, refusal
from playbooks import ssh_certificates as ssh
from playbooks.ssh_certificates import Login

NOW = datetime.datetime(2026, 11, 24, 12, tzinfo=datetime.UTC)
DAY = datetime.timedelta(days=1)
OURS, THEIRS, HOST = ssh.new_key(), ssh.new_key(), ssh.public_line(ssh.new_key())
TRUSTED = [ssh.public_line(OURS).encode()]


def certificate(begins: datetime.datetime = NOW, *names: str) -> str:
    return ssh.host_certificate(HOST, names or ("a-db1", "10.0.0.1"), OURS, begins, DAY)


def altered() -> str:
    kind, blob, *_ = certificate().split()
    data = bytearray(base64.b64decode(blob))
    at = data.index(b"10.0.0.1")
    data[at : at + 8] = b"10.0.0.9"
    return f"{kind} {base64.b64encode(data).decode()}"


@pytest.mark.parametrize("called", ["10.0.0.1", "a-db1", "[10.0.0.1]:2222"])
def test_a_host_that_is_what_was_called_is_taken(called: str) -> None:
    shown = PublicBlob.from_string(certificate())
    assert refusal(shown, called, TRUSTED, NOW.timestamp()) == ""


@pytest.mark.parametrize(
    ("shown", "words"),
    [
        (lambda: HOST, "plain key and no certificate"),
        (lambda: certificate(NOW - 2 * DAY), "has ended or not begun"),
        (lambda: certificate(NOW + DAY), "has ended or not begun"),
        (lambda: certificate(NOW, "a-db2", "10.0.0.2"), "is for a-db2, 10.0.0.2"),
        (lambda: ssh.host_certificate(HOST, ["10.0.0.1"], THEIRS, NOW, DAY), "nobody here trusts"),
        (
            lambda: ssh.login_certificate(HOST, Login("a", "b", ("10.0.0.1",), ""), OURS, NOW),
            "that of a person",
        ),
    ],
)
def test_a_host_that_is_not_is_refused(shown: Callable[[], str], words: str) -> None:
    blob = PublicBlob.from_string(shown())
    assert words in refusal(blob, "10.0.0.1", TRUSTED, NOW.timestamp())


def test_an_altered_certificate_is_refused() -> None:
    shown = PublicBlob.from_string(altered())
    assert refusal(shown, "10.0.0.9", TRUSTED, NOW.timestamp()) == "its certificate was altered"


def test_nothing_is_refused() -> None:
    assert "plain key" in refusal(None, "10.0.0.1", TRUSTED)


def test_the_policy_reads_authorities_at_each_connection(tmp_path: Path) -> None:
    known = tmp_path / "known_hosts"
    known.write_text(f"# nothing\na-db1 {HOST}\n@cert-authority * {ssh.public_line(THEIRS)} x\n")
    policy = CertifiedHosts(known)
    key = paramiko.Ed25519Key(data=base64.b64decode(HOST.split()[1]))
    key.load_certificate(
        ssh.host_certificate(HOST, ["10.0.0.1"], OURS, datetime.datetime.now(datetime.UTC), DAY)
    )
    with pytest.raises(paramiko.SSHException, match=r"10\.0\.0\.1 is not to be trusted: .*trusts"):
        policy.missing_host_key(paramiko.SSHClient(), "10.0.0.1", key)
    known.write_text(known.read_text() + f"@cert-authority * {ssh.public_line(OURS)} y\n")
    policy.missing_host_key(paramiko.SSHClient(), "10.0.0.1", key)


def test_the_policy_refuses_a_key_that_was_withdrawn(tmp_path: Path) -> None:
    known = tmp_path / "known_hosts"
    known.write_text(f"@cert-authority * {ssh.public_line(OURS)} x\n")
    key = paramiko.Ed25519Key(data=base64.b64decode(HOST.split()[1]))
    key.load_certificate(
        ssh.host_certificate(HOST, ["10.0.0.1"], OURS, datetime.datetime.now(datetime.UTC), DAY)
    )
    policy = CertifiedHosts(known)
    policy.check("10.0.0.1", key)
    known.write_text(known.read_text() + f"@revoked * {HOST}\n")
    with pytest.raises(paramiko.SSHException, match="its key was withdrawn"):
        policy.check("10.0.0.1", key)
