"""Builds the missing images: every layer by the playbooks, over SSH to an `sshd -i` on a pipe."""

from __future__ import annotations

import datetime
import shutil
from collections.abc import Callable, Collection, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from inventory import Estate, export
from playbooks import run
from playbooks import ssh_certificates as ssh
from playbooks.secret_store import SecretStore
from playbooks.ssh_authority import SshAuthority
from playbooks.ssh_certificates import Login
from playbooks.terminals.wanted import packages
from twin.disk import Disk
from twin.errors import ImageFailed
from twin.image import KINDS, ImageStore, kind_of
from twin.places import Places
from twin.shell import call
from twin.wheel import dispatch_wheel, nenkin_wheel

__all__ = ["build_images"]

Doing = Callable[[str], None]
_HOST_KEY, _TRUSTED = "/etc/ssh/ssh_host_ed25519_key", "/etc/ssh/trusted_logins.pub"
# A principal is the account's name where sshd has no list of them: root, while an image is built.
_SSHD = (
    f"-o HostKey={_HOST_KEY} -o HostCertificate={_HOST_KEY}-cert.pub -o TrustedUserCAKeys={_TRUSTED} "
    "-o AuthorizedKeysFile=none"
)
# A layer that is cut off is built anew, so nothing in it need be on the disk before it is complete.
_UNSAFE = "etc/dpkg/dpkg.cfg.d/hikae-build"
# More than processors: one unpacks while another downloads.
_AT_ONCE = 3
_BUILD_LIFE = datetime.timedelta(hours=1)


def build_images(
    estate: Estate, hosts: Collection[str], places: Places, secrets: SecretStore, doing: Doing
) -> None:
    """Build every image that `hosts` boot and that is not there; raises ImageFailed with a log."""
    store = ImageStore(places)
    keys = store.keys()
    needed = {kind_of(estate.hosts[name].role) for name in hosts} | {"base"}
    missing = [kind for kind in KINDS if kind in needed and not store.is_complete(kind, keys[kind])]
    if not missing:
        return
    store.build_debian(doing)
    # Every other layer lies on `base`, so that one comes first, alone.
    for batch in (["base"], [kind for kind in missing if kind != "base"]):
        todo = [kind for kind in batch if kind in missing]
        if todo:
            doing(f"installing packages into {', '.join(todo)}")
            _build_layers(estate, todo, store, places, secrets, doing)


def _build_layers(
    estate: Estate,
    kinds: Sequence[str],
    store: ImageStore,
    places: Places,
    secrets: SecretStore,
    doing: Doing,
) -> None:
    keys = store.keys()
    workshop = places.run / "workshop"
    shutil.rmtree(workshop, ignore_errors=True)
    workshop.mkdir(parents=True)
    disks: dict[str, Disk] = {}
    try:
        authority = SshAuthority(secrets, estate.name)
        for kind in kinds:
            disks[kind] = store.begin(kind, keys[kind], workshop / kind)
            _furnish(disks[kind].root, kind, authority)
        config = _ssh_config(disks, workshop, authority)
        variables = {
            "hikae_image_build": True,
            "hikae_secrets": secrets.passwords(),
            "hikae_nenkin_wheel": str(nenkin_wheel(places)),
            "hikae_dispatch_wheel": str(dispatch_wheel(places)),
        }

        def install(kind: str) -> None:
            if kind == "terminal":
                _install(disks[kind].root)
            else:
                _converge(estate, kind, places, config, variables, doing)

        # A play takes the hosts of one role, so a single run of all would build one layer after the other.
        with ThreadPoolExecutor(_AT_ONCE) as pool:
            list(pool.map(install, kinds))
        for kind, disk in disks.items():
            _strip(disk.root)
            store.finish(kind, keys[kind], disk.root)
    finally:
        for disk in disks.values():
            disk.unmount()
            shutil.rmtree(disk.work, ignore_errors=True)
        shutil.rmtree(workshop, ignore_errors=True)


def _converge(
    estate: Estate,
    kind: str,
    places: Places,
    config: Path,
    variables: Mapping[str, Any],
    doing: Doing,
) -> None:
    """Install a layer's packages by the tasks of its roles that bear that tag."""
    outcome = run.run_ansible(
        run.AnsibleRun(
            inventory=_inventory(estate, kind),
            ssh_config=config,
            variables=variables,
            tags=("packages",),
            workdir=places.run / "workshop" / f"ansible-{kind}",
            forks=1,
        ),
        on_line=run.tell_tasks(lambda task: doing(f"{kind}: {task}")),
    )
    if complaint := outcome.complaint(places.home / f"image-build-{kind}.log"):
        raise ImageFailed(f"Building the image {kind} {complaint}")


