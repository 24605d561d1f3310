"""The estate's SSH authorities: what a certificate says, what is not signed, and a rollover with two trusted in between."""

from __future__ import annotations

import datetime
import subprocess
from dataclasses import replace
from pathlib import Path

import pytest

from playbooks import ssh_certificates as ssh
from playbooks.authority import Authority, AuthorityFailed
from playbooks.secret_store import SecretStore
from playbooks.ssh_authority import HOSTS, LOGINS, SIGNER_LIFE, SshAuthority
from playbooks.ssh_certificates import InvalidLogin, Login
from playbooks.ssh_probes import REFUSED, issue_logins

LOGIN = Login("tanaka", "CHG-4711", ("ops@database", "ops@etcd"), "10.64.12.11/32")
NOW = datetime.datetime(2026, 11, 24, 12, tzinfo=datetime.UTC)
MINUTE = datetime.timedelta(minutes=1)


@pytest.fixture
def authority(tmp_path: Path) -> SshAuthority:
    return SshAuthority(SecretStore(tmp_path / "secrets"), "kyosai")


def shown(tmp_path: Path, certificate: str) -> list[str]:
    """What ssh-keygen, which is none of ours, reads in a certificate."""
    path = tmp_path / "shown.pub"
    path.write_text(certificate)
    done = subprocess.run(
        ["ssh-keygen", "-L", "-f", str(path)],
        capture_output=True,
        text=True,
        check=True,
        env={"TZ": "UTC", "PATH": "/usr/bin:/bin"},
    )
    return [line.strip() for line in done.stdout.splitlines() if line.strip()]


def public() -> str:
    return ssh.public_line(ssh.new_key())


def test_a_login_says_who_for_what_from_where_and_for_how_long(
    authority: SshAuthority, tmp_path: Path
) -> None:
    said = shown(tmp_path, authority.sign_login(public(), LOGIN, NOW))
    assert "Type: ssh-ed25519-cert-v01@openssh.com user certificate" in said
    assert 'Key ID: "tanaka#CHG-4711"' in said
    assert "Valid: from 2026-11-24T11:59:00 to 2026-11-24T12:30:00" in said
    assert said[said.index("Principals:") :] == [
        "Principals:",
        "ops@database",
        "ops@etcd",
        "Critical Options:",
        "source-address 10.64.12.11/32",
        "Extensions: (none)",
    ]


def test_only_who_needs_a_terminal_gets_one(authority: SshAuthority, tmp_path: Path) -> None:
    login = replace(LOGIN, has_terminal=True)
    said = shown(tmp_path, authority.sign_login(public(), login, NOW))
    assert said[said.index("Extensions:") :] == ["Extensions:", "permit-pty"]


@pytest.mark.parametrize(
    ("login", "life", "words"),
    [
        (LOGIN, 61 * MINUTE, "60 minutes at most"),
        (replace(LOGIN, principals=()), 30 * MINUTE, "names whom it is for"),
        (replace(LOGIN, principals=("",)), 30 * MINUTE, "names whom it is for"),
        (replace(LOGIN, person="tanaka sato"), 30 * MINUTE, "person 'tanaka sato' cannot stand"),
        (replace(LOGIN, person="tanaka#x"), 30 * MINUTE, "person 'tanaka#x' cannot stand"),
        (replace(LOGIN, change='1" ID sato'), 30 * MINUTE, "change '1\" ID sato' cannot stand"),
        (replace(LOGIN, change="1\nAccepted"), 30 * MINUTE, "cannot stand"),
        (replace(LOGIN, change=""), 30 * MINUTE, "cannot stand"),
        (replace(LOGIN, change="x" * 65), 30 * MINUTE, "at most 64"),
    ],
)
def test_what_is_not_signed(login: Login, life: datetime.timedelta, words: str) -> None:
    with pytest.raises(InvalidLogin, match=words):
        ssh.login_certificate(public(), login, ssh.new_key(), NOW, life)


def test_an_hour_is_signed() -> None:
    assert ssh.login_certificate(public(), LOGIN, ssh.new_key(), NOW, 60 * MINUTE)


@pytest.mark.parametrize("line", ["", "rubbish", "ssh-rsa AAAA"])
def test_no_key_no_certificate(line: str) -> None:
    with pytest.raises(InvalidLogin, match="is no public key"):
        ssh.login_certificate(line, LOGIN, ssh.new_key(), NOW)


def test_a_host_is_signed_for_its_name_and_address(authority: SshAuthority, tmp_path: Path) -> None:
    life = datetime.timedelta(days=30)
    signed = authority.sign_host(public(), ("a-db1", "10.0.0.1"), life, NOW)
    said = shown(tmp_path, signed)
    assert 'Key ID: "a-db1"' in said
    assert "Valid: from 2026-11-24T11:59:00 to 2026-12-24T12:00:00" in said
    assert said[said.index("Principals:") + 1 :][:2] == ["a-db1", "10.0.0.1"]
    assert authority.issued() == {"a-db1": NOW + life}


def test_serials_differ(authority: SshAuthority) -> None:
    found = {ssh.read_certificate(authority.sign_login(public(), LOGIN)).serial for _ in range(20)}
    assert len(found) == 20


