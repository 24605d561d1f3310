"""A host's disk: an overlay of its role's image, perhaps a snapshot, and its own upper layer."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from twin.shell import call

__all__ = ["Disk", "mounts_below", "unmount_below"]


@dataclass(frozen=True, slots=True)
class Disk:
    """`lowers` from bottom to top are shared and never written; `upper` is the host's own."""

    root: Path
    upper: Path
    work: Path
    lowers: tuple[Path, ...]

    def mount(self) -> None:
        """Mount the disk at `root`."""
        for folder in (self.root, self.upper, self.work):
            folder.mkdir(parents=True, exist_ok=True)
        layers = ":".join(str(path) for path in reversed(self.lowers))
        options = f"lowerdir={layers},upperdir={self.upper},workdir={self.work}"
        call(["mount", "-t", "overlay", "hikae", "-o", options, str(self.root)])

    def unmount(self) -> None:
        """Unmount the disk; the upper layer stays."""
        call(["umount", str(self.root)])

    def path(self, inside: str) -> Path:
        """The place on this machine of a path on the host, links resolved within the host.

        Raises FileNotFoundError when the links lead round in a circle.
        """
        parts = [part for part in inside.split("/") if part not in ("", ".")]
        place = self.root
        for _ in range(1000):
            if not parts:
                return place
            part = parts.pop(0)
            if part == "..":
                place = place if place == self.root else place.parent
                continue
            step = place / part
            if step.is_symlink():
                target = str(step.readlink())
                if target.startswith("/"):
                    place = self.root
                parts = [piece for piece in target.split("/") if piece not in ("", ".")] + parts
            else:
                place = step
        raise FileNotFoundError(inside)


def mounts_below(folder: Path) -> tuple[Path, ...]:
    """Mount points at or below `folder`, deepest first."""
    found = []
    for line in Path("/proc/self/mounts").read_text().splitlines():
        point = Path(line.split()[1].replace("\\040", " "))
        if point == folder or folder in point.parents:
            found.append(point)
    return tuple(sorted(found, key=lambda point: len(point.parts), reverse=True))


def unmount_below(folders: Sequence[Path]) -> None:
    """Unmount everything at or below `folders`, lazily where something still sits on it."""
    for folder in folders:
        for point in mounts_below(folder):
            if call(["umount", str(point)], check=False).returncode != 0:
                call(["umount", "--lazy", str(point)], check=False)
