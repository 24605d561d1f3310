"""What a dispatcher and a worker are told about their host: a JSON file that role `batch` writes."""

from __future__ import annotations

import json
import socket
from dataclasses import dataclass, fields
from pathlib import Path

__all__ = ["DEFAULT_PATH", "InvalidSettings", "Settings", "read_settings"]

DEFAULT_PATH = Path("/etc/hikae-batch/batch.json")


class InvalidSettings(Exception):
    """A file of settings that cannot be used; the text names it and says what to do."""


@dataclass(frozen=True, slots=True)
class Settings:
    """Where the database is, who this host is, and how long silence is borne (seconds).

    A worker that could not renew a run's lease for `lease_s` has killed the run by then; a dispatcher waits `margin_s`
    more, which must cover the difference between the clocks of two database hosts. `beat_s` is how long a dispatcher
    may be silent while another waits.
    """

    dsn: str
    host: str = socket.gethostname()
    site: str = ""
    folder: Path = Path("/var/lib/hikae-batch")
    outputs: Path = Path("/var/lib/hikae-batch/outputs")
    lease_s: float = 60.0
    margin_s: float = 5.0
    beat_s: float = 10.0
    stalled_s: float = 30.0
    poll_s: float = 1.0
    retry_s: float = 5.0


def read_settings(path: Path = DEFAULT_PATH) -> Settings:
    """The settings in a file; InvalidSettings."""
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
        for name in ("folder", "outputs"):
            if name in document:
                document[name] = Path(document[name])
        made = Settings(**document)
    except OSError as error:
        raise InvalidSettings(f"{path}: {error.strerror}; role `batch` writes it") from error
    except (ValueError, TypeError, AttributeError) as error:
        known = ", ".join(field.name for field in fields(Settings))
        raise InvalidSettings(f"{path}: {error}; known are {known}") from error
    if not 0 < made.margin_s < made.lease_s:
        raise InvalidSettings(f"{path}: margin_s must lie between 0 and lease_s")
    return made