def test_each_has_a_key_of_its_own_that_only_root_reads(authority: SshAuthority) -> None:
    logins, hosts = authority.logins.public(), authority.hosts.public()
    assert logins.split()[1] != hosts.split()[1]
    for kind in (LOGINS, HOSTS):
        path = authority.store.folder / "ssh" / kind / "signer.key"
        assert path.stat().st_mode & 0o777 == 0o600
        assert "PRIVATE KEY" in path.read_text()
    assert authority.known_hosts() == f"@cert-authority * {hosts}\n"
    assert "PRIVATE" not in str(authority.variables())


def test_a_rollover_trusts_two_in_between(authority: SshAuthority) -> None:
    everything = Authority(authority.store, "kyosai")
    old = authority.logins.public(), authority.hosts.public()
    everything.begin_rollover()
    # Both are trusted, the old one signs.
    assert (authority.logins.public(), authority.hosts.public()) == old
    assert len(authority.trusted_logins().splitlines()) == 2
    assert len(authority.known_hosts().splitlines()) == 2
    everything.switch_rollover()
    new = authority.logins.public(), authority.hosts.public()
    assert not set(old) & set(new)
    assert authority.trusted_logins().splitlines() == [new[0], old[0]]
    everything.end_rollover()
    assert authority.trusted_logins().splitlines() == [new[0]]
    assert authority.known_hosts() == f"@cert-authority * {new[1]}\n"
    assert everything.rollover == "none"


def test_a_step_of_a_rollover_that_broke_off_between_tls_and_ssh_is_finished(
    authority: SshAuthority,
) -> None:
    everything = Authority(authority.store, "kyosai")
    for zone in everything.zones:
        zone.begin_rollover(NOW)
    assert everything.rollover == "none"
    everything.begin_rollover()
    assert {zone.rollover for zone in everything.zones} == {"begun"}
    assert {signer.rollover for signer in authority.signers} == {"begun"}
    with pytest.raises(AuthorityFailed, match="stands at 'begun'"):
        everything.end_rollover()
    authority.logins.switch_rollover()
    assert everything.rollover == "begun"
    everything.switch_rollover()
    assert everything.rollover == "switched"
    authority.hosts.end_rollover()
    assert everything.rollover == "switched"
    everything.end_rollover()
    assert everything.rollover == "none"


def test_a_switch_that_was_cut_in_its_middle_is_finished_by_the_next_look(
    authority: SshAuthority,
) -> None:
    old = authority.logins.public()
    authority.logins.begin_rollover(NOW)
    folder = authority.store.folder / "ssh/logins"
    coming = (folder / "next/signer.pub").read_text()
    # As killed after the first file: the key is moved, what names it is not.
    (folder / "old").mkdir()
    (folder / "signer.key").replace(folder / "old/signer.key")
    assert authority.logins.public() == coming
    assert authority.logins.trusted() == (coming, old)
    assert ssh.public_line(authority.logins.key()).split()[1] == coming.split()[1]


def test_what_signs_is_to_be_replaced_every_year(authority: SshAuthority) -> None:
    standing = authority.logins.standing()
    made = datetime.datetime.now(datetime.UTC)
    assert standing.due == (made + SIGNER_LIFE).date()
    assert standing.finding(made) == ""
    assert "is to be replaced by" in standing.finding(made + datetime.timedelta(days=320))


def test_what_is_revoked_is_kept_as_it_is(authority: SshAuthority, tmp_path: Path) -> None:
    assert authority.revoked() == b""
    signed = authority.sign_login(public(), LOGIN)
    (tmp_path / "stolen.pub").write_text(signed)
    (tmp_path / "logins.pub").write_text(authority.logins.public())
    # By serial, which the journal has; an id with `#` would be cut there, as a comment.
    serial = ssh.read_certificate(signed).serial
    (tmp_path / "spec").write_text(f"serial: {serial}\n")
    argv = ["ssh-keygen", "-q", "-k", "-f", str(authority.store.folder / "ssh/revoked.krl")]
    argv += ["-s", str(tmp_path / "logins.pub"), str(tmp_path / "spec")]
    subprocess.run(argv, check=True)
    assert authority.revoked().startswith(b"SSHKRL")
    (tmp_path / "list").write_bytes(authority.revoked())
    argv = ["ssh-keygen", "-Q", "-f", str(tmp_path / "list"), str(tmp_path / "stolen.pub")]
    assert subprocess.run(argv, check=False, capture_output=True).returncode == 1
    (tmp_path / "stolen.pub").write_text(authority.sign_login(public(), LOGIN))
    assert subprocess.run(argv, check=False, capture_output=True).returncode == 0


def test_probes_are_wrong_in_one_way_each(authority: SshAuthority) -> None:
    found = issue_logins(authority, LOGIN, ["database", "etcd"])["database"]
    assert set(found) == {*REFUSED, "right"}
    assert found["plain"]["certificate"] == ""
    read = {k: ssh.read_certificate(v["certificate"]) for k, v in found.items() if k != "plain"}
    now = datetime.datetime.now(datetime.UTC).timestamp()
    for kind, certificate in read.items():
        certificate.verify_cert_signature()
        names = b"ops@database" in certificate.valid_principals
        assert names == (kind not in ("other-role", "other-account")), kind
        assert (certificate.valid_before < now) == (kind == "expired"), kind
        here = certificate.critical_options[b"source-address"] == b"10.64.12.11/32"
        assert here == (kind != "elsewhere"), kind
        ours = certificate.signature_key() == authority.logins.key().public_key()
        assert ours == (kind != "foreign"), kind
    assert b"ops@etcd" in read["other-role"].valid_principals
