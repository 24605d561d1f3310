"""What a replacement of a router needs beside SSH: the twin's spare is a bare disk, production's a kit for the depot."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from dr.replacement import Depot
from dr.result import Result
from dr.rolling.tools import Tools
from netconfig.model.tables import Row, rows_of
from netconfig.model.verify import settled
from playbooks.authority import LIFE
from playbooks.pack import Entry, pack
from playbooks.ssh_authority import SshAuthority
from playbooks.ssh_certificates import InvalidLogin
from playbooks.ssh_withdrawn import fingerprint, key_of
from twin.conductor import Conductor
from twin.errors import InvalidMachine
from twin.faults import LabFaults
from twin.fleet import Fleet
from twin.lab import Lab
from twin.production import Reach
from twin.staging import HOST_KEY, day_zero
from twin.verification import complaint_of, verify

__all__ = ["Bench", "LabDepot", "computed_routes", "depot_of", "verify_one"]


@dataclass(frozen=True, slots=True)
class LabDepot:
    """The twin plays depot and branch: the dead host's disk is thrown away, and a bare one boots in its place."""

    lab: Lab
    conductor: Conductor
    device: str

    def is_alive(self) -> bool:
        """Whether the host's init runs."""
        return self.lab.is_alive(self.device)

    def old_certificate(self) -> str:
        """From the dead host's disk: a twin that booted from a snapshot has keys of that time."""
        try:
            return LabFaults(self.lab).read_disk(self.device, f"{HOST_KEY}-cert.pub").decode()
        except FileNotFoundError:
            return ""

    def withdraw(self, certificate: str) -> str:
        """For as long as this twin lives; this command's tools know it at once."""
        return _withdraw(self.conductor, certificate)

    def stage(self) -> Result:
        """Lay a bare disk with day 0 and a new key."""
        self.lab.replace_disk(self.device)
        signed = SshAuthority(self.lab.secrets, self.lab.estate.name).last_issued(self.device)
        return Result(True, f"a bare disk is staged, its key is {fingerprint(key_of(signed))}")

    def plug_in(self) -> Result:
        """Boot it, where it does not run yet."""
        LabFaults(self.lab).boot([self.device])
        return Result(True, "the twin has plugged it in and switched it on")


@dataclass(frozen=True, slots=True)
class Bench:
    """Production's depot: it gets day 0 as an archive, and gives the public key that the spare made for itself."""

    fleet: Fleet
    conductor: Conductor
    device: str
    reach: Reach
    folder: Path
    """Where the archive and the certificate lie for the depot."""
    key: str = ""
    """The spare's public key, as its line; empty: not known yet."""

    def is_alive(self) -> bool:
        """Whether the device takes commands."""
        return self.reach.is_alive(self.device)

    def old_certificate(self) -> str:
        """What was signed for the device last."""
        return self._authority.last_issued(self.device)

    def withdraw(self, certificate: str) -> str:
        """In the secret store: for every command from now on."""
        return _withdraw(self.conductor, certificate)

    def stage(self) -> Result:
        """Write day 0 for the depot; once the spare's key is known, sign it."""
        archive = self.folder / f"{self.device}.tar.gz"
        self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        files = day_zero(self.fleet.estate, self.device, self.fleet.secrets, self.fleet.names)
        entries = [Entry(f.path, f.mode, f.owner, f.owner, f.data) for f in files]
        archive.write_bytes(pack(tuple(entries)))
        if not self.key:
            return Result(
                False,
                f"the depot unpacks {archive} on a spare (`tar -xzf ARCHIVE -C /`), makes its key there "
                f"(`ssh-keygen -q -t ed25519 -N '' -f {HOST_KEY}`) and gives {HOST_KEY}.pub: then the same "
                "command with `--key FILE`",
            )
        # A spare that was staged before this one and never came to stand there.
        earlier = self._authority.last_issued(self.device)
        if earlier and key_of(earlier).split()[:2] != self.key.split()[:2]:
            self.withdraw(earlier)
        names = (self.device, str(self.fleet.estate.hosts[self.device].address))
        try:
            signed = self._authority.sign_host(self.key, names, LIFE)
        except InvalidLogin as refusal:
            return Result(False, str(refusal))
        certificate = self.folder / f"{self.device}-cert.pub"
        certificate.write_text(f"{signed}\n", encoding="utf-8")
        return Result(
            True,
            f"{fingerprint(key_of(signed))} is signed: {certificate} goes to {HOST_KEY}-cert.pub on the spare, "
            "the spare with the card into its box, and the box to the branch",
        )

    def plug_in(self) -> Result:
        """Nothing can be seen of it from here; the next step waits for the device."""
        return Result(True, "the person at the branch follows the card")

    @property
    def _authority(self) -> SshAuthority:
        return SshAuthority(self.fleet.secrets, self.fleet.estate.name)


def depot_of(
    fleet: Fleet, conductor: Conductor, tools: Tools, device: str, *, key: str = ""
) -> Depot:
    """The depot of a twin, or of production; InvalidMachine for a device that production could not push."""
    if isinstance(fleet, Lab):
        return LabDepot(fleet, conductor, device)
    if (dialect := fleet.estate.dialect_of(device)) != "frr":
        words = (
            f"{device} speaks {dialect}, and a push speaks FRR only: stage it from `hikae net show {device} "
            "--staged`, and configure it from `hikae net show` by its own confirmed commit."
        )
        raise InvalidMachine((words,))
    folder = fleet.places.home / "staging"
    return Bench(fleet, conductor, device, Reach(tools.transport), folder, key)


def computed_routes(fleet: Fleet, device: str) -> Sequence[Row]:
    """The routes that a device shall have while all of the fleet stands, and each service that has its database there."""
    served = fleet.estate.services_within(fleet.names)
    return rows_of(settled(fleet.estate, fleet.names, served), device)


def verify_one(
    fleet: Fleet, conductor: Conductor, doing: Callable[[str], None], device: str
) -> str:
    """Run the read-only suite on one host; what does not hold in a sentence, nothing when all does."""
    return complaint_of(fleet, verify(fleet, conductor, doing, limit=[device]))


def _withdraw(conductor: Conductor, certificate: str) -> str:
    key = conductor.withdrawn.withdraw(certificate)
    conductor.credentials.renew()
    return key
