"""Where the twin keeps what lasts (images, snapshots, secrets) and what does not (a lab)."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

__all__ = ["CHECKOUT", "Places"]

CHECKOUT = Path(__file__).resolve().parent.parent


@dataclass(frozen=True, slots=True)
class Places:
    """Folders of the twin: `home` survives a run, `run` is cleared after each."""

    home: Path
    run: Path

    @classmethod
    def default(cls) -> Places:
        """The machine's places: /var/lib/hikae (or HIKAE_HOME) and /run/hikae."""
        return cls(Path(os.environ.get("HIKAE_HOME", "/var/lib/hikae")), Path("/run/hikae"))

    @classmethod
    def of_production(cls) -> Places:
        """The places of a bastion that acts on the estate itself: the same store, a run folder of its own."""
        return cls(cls.default().home, Path("/run/hikae-production"))

    @property
    def journal(self) -> Path:
        """Runs that are under way, or were killed."""
        return self.home / "journal"

    @property
    def images(self) -> Path:
        return self.home / "images"

    @property
    def snapshots(self) -> Path:
        return self.home / "snapshots"

    @property
    def reports(self) -> Path:
        return self.home / "reports"

    @property
    def histories(self) -> Path:
        """What network devices have run: git repositories, by estate."""
        return self.home / "histories"

    @property
    def wheels(self) -> Path:
        return self.home / "wheels"

    @property
    def disks(self) -> Path:
        """Upper layers of the running lab: on the big disk, not on /run."""
        return self.home / "disks"

    @property
    def hosts(self) -> Path:
        """Mount points of the running lab."""
        return self.run / "hosts"

    @property
    def state(self) -> Path:
        return self.run / "lab.json"

    @property
    def withdrawn(self) -> Path:
        """Keys of the running lab's hosts that are not believed any more."""
        return self.run / "withdrawn"

    @property
    def lock(self) -> Path:
        return self.run / "lock"

    @property
    def sysctl(self) -> Path:
        return self.run / "sysctl.json"

    def secrets(self, estate: str) -> Path:
        return self.home / "secrets" / estate