def _furnish(root: Path, kind: str, authority: SshAuthority) -> None:
    """What a root needs to be built over SSH; `_strip` takes it away."""
    key = ssh.new_key()
    signed = ssh.host_certificate(
        ssh.public_line(key), [f"image-{kind}"], authority.hosts.key(), _now(), _BUILD_LIFE
    )
    files = {
        _HOST_KEY: ssh.key_text(key),
        f"{_HOST_KEY}-cert.pub": signed,
        _TRUSTED: authority.trusted_logins(),
    }
    for path, text in files.items():
        (root / path.lstrip("/")).write_text(text)
        (root / path.lstrip("/")).chmod(0o600)
    (root / _UNSAFE).write_text("force-unsafe-io\n")
    # pip inside trusts what this machine trusts, also behind a company's own certificate authority.
    (root / "etc/pip.conf").write_text("[global]\ncert = /etc/ssl/certs/ca-certificates.crt\n")


def _strip(root: Path) -> None:
    for name in (
        _UNSAFE,
        "etc/pip.conf",
        _HOST_KEY.lstrip("/"),
        f"{_HOST_KEY}-cert.pub".lstrip("/"),
        _TRUSTED.lstrip("/"),
        "etc/resolv.conf",
        "var/lib/systemd/random-seed",
    ):
        (root / name).unlink(missing_ok=True)
    # Without package lists a host's apt answers from the status file alone, ten times faster.
    for name in ("root/.ssh", "root/.ansible", "root/.cache", "var/cache/apt", "var/lib/apt/lists"):
        shutil.rmtree(root / name, ignore_errors=True)
    for name in ("var/cache/apt/archives/partial", "var/lib/apt/lists/partial"):
        (root / name).mkdir(parents=True, exist_ok=True)


def _ssh_config(disks: Mapping[str, Disk], workshop: Path, authority: SshAuthority) -> Path:
    known = workshop / "known_hosts"
    known.write_text(authority.known_hosts())
    key, login = ssh.new_key(), Login("unnamed", "image", ("root",), "")
    for name, text in (
        ("key", ssh.key_text(key)),
        ("key-cert.pub", authority.sign_login(ssh.public_line(key), login)),
    ):
        (workshop / name).touch(mode=0o600)
        (workshop / name).write_text(text)
    lines = []
    for kind, disk in disks.items():
        program = ["systemd-nspawn", "--quiet", "--register=no", "--keep-unit", "--pipe"]
        program += ["--as-pid2", f"--directory={disk.root}", f"--machine=image-{kind}"]
        program += ["--bind-ro=/etc/ssl/certs/ca-certificates.crt", "--resolv-conf=copy-host"]
        program += ["/bin/sh", "-c", f"'mkdir -p /run/sshd; exec /usr/sbin/sshd -i {_SSHD}'"]
        lines += [f"Host image-{kind}", f"    ProxyCommand {' '.join(program)}"]
    lines += [
        "Host *",
        "    User root",
        f"    IdentityFile {workshop}/key",
        "    IdentitiesOnly yes",
        f"    UserKnownHostsFile {known}",
        "    GlobalKnownHostsFile /dev/null",
        "    StrictHostKeyChecking yes",
        "    ControlMaster auto",
        "    ControlPersist 30",
        f"    ControlPath {workshop}/%n",
        "    LogLevel ERROR",
    ]
    path = workshop / "ssh_config"
    path.write_text("\n".join(lines) + "\n")
    return path


def _inventory(estate: Estate, kind: str) -> dict[str, Any]:
    """An inventory with the image as its one host, which is what its roles are for and has no address."""
    exported = export.ansible_inventory(estate)["all"]
    role, name = KINDS[kind][0][0], f"image-{kind}"
    example = exported["hosts"][estate.select(role=role)[0].name]
    members: dict[str, Any] = {"hosts": {name: {}}}
    return {
        "all": {
            "hosts": {name: {**example, "ansible_host": name, "ansible_user": "root"}},
            "vars": exported["vars"],
            "children": {"servers": members, role: members},
        }
    }


def _install(root: Path) -> None:
    """Install a terminal's packages; pyinfra, which owns terminals, speaks to running hosts only."""
    enter = ["systemd-nspawn", "--quiet", "--register=no", "--keep-unit", "--as-pid2"]
    enter += ["--resolv-conf=copy-host", f"--directory={root}", "--machine=image-terminal"]
    enter += ["--setenv=DEBIAN_FRONTEND=noninteractive", "--pipe"]
    for argv in (
        ["apt-get", "update", "-q"],
        ["apt-get", "install", "-q", "-y", "--no-install-recommends", *packages()],
    ):
        call([*enter, *argv], deadline_s=600)


def _now() -> datetime.datetime:
    return datetime.datetime.now(datetime.UTC)
