"""The depot of a replacement: a twin's, whose spare has nothing old on it, and production's, which gives what it needs."""

from __future__ import annotations

import io
import tarfile
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from playbooks import ssh_certificates as ssh
from playbooks.authority import LIFE
from playbooks.secret_store import SecretStore
from playbooks.ssh_authority import SshAuthority
from playbooks.ssh_withdrawn import key_of
from tests.estates import estate_of
from twin import lab as lab_module
from twin.conductor import Conductor, backup_bastion
from twin.credentials import Credentials
from twin.disk import Disk
from twin.errors import InvalidMachine, TwinFailed
from twin.fleet import Fleet
from twin.host import TwinHost
from twin.lab import Lab
from twin.places import Places
from twin.production import Reach
from twin.replacement import Bench, LabDepot, computed_routes, depot_of

ESTATE = estate_of()
HOSTS = ESTATE.slice_hosts("mini")
DEVICE = "takaoka-r1"
NAMES = (DEVICE, str(ESTATE.hosts[DEVICE].address))


class Renewing:
    """Credentials that only count how often they were written anew."""

    def __init__(self) -> None:
        self.renewed = 0

    def renew(self) -> None:
        self.renewed += 1


@pytest.fixture
def fleet(tmp_path: Path) -> Fleet:
    places = Places(tmp_path / "home", tmp_path / "run")
    return Fleet(ESTATE, "mini", places, SecretStore(places.secrets(ESTATE.name)))


def conductor(fleet: Fleet, *, is_here: bool) -> tuple[Conductor, Renewing]:
    bastion = backup_bastion(ESTATE, HOSTS)
    found = Conductor(ESTATE, HOSTS, bastion, fleet.secrets, fleet.places, is_here=is_here)
    standing: Any = Renewing()
    found._standing.append(standing)
    return found, standing


def bench(fleet: Fleet, key: str = "") -> Bench:
    nothing: Any = None
    return Bench(
        fleet,
        conductor(fleet, is_here=True)[0],
        DEVICE,
        Reach(nothing),
        fleet.places.home / "s",
        key,
    )


def key() -> str:
    return ssh.public_line(ssh.new_key())


def test_the_depot_gets_day_0_and_no_secret(fleet: Fleet) -> None:
    told = bench(fleet).stage()
    assert not told.is_done
    assert "--key FILE" in told.note
    archive = (fleet.places.home / "s" / f"{DEVICE}.tar.gz").read_bytes()
    with tarfile.open(fileobj=io.BytesIO(archive)) as found:
        members = {f"/{member.name}": member for member in found.getmembers()}
        texts = [found.extractfile(member).read() for member in found.getmembers()]  # type: ignore[union-attr]
    assert {"/etc/hostname", "/etc/frr/frr.conf", "/etc/ssh/trusted_logins.pub"} <= set(members)
    assert members["/etc/frr/frr.conf"].uname == "frr"
    assert not any(b"PRIVATE KEY" in text for text in texts)
    assert not any("host_ed25519" in name for name in members)


def test_the_spares_key_is_signed_and_one_that_never_came_is_withdrawn(fleet: Fleet) -> None:
    authority = SshAuthority(fleet.secrets, ESTATE.name)
    lost, spare = key(), key()
    assert bench(fleet, lost).stage().is_done
    # The same again, as after a kill, withdraws nothing.
    assert bench(fleet, lost).stage().is_done
    assert authority.withdrawn.lines() == ""
    told = bench(fleet, spare).stage()
    assert told.is_done
    assert authority.withdrawn.lines() == f"@revoked * {lost}\n"
    certificate = (fleet.places.home / "s" / f"{DEVICE}-cert.pub").read_text()
    assert key_of(certificate) == spare
    assert {name.decode() for name in ssh.read_certificate(certificate).valid_principals} == set(
        NAMES
    )


