"""Two monitoring hosts on this machine's loopback: the shipped gate, Debian's Alertmanager, certificates of their own."""

from __future__ import annotations

import datetime
import re
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import jinja2
import yaml

from playbooks import certificates
from playbooks.certificates import Pair, Profile
from tests.monitors import debian

__all__ = ["Authority", "Watcher"]

ROLES = Path(__file__).resolve().parents[3] / "playbooks/roles"
_CALLERS = {"9443": ["bastion", "monitoring"]}
_HOUR = datetime.timedelta(hours=1)


@dataclass
class Authority:
    """Signs for the hosts of one test."""

    folder: Path
    root: Pair = field(init=False)

    def __post_init__(self) -> None:
        now = datetime.datetime.now(datetime.UTC)
        self.root = certificates.signer("test", "root", None, now, _HOUR)
        self.trust.write_text(certificates.pem(self.root.certificate))

    @property
    def trust(self) -> Path:
        return self.folder / "ca.pem"

    def identity(self, host: str, role: str, *addresses: str) -> Path:
        """Key and certificate of a host in one file, as role pki writes it."""
        profile = Profile("test", host, role, (host,), addresses, "services")
        key = certificates.new_key()
        now = datetime.datetime.now(datetime.UTC)
        signed = certificates.leaf(key.public_key(), profile, self.root, now, _HOUR)
        path = self.folder / f"{host}.pem"
        path.write_text(certificates.key_pem(key) + certificates.pem(signed))
        return path


@dataclass
class Watcher:
    """One monitoring host: `address` is where its peers call, `loopback` stands for its own loopback."""

    name: str
    number: int
    authority: Authority
    receiver_port: int
    is_receiver: bool
    running: list[subprocess.Popen[bytes]] = field(default_factory=list)

    @property
    def address(self) -> str:
        return f"127.0.2.{self.number}"

    @property
    def loopback(self) -> str:
        return f"127.0.1.{self.number}"

    @property
    def folder(self) -> Path:
        return self.authority.folder / self.name

    def start(self, peers: list[str], alertmanager: Mapping[str, Any]) -> None:
        """Write the files as the roles do and start gate and Alertmanager."""
        self.folder.mkdir()
        identity = self.authority.identity(self.name, "monitoring", self.address)
        tls = {"identity": str(identity), "trust": str(self.authority.trust)}
        tls |= {"agreement": tls["trust"], "minimum": "TLSv1.3"}
        variables = {
            "hikae_tls": tls,
            "hikae_address": self.address,
            "hikae_callers": _CALLERS,
            "hikae_monitoring": {"is_receiver": self.is_receiver, "peers": peers},
            "inventory_hostname": self.name,
            "exporters_port": 9443,
            "monitoring_gossip_port": 9094,
            "exporters_behind": [{"name": "node", "port": 9100, "path": "/metrics"}],
        }
        gate = _render("exporters", "gate.cfg.j2", variables)
        gate = re.sub(r"^ +(chroot|user|group) .*\n", "", gate, flags=re.MULTILINE)
        gate = gate.replace("127.0.0.1:9099", f"127.0.0.9:{self.receiver_port}")
        gate = gate.replace("127.0.0.1:", f"{self.loopback}:").replace("127.0.0.9:", "127.0.0.1:")
        self._write("gate.cfg", gate)
        self._write("gossip.yml", _render("monitoring", "gossip.yml.j2", variables))
        text = yaml.safe_dump(dict(alertmanager))
        text = text.replace("/etc/hikae/tls/host.pem", str(identity))
        self._write("alertmanager.yml", text.replace("/etc/hikae/tls/ca.pem", tls["trust"]))
        said = _render("monitoring", "alertmanager.env.j2", variables)
        arguments = said.partition("PEERS=")[2].split()
        self._start([str(debian.program("haproxy")), "-db", "-f", f"{self.folder}/gate.cfg"])
        self._start(self._alertmanager(arguments))

    def _alertmanager(self, arguments: list[str]) -> list[str]:
        """The command of the unit, with this test's folders."""
        unit = ROLES / (
            "monitoring/files/tree/etc/systemd/system/prometheus-alertmanager.service.d/hikae.conf"
        )
        text = unit.read_text().replace("\\\n", " ")
        command = re.findall(r"^ExecStart=(\S.*)$", text, re.MULTILINE)[0]
        changed = (
            ("/usr/bin/prometheus-alertmanager", str(debian.alertmanager())),
            ("/etc/prometheus/hikae_", f"{self.folder}/"),
            ("/var/lib/prometheus/alertmanager", f"{self.folder}/data"),
            ("127.0.0.1:", f"{self.loopback}:"),
        )
        for before, after in changed:
            assert before in command, f"the unit does not say {before}"
            command = command.replace(before, after)
        return [*command.replace("$PEERS", "").split(), *arguments]

    def kill(self) -> None:
        """As a lost site: nobody says goodbye."""
        for process in self.running:
            process.kill()
            process.wait()
        self.running.clear()

    def _start(self, argv: list[str]) -> None:
        log = self.folder / f"{Path(argv[0]).name}.log"
        with log.open("wb") as out:
            self.running.append(
                subprocess.Popen(argv, stdout=out, stderr=out, env=debian.environment())
            )

    def _write(self, name: str, text: str) -> None:
        (self.folder / name).write_text(text)


def _render(role: str, name: str, variables: Mapping[str, Any]) -> str:
    loader = jinja2.FileSystemLoader(ROLES / role / "templates")
    made = jinja2.Environment(
        loader=loader,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        keep_trailing_newline=True,
    )
    return made.get_template(name).render(variables)
