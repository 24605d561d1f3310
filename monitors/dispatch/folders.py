"""A worker's runs on its disk: what was started, whether it lives, how it ended, and what it wrote.

A run's folder outlives the worker, so what ended while the database was away, or just before the worker was killed, is
reported later instead of being done again.
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import shutil
import struct
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from monitors.dispatch.orders import Order

__all__ = ["Ended", "RunFolder", "moment", "published"]

_KEEPER = Path(__file__).with_name("keeper.py")
_TAIL = 4000


@dataclass(frozen=True, slots=True)
class Ended:
    """How a run ended: its exit code, what its manifest says, and why it was killed, if it was."""

    exit: int
    manifest: Mapping[str, Any]
    killed: str = ""


@dataclass(frozen=True, slots=True)
class RunFolder:
    """The folder of one run, named by its token, below a worker's folder."""

    path: Path

    @classmethod
    def of(cls, root: Path, token: int) -> RunFolder:
        """Where the run of a token lies."""
        return cls(root / "runs" / str(token))

    @property
    def token(self) -> int:
        return int(self.path.name)

    def start(
        self,
        order: Order,
        name: str,
        until: float,
        out: Path,
        inputs: Mapping[str, Mapping[str, Any]],
    ) -> subprocess.Popen[bytes]:
        """Start the run's keeper, which lets it live until `until` (CLOCK_MONOTONIC) or as it is told later. OSError.

        `inputs` are the manifests of the jobs that it waits for.
        """
        self.path.mkdir(parents=True)
        manifests = self.path / "inputs.json"
        manifests.write_text(json.dumps(inputs))
        places = {job: m["outputs"] for job, m in inputs.items() if m.get("outputs")}
        staging = self.path / "out"
        staging.mkdir()
        spec = {
            "token": self.token,
            "argv": [
                word.replace("{python}", sys.executable).replace("{out}", str(staging))
                for word in order.argv
            ],
            "env": {
                "HIKAE_RUN": name,
                "HIKAE_TOKEN": str(self.token),
                "HIKAE_OUT": str(staging),
                "HIKAE_INPUTS": json.dumps(places),
                "HIKAE_MANIFESTS": str(manifests),
            },
            "cwd": str(self.path),
            "cores": order.cores,
            "memory_mb": order.memory_mb,
            "until": until,
            "publish": str(out),
        }
        part = self.path / ".spec.json"
        part.write_text(json.dumps(spec))
        part.replace(self.path / "spec.json")
        argv = [sys.executable, "-I", str(_KEEPER), str(self.path)]
        return subprocess.Popen(argv, stdin=subprocess.PIPE, start_new_session=True)

    def settle(self) -> Ended | None:
        """How the run ended; None while anything of it lives. A keeper that comes late finds it settled. OSError."""
        if not (self.path / "spec.json").exists():
            return Ended(-1, {}, "never started")
        with (self.path / "alive").open("a+b") as alive:
            try:
                fcntl.flock(alive, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                return None
            result = self.path / "result.json"
            if not result.exists():
                part = self.path / ".result.json"
                part.write_text(json.dumps({"exit": -1, "why": "keeper gone"}))
                part.replace(result)
        found = json.loads(result.read_text())
        if found["exit"] != 0:
            return Ended(found["exit"], {"error": self._tail("stderr")}, found["why"])
        return Ended(0, self._manifest())

    def publish(self) -> Path | None:
        """Move what the run wrote to where it is read, by one rename; None where it wrote nothing. OSError.

        The place is named by the token, and valid is what the end record names: a run that is refused afterwards leaves
        a folder that nobody reads.
        """
        staging = self.path / "out"
        place = Path(json.loads((self.path / "spec.json").read_text())["publish"])
        if place.exists():
            return place
        if not staging.exists() or not any(staging.iterdir()):
            return None
        for file in [*staging.rglob("*"), staging]:
            _sync(file)
        place.parent.mkdir(parents=True, exist_ok=True)
        if place.parent.stat().st_dev == staging.stat().st_dev:
            staging.rename(place)
        else:
            near = place.with_name(f".{place.name}.part")
            shutil.rmtree(near, ignore_errors=True)
            shutil.copytree(staging, near)
            for file in [*near.rglob("*"), near]:
                _sync(file)
            near.rename(place)
        _sync(place.parent)
        return place

    def forget(self) -> None:
        """Take the folder away: its end is in the database."""
        shutil.rmtree(self.path, ignore_errors=True)

    def _manifest(self) -> dict[str, Any]:
        """The last line of standard output that is a JSON object, and size and sum of every file written."""
        said: dict[str, Any] = {}
        for line in reversed(self._tail("stdout", 1 << 20).splitlines()):
            try:
                found = json.loads(line)
            except ValueError:
                continue
            if isinstance(found, dict):
                said = found
                break
        staging = self.path / "out"
        place = Path(json.loads((self.path / "spec.json").read_text())["publish"])
        root = staging if staging.exists() else place
        files = {
            str(file.relative_to(root)): {"bytes": file.stat().st_size, "sha256": _sum(file)}
            for file in sorted(root.rglob("*"))
            if file.is_file()
        }
        return {"said": said, "files": files}

    def _tail(self, name: str, most: int = _TAIL) -> str:
        path = self.path / name
        if not path.exists():
            return ""
        with path.open("rb") as file:
            file.seek(max(0, path.stat().st_size - most))
            return file.read().decode("utf-8", "replace").strip()


def moment(until: float) -> bytes:
    """What a keeper is told: the run may go on until then (CLOCK_MONOTONIC)."""
    return struct.pack("d", until)


def published(root: Path, night: str, job: str, generation: int, token: int) -> Path:
    """Where the outputs of a run are put: night, job, and generation with token."""
    return root / _plain(night) / _plain(job) / f"{generation}.{token}"


def _plain(name: str) -> str:
    return "".join(c if c.isalnum() or c in "-_." else "_" for c in name)


def _sum(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _sync(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
