"""Writes when this host's certificates end, for TLS and for sshd, for the textfile collector; run by a timer.

Runs on hosts with Debian's Python: `python3 -m monitors.metrics.certificates OUT`.
"""

from __future__ import annotations

import datetime
import re
import ssl
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from monitors.metrics.textfile import Gauge, write_gauges

__all__ = ["end_of_ssh", "end_of_tls", "gauges", "main"]

_TLS = ("openssl", "x509", "-noout", "-enddate", "-in", "/etc/hikae/tls/host.pem")
_SSH = ("ssh-keygen", "-L", "-f", "/etc/ssh/ssh_host_ed25519_key-cert.pub")
_VALID_TO = re.compile(r"^\s*Valid: from \S+ to (\S+)\s*$", re.MULTILINE)


def end_of_tls(said: str) -> float | None:
    """Unix seconds from `notAfter=Dec 30 12:00:00 2026 GMT`; None where openssl found no certificate."""
    found = re.search(r"^notAfter=(.+)$", said, re.MULTILINE)
    return float(ssl.cert_time_to_seconds(found[1])) if found else None


def end_of_ssh(said: str) -> float | None:
    """Unix seconds from what `ssh-keygen -L` says, which is local time; None where there is no certificate."""
    found = _VALID_TO.search(said)
    if found is None:
        return None
    # Without a zone in the text: the host's own, which `timestamp` takes.
    return datetime.datetime.fromisoformat(found[1]).timestamp()


def gauges(tls: float | None, ssh: float | None) -> Sequence[Gauge]:
    """When each kind of certificate ends; one that is not there is left out."""
    ends = (("tls", tls), ("ssh", ssh))
    return (
        Gauge(
            "hikae_certificate_end_timestamp_seconds",
            "When this host's certificate ends.",
            [({"kind": kind}, end) for kind, end in ends if end is not None],
        ),
    )


def main(out: Path) -> None:
    """Look once and write."""
    write_gauges(out, gauges(end_of_tls(_said(_TLS)), end_of_ssh(_said(_SSH))))


def _said(argv: Sequence[str]) -> str:
    return subprocess.run(argv, capture_output=True, text=True, timeout=10, check=False).stdout


if __name__ == "__main__":
    main(Path(sys.argv[1]))
