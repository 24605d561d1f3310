"""Runs on the host, as root, and prints what the suite asks of it as one line of JSON: one SSH round trip a host.

Sent as the text of `python3 -c`; standard library only, for the Python of Debian 12. It reads and never writes.
"""

from __future__ import annotations

import calendar
import hashlib
import json
import ssl
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

_UNITS = (
    "ssh nftables chrony systemd-journald frr keepalived etcd patroni hikae-site-rpo haproxy hikae-announce nenkin"
    " hikae-guardian seaweedfs hikae-dispatcher hikae-worker@1"
    " hikae-gate prometheus-node-exporter prometheus-postgres-exporter prometheus prometheus-alertmanager"
    " prometheus-blackbox-exporter hikae-exporter@routing hikae-exporter@replication hikae-exporter@batch"
)
_SOCKET_COLUMNS = 5
_VALIDITY_WORDS = 4


def _said(*argv: str) -> str:
    done = subprocess.run(argv, capture_output=True, text=True, check=False)
    return done.stdout


def _file(path: Path) -> dict[str, Any]:
    status = path.lstat()
    found: dict[str, Any] = {
        "mode": f"{status.st_mode & 0o7777:04o}",
        "owner": path.owner() if not path.is_symlink() else "",
        "group": path.group() if not path.is_symlink() else "",
        "target": str(path.readlink()) if path.is_symlink() else "",
        "sha256": "",
    }
    if path.is_file() and not path.is_symlink():
        found["sha256"] = hashlib.sha256(path.read_bytes()).hexdigest()
    return found


def _units() -> dict[str, dict[str, str]]:
    keys = "Id,LoadState,ActiveState,UnitFileState"
    found = {}
    for block in _said("systemctl", "show", f"--property={keys}", *_UNITS.split()).split("\n\n"):
        unit = dict(line.split("=", 1) for line in block.splitlines() if "=" in line)
        if "Id" in unit:
            found[unit["Id"].removesuffix(".service")] = unit
    return found


def _sockets() -> list[dict[str, str]]:
    """Every listener with its program, or its account: in a container nobody sees another account's programs."""
    found = []
    accounts = {row.split(":")[2]: row.split(":")[0] for row in _lines("/etc/passwd")}
    for line in _said("ss", "-H", "-l", "-n", "-t", "-u", "-p", "-e").splitlines():
        columns = line.split()
        if len(columns) < _SOCKET_COLUMNS:
            continue
        address, _, port = columns[4].rpartition(":")
        words = dict(word.split(":", 1) for word in columns if ":" in word)
        account = accounts.get(words.get("uid", "0"), "")
        program = line.split('users:(("', 1)[1].split('"', 1)[0] if "users:((" in line else account
        address = address.strip("[]").split("%")[0]
        found.append({"protocol": columns[0], "address": address, "port": port, "program": program})
    return found


def _certificate() -> dict[str, Any]:
    """Subject and end (seconds of the clock) of the host's certificate; nothing where it has none."""
    try:
        said: dict[str, Any] = ssl._ssl._test_decode_cert("/etc/hikae/tls/host.pem")  # type: ignore[attr-defined]  # noqa: SLF001
    except (OSError, ssl.SSLError):
        return {}
    subject = {key: value for part in said["subject"] for key, value in part}
    return {
        "host": subject.get("commonName", ""),
        "role": subject.get("organizationalUnitName", ""),
        "left_s": ssl.cert_time_to_seconds(said["notAfter"]) - time.time(),
    }


def _ssh() -> dict[str, Any]:
    """Lists of keys wherever one is, the principals of each account, and the rest of sshd's certificate (seconds)."""
    folder = Path("/etc/ssh")
    # Not where packages lie: nobody's home is there, and they are most of a disk.
    spared = ("/proc", "/sys", "/usr/lib", "/usr/share", "/var/lib/postgresql")
    argv = ["find", "/", "-xdev"]
    for path in spared:
        argv += ["-path", path, "-prune", "-o"]
    names = ["(", "-name", "authorized_keys*", "-o", "-name", "netops_keys", ")"]
    found: dict[str, Any] = {
        "lists": _said(*argv, *names, "-print").splitlines(),
        "principals": {
            path.name: path.read_text().split() for path in sorted(folder.glob("principals/*"))
        },
        "left_s": 0.0,
    }
    shown = _said(
        "env", "TZ=UTC", "ssh-keygen", "-L", "-f", f"{folder}/ssh_host_ed25519_key-cert.pub"
    )
    for line in shown.splitlines():
        words = line.split()
        if words[:1] == ["Valid:"] and len(words) > _VALIDITY_WORDS:
            ends = time.strptime(words[4], "%Y-%m-%dT%H:%M:%S")
            found["left_s"] = calendar.timegm(ends) - time.time()
    return found


def _accounts() -> list[dict[str, Any]]:
    hashes = {row.split(":")[0]: row.split(":")[1] for row in _lines("/etc/shadow")}
    found = []
    for row in _lines("/etc/passwd"):
        name, _, uid, _, _, _, shell = row.split(":")
        # Never the hash itself: only whether one could log in with it.
        usable = hashes.get(name, "*").startswith("$") or hashes.get(name, "*") == ""
        found.append({"name": name, "uid": int(uid), "shell": shell, "has_password": usable})
    return found


def _lines(path: str) -> list[str]:
    return [line for line in Path(path).read_text().splitlines() if line]


def _sshd() -> dict[str, str]:
    words = (line.partition(" ") for line in _said("/usr/sbin/sshd", "-T").splitlines())
    return {key: value for key, _, value in words}


def main(paths: list[str]) -> None:
    """Print the state of this host; `paths` are the files to describe."""
    state = {
        "units": _units(),
        "failed": _said(
            "systemctl", "list-units", "--state=failed", "--plain", "--no-legend"
        ).split("\n")[:-1],
        "timers": [
            line.split()[-2]
            for line in _said("systemctl", "list-timers", "--no-legend").splitlines()
            if line.split()
        ],
        "sockets": _sockets(),
        "accounts": _accounts(),
        "certificate": _certificate(),
        "ssh": _ssh(),
        "sshd": _sshd(),
        "nft": _said("nft", "list", "ruleset"),
        "files": {
            path: _file(Path(path))
            for path in paths
            if Path(path).is_symlink() or Path(path).exists()
        },
        "sudo": _said("sudo", "-n", "-l", "-U", "ops"),
        "chronyd": _said("ps", "-C", "chronyd", "-o", "args="),
        "container": _said("systemd-detect-virt", "--container").strip(),
    }
    sys.stdout.write(json.dumps(state) + "\n")


if __name__ == "__main__":
    main(sys.argv[1:])