def test_the_dead_devices_key_is_not_signed_again(fleet: Fleet) -> None:
    dead = key()
    at = bench(fleet, dead)
    SshAuthority(fleet.secrets, ESTATE.name).sign_host(dead, NAMES, LIFE)
    at.withdraw(at.old_certificate())
    told = bench(fleet, dead).stage()
    assert not told.is_done
    assert "was withdrawn" in told.note


def test_production_withdraws_for_good_and_a_twin_for_its_life(fleet: Fleet) -> None:
    authority = SshAuthority(fleet.secrets, ESTATE.name)
    signed = authority.sign_host(key(), NAMES, LIFE)
    here, standing = conductor(fleet, is_here=False)
    LabDepot(Any, here, DEVICE).withdraw(signed)  # type: ignore[arg-type]
    assert standing.renewed == 1
    assert authority.withdrawn.lines() == ""
    assert here.withdrawn.lines() == f"@revoked * {key_of(signed)}\n"
    assert here.withdrawn.folder.parent == fleet.places.run
    bench(fleet).withdraw(signed)
    assert authority.withdrawn.lines() == here.withdrawn.lines()


def test_what_is_known_of_hosts_says_who_is_not_believed(fleet: Fleet, tmp_path: Path) -> None:
    authority = SshAuthority(fleet.secrets, ESTATE.name)
    signed = authority.sign_host(key(), NAMES, LIFE)
    (tmp_path / "acting").mkdir()
    credentials = Credentials(tmp_path / "acting", authority, {}, authority.withdrawn)
    credentials.renew()
    assert credentials.known_hosts.read_text() == authority.known_hosts()
    authority.withdrawn.withdraw(signed)
    credentials.renew()
    assert credentials.known_hosts.read_text().endswith(f"@revoked * {key_of(signed)}\n")


def test_a_dead_hosts_disk_is_thrown_away(
    fleet: Fleet, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lab = Lab(ESTATE, "mini", fleet.places, fleet.secrets)
    disk = Disk(tmp_path / "root", tmp_path / "upper", tmp_path / "work", (tmp_path / "snapshot",))
    lab.hosts[DEVICE] = TwinHost(DEVICE, disk, lab.cgroups, tmp_path / "console")
    for folder in (disk.upper, disk.work):
        folder.mkdir()
        (folder / "old").write_text("secret")
    done: list[str] = []

    class Store:
        def __init__(self, _: Places) -> None: ...

        def image(self, kind: str) -> Any:
            done.append(f"image {kind}")
            return type("Image", (), {"layers": (Path("/image"),)})

    monkeypatch.setattr(lab.cgroups, "processes", lambda _: ())
    monkeypatch.setattr(lab_module, "unmount_below", lambda folders: done.append("unmount"))
    monkeypatch.setattr(lab_module, "ImageStore", Store)
    monkeypatch.setattr(Disk, "mount", lambda self: done.append(f"mount {self.lowers[0]}"))
    monkeypatch.setattr(Lab, "_stage", lambda self, name: done.append(f"stage {name}"))
    lab.replace_disk(DEVICE)
    assert done == ["image router", "unmount", "mount /image", f"stage {DEVICE}"]
    assert not disk.upper.exists()
    monkeypatch.setattr(lab.cgroups, "processes", lambda _: (1,))
    with pytest.raises(TwinFailed, match="still up"):
        lab.replace_disk(DEVICE)


def test_a_device_of_another_language_is_not_pushed_in_production(fleet: Fleet) -> None:
    spoken = replace(ESTATE.devices, dialect="junos", dialect_by_kind={}, dialect_by_site={})
    other = Fleet(replace(ESTATE, devices=spoken), "mini", fleet.places, fleet.secrets)
    nothing: Any = None
    with pytest.raises(InvalidMachine, match="speaks junos, and a push speaks FRR only"):
        depot_of(other, conductor(fleet, is_here=True)[0], nothing, DEVICE)


def test_the_routes_that_it_shall_have_are_those_of_the_slice(fleet: Fleet) -> None:
    rows = computed_routes(fleet, DEVICE)
    assert {row.protocol for row in rows} >= {"bgp", "connected"}
    assert all("ministry" not in port for row in rows for port, _ in row.ways)
