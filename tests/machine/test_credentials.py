"""What a command logs in with: keys of its own in a closed folder, short certificates, and nothing of it afterwards."""

from __future__ import annotations

import contextlib
import datetime
import os
import subprocess
import time
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.serialization.ssh import SSHCertificate

from playbooks import ssh_certificates as ssh
from playbooks.secret_store import SecretStore
from playbooks.ssh_authority import SshAuthority
from tests.estates import estate_of
from twin import credentials as module
from twin.conductor import _PREFIX, Conductor, backup_bastion
from twin.credentials import CONTROL, Credentials
from twin.errors import TwinFailed
from twin.places import Places

ESTATE = estate_of()
HOSTS = ESTATE.slice_hosts("mini")


def conductor(tmp_path: Path, **how: object) -> Conductor:
    secrets = SecretStore(tmp_path / "secrets")
    places = Places(tmp_path, tmp_path / "run")
    bastion = backup_bastion(ESTATE, HOSTS)
    return Conductor(ESTATE, HOSTS, bastion, secrets, places, **how)  # type: ignore[arg-type]


def entered(of: Conductor) -> Credentials:
    """Credentials as `at_bastion` makes them, without a bastion's network to stand in."""
    folder = of.places.home / "acting"
    folder.mkdir(mode=0o700)
    found = Credentials(folder, SshAuthority(of.secrets, ESTATE.name), of._logins())
    found.prepare(of._addresses())
    return found


def certificate(credentials: Credentials, account: str) -> SSHCertificate:
    return ssh.read_certificate((credentials.folder / f"{account}-cert.pub").read_text())


def test_a_certificate_is_for_the_roles_of_the_slice_from_this_bastion_only(tmp_path: Path) -> None:
    one = conductor(tmp_path, person="tanaka", change="CHG-4711")
    found = entered(one)
    ops, netops = certificate(found, "ops"), certificate(found, "netops")
    assert {ops.key_id, netops.key_id} == {b"tanaka#CHG-4711"}
    roles = {ESTATE.hosts[name].role for name in HOSTS}
    assert {name.decode() for name in ops.valid_principals} == {f"ops@{role}" for role in roles}
    assert netops.valid_principals == [b"netops@balancer", b"netops@router"]
    address = str(ESTATE.hosts[one.bastion].address).encode() + b"/32"
    for each in (ops, netops):
        assert each.critical_options == {b"source-address": address}
        assert each.valid_before - time.time() <= 1800
    # Programs need no terminal; a router's command line is one.
    assert (dict(ops.extensions), dict(netops.extensions)) == ({}, {b"permit-pty": b""})


def test_an_act_on_one_host_opens_that_host_only(tmp_path: Path) -> None:
    found = entered(conductor(tmp_path, only="mitaka-db1", has_terminal=True))
    assert certificate(found, "ops").valid_principals == [b"ops@mitaka-db1"]
    assert dict(certificate(found, "ops").extensions) == {b"permit-pty": b""}
    assert not (found.folder / "netops").exists()


def test_everything_is_for_root_only_and_goes(tmp_path: Path) -> None:
    found = entered(conductor(tmp_path))
    files = [path for path in found.folder.rglob("*") if path.is_file()]
    assert {path.name for path in files} >= {"ops", "ops-cert.pub", "known_hosts", "ssh_config"}
    assert {path.stat().st_mode & 0o777 for path in files} == {0o600}
    assert found.folder.stat().st_mode & 0o777 == 0o700
    found.destroy()
    assert not found.folder.exists()


def test_ssh_reads_the_configuration_and_checks_strictly(tmp_path: Path) -> None:
    found = entered(conductor(tmp_path))
    argv = ["ssh", "-F", str(found.ssh_config), "-G", "mitaka-db1"]
    said = subprocess.run(argv, capture_output=True, text=True, check=True).stdout.splitlines()
    for line in (
        f"hostname {ESTATE.hosts['mitaka-db1'].address}",
        "user ops",
        f"identityfile {found.key('ops')}",
        "stricthostkeychecking true",
        f"userknownhostsfile {found.known_hosts}",
        "globalknownhostsfile /dev/null",
        "hostkeyalgorithms ssh-ed25519-cert-v01@openssh.com",
        "passwordauthentication no",
    ):
        assert line in said
    assert found.known_hosts.read_text().count("@cert-authority * ") == 1


def test_the_sockets_of_shared_connections_have_paths_that_are_short_enough() -> None:
    """`%C` is 40 digits, and ssh makes a socket under a name that is 17 longer first; a path ends with a NUL."""
    longest_pid = Path("/proc/sys/kernel/pid_max").read_text().strip()
    for places in (Places.default(), Places.of_production()):
        folder = places.run / f"{_PREFIX}{longest_pid}-{'x' * 8}" / CONTROL
        assert len(os.fsencode(folder / ("0" * (40 + 17)))) < 108


def test_a_long_act_has_its_keys_signed_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = entered(conductor(tmp_path))
    first, key = certificate(found, "ops"), found.key("ops").read_text()
    monkeypatch.setattr(module, "_RENEWED_EVERY_S", 0.05)
    with found.kept_fresh():
        end = time.monotonic() + 10
        while certificate(found, "ops").serial == first.serial and time.monotonic() < end:
            time.sleep(0.02)
    again = certificate(found, "ops")
    assert again.serial != first.serial
    assert again.public_key() == first.public_key()
    assert found.key("ops").read_text() == key
    # Nobody signs when nobody acts.
    time.sleep(0.2)
    assert certificate(found, "ops").serial == again.serial


def test_certificates_are_renewed_well_before_their_end() -> None:
    assert ssh.LOGIN_LIFE.total_seconds() > module._RENEWED_EVERY_S * 2
    assert ssh.LOGIN_LIFE <= ssh.LONGEST_LOGIN == datetime.timedelta(hours=1)


def test_a_rollover_is_followed_at_once(tmp_path: Path) -> None:
    one = conductor(tmp_path)
    found = entered(one)
    signer = found.authority.logins
    signer.begin_rollover(datetime.datetime.now(datetime.UTC))
    signer.switch_rollover()
    assert certificate(found, "ops").signature_key() != signer.key().public_key()
    found.renew()
    assert certificate(found, "ops").signature_key() == signer.key().public_key()


def test_nobody_acts_who_does_not_stand_at_the_bastion(tmp_path: Path) -> None:
    with pytest.raises(TwinFailed, match="Nobody stands at"):
        _ = conductor(tmp_path).ssh_config


def test_keys_of_a_killed_command_go_with_the_next(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    killed = tmp_path / "run/acting-999999999-x"
    killed.mkdir(parents=True)
    (killed / "ops").write_text("key")
    living = tmp_path / f"run/acting-{os.getpid()}-y"
    living.mkdir()
    one = conductor(tmp_path)
    monkeypatch.setattr("twin.conductor.inside", lambda _: contextlib.nullcontext())
    with one.at_bastion():
        assert not killed.exists()
        assert one.ssh_config.is_file()
        folder = one.credentials.folder
        with one.at_bastion():
            assert one.credentials.folder == folder
        assert folder.exists()
    assert not folder.exists()
    assert living.exists()
