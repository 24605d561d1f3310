"""Keeps a host's keys and certificates, for TLS and for SSH; sent to `python3 -` on the host, as root, with a call
of `main`.

`look` and `request` take {"renew_before_s", "tls", "ssh"} and write {"reason", "request", "public"}: why something
is due, and (only `request`) what is to be signed: a request for TLS, the public key of sshd. `tls` is {"estate",
"host", "role", "names", "addresses", "trust", "agreement", "issuer"}, or null where nothing speaks TLS; `ssh` is
{"names", "hosts", "logins", "principals", "revoked"}. Private keys are made here and leave this host in no way.
`install` takes {"tls": {"chain", "trust", "agreement"}, "ssh": {"certificate", "logins", "principals", "revoked"}},
what was asked for of both, or {"refused"}, and writes {"restart"}: units that read the trusted roots only when they
start. `restart` does that, apart, so that one host does it at a time.

Key and certificate for TLS lie in one file, which is replaced whole: nobody ever sees one without the other.
Standard library and openssl only, for the Python of Debian 12.
"""

from __future__ import annotations

import base64
import contextlib
import grp
import hashlib
import json
import os
import re
import socket
import ssl
import struct
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

FOLDER = Path("/etc/hikae/tls")
IDENTITY = FOLDER / "host.pem"
# Both are gone once everything is done: a run that broke off is seen by them and done again.
NEXT_KEY, RESTART = FOLDER / "next.key", FOLDER / "restart"
# Everybody's roots, and those of the roles that may call etcd: etcd tells callers apart by these.
TRUST, AGREEMENT = FOLDER / "ca.pem", FOLDER / "agreement.pem"
GROUP = "hikae-tls"
HAPROXY = "/run/haproxy/admin.sock"
# Who takes up a new certificate when told to, and who reads the trusted roots only at its start.
# etcd, hikae-announce and Prometheus look at the file themselves, HAProxy is told by its socket.
RELOADED = ("patroni", "nenkin", "hikae-gate")
RESTARTED = ("etcd", "prometheus-alertmanager")
# What sshd shows and whom it lets in; day 0 wrote it, all but the key is kept from here.
SSH = Path("/etc/ssh")
# There while sshd has not read its new certificate; gone with a restart of the host, at which it is read.
RELOAD = Path("/run/hikae-sshd-reload")
_CERTIFICATE = re.compile(r"-----BEGIN CERTIFICATE-----.+?-----END CERTIFICATE-----", re.DOTALL)


class CertificateFailed(Exception):
    """What could not be done, in a sentence."""


def ask(wanted: Mapping[str, Any], now: float, *, is_asking: bool) -> dict[str, str]:
    """Why something is due, and what is to be signed for it."""
    before = wanted["renew_before_s"]
    tls = tls_reason(wanted["tls"], before, now) if wanted["tls"] else ""
    ssh = ssh_reason(wanted["ssh"], before, now)
    return {
        "reason": "; ".join(filter(None, (tls, ssh))),
        "request": tls_request(wanted["tls"]) if tls and is_asking else "",
        "public": _text(SSH / "ssh_host_ed25519_key.pub").strip() if ssh and is_asking else "",
    }


def install(answer: Mapping[str, Any]) -> list[str]:
    """Put what was signed in its place; who must be restarted."""
    if answer.get("refused"):
        raise CertificateFailed(answer["refused"])
    if answer.get("ssh"):
        install_ssh(answer["ssh"])
    return install_tls(answer["tls"]) if answer.get("tls") else []


def tls_reason(wanted: Mapping[str, Any], renew_before_s: float, now: float) -> str:
    """Why a new certificate for TLS is due; empty when all is as it should be."""
    try:
        kept = IDENTITY.read_text()
        # What Patroni reads certificates with as well: the standard library has no public way.
        said: dict[str, Any] = ssl._ssl._test_decode_cert(str(IDENTITY))  # type: ignore[attr-defined]  # noqa: SLF001
    except (OSError, ssl.SSLError):
        return "no certificate"
    blocks = _CERTIFICATE.findall(kept)
    if len(blocks) < 2 or _fingerprint(blocks[1]) != wanted["issuer"]:
        return "the estate's intermediate has changed"
    if ssl.cert_time_to_seconds(said["notAfter"]) - now < renew_before_s:
        return f"it ends on {said['notAfter']}"
    subject = {key: value for part in said["subject"] for key, value in part}
    names = {(kind, value) for kind, value in said.get("subjectAltName", ())}
    if subject != _subject(wanted) or names != _names(wanted):
        return "the inventory has other names for this host"
    if (_text(TRUST), _text(AGREEMENT)) != (wanted["trust"], wanted["agreement"]):
        return "the trusted roots have changed"
    if NEXT_KEY.exists() or RESTART.exists():
        return "the last renewal broke off"
    return ""


def tls_request(wanted: Mapping[str, Any]) -> str:
    """The request to be signed, for a key that is made here (or was, by a run that broke off)."""
    group = _group()
    FOLDER.mkdir(parents=True, exist_ok=True)
    FOLDER.parent.chmod(0o755)
    FOLDER.chmod(0o755)
    if not NEXT_KEY.exists():
        fresh = NEXT_KEY.with_name(".next.key")
        fresh.unlink(missing_ok=True)
        argv = ["openssl", "genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256"]
        _write(fresh, _run(argv), 0o600, group)
        fresh.replace(NEXT_KEY)
    subject = "".join(
        f"/{short}={wanted[key]}"
        for short, key in (("O", "estate"), ("OU", "role"), ("CN", "host"))
    )
    names = ",".join(
        [f"DNS:{name}" for name in wanted["names"]] + [f"IP:{each}" for each in wanted["addresses"]]
    )
    argv = ["openssl", "req", "-new", "-utf8", "-key", str(NEXT_KEY), "-subj", subject]
    return _run([*argv, "-addext", f"subjectAltName={names}"])


def install_tls(answer: Mapping[str, Any]) -> list[str]:
    """Put the signed chain beside its key and let the services take it up; who must be restarted."""
    key = NEXT_KEY.read_text()
    chain, trust = answer["chain"], answer["trust"]
    ours = _run(["openssl", "pkey", "-in", str(NEXT_KEY), "-pubout"])
    if _run(["openssl", "x509", "-noout", "-pubkey"], chain) != ours:
        raise CertificateFailed("the signed certificate does not belong to the key of this host")
    # There once the roots changed and until everybody knows: also for the run after one that broke off.
    has_new_roots = _text(TRUST) not in ("", trust) or RESTART.exists()
    due = [unit for unit in RESTARTED if has_new_roots and _is_active(unit)]
    group = _group()
    if has_new_roots:
        _write(RESTART, " ".join(due), 0o600, 0)
    _write(TRUST, trust, 0o644, 0)
    _write(AGREEMENT, answer["agreement"], 0o644, 0)
    _write(IDENTITY, key + chain, 0o640, group)
    _tell_haproxy(key + chain, has_new_roots=has_new_roots)
    for unit in RELOADED:
        if _is_active(unit):
            _run(["systemctl", "reload", unit])
    if not due:
        RESTART.unlink(missing_ok=True)
    NEXT_KEY.unlink()
    return due


def restart() -> list[str]:
    """Restart what reads the trusted roots only at its start; which units that were."""
    units = _text(RESTART).split()
    if units:
        _run(["systemctl", "try-restart", *units])
        RESTART.unlink()
    return units


def ssh_reason(wanted: Mapping[str, Any], renew_before_s: float, now: float) -> str:
    """Why sshd needs something; empty when it shows and trusts what it should."""
    certificate = _ssh_certificate()
    if certificate is None:
        return "sshd has no certificate for its key"
    if certificate["issuer"] != wanted["hosts"]:
        return "who signs hosts for SSH has changed"
    if certificate["ends"] - now < renew_before_s:
        return f"sshd's certificate ends in {(certificate['ends'] - now) / 86400:.0f} days"
    if certificate["names"] != set(wanted["names"]):
        return "the inventory has another name or address for sshd"
    if any(_bytes(path) != data for path, data in _ssh_trust(wanted).items()):
        return "who may log in has changed"
    return "sshd has not read its last certificate" if RELOAD.exists() else ""


def install_ssh(answer: Mapping[str, Any]) -> None:
    """Put sshd's certificate beside its key, and whom it lets in; sessions go on."""
    for path, data in _ssh_trust(answer).items():
        path.parent.mkdir(mode=0o755, exist_ok=True)
        _write(path, data, 0o644, 0)
    for path in (SSH / "principals").iterdir():
        if path.name not in answer["principals"]:
            path.unlink()
    RELOAD.touch()
    _write(SSH / "ssh_host_ed25519_key-cert.pub", answer["certificate"] + "\n", 0o644, 0)
    _run(["systemctl", "reload", "ssh"])
    RELOAD.unlink()


def _ssh_trust(wanted: Mapping[str, Any]) -> dict[Path, bytes]:
    """By path: who signs logins, what was revoked, and the principals of each account."""
    files = {
        SSH / "trusted_logins.pub": wanted["logins"].encode(),
        SSH / "revoked_logins": base64.b64decode(wanted["revoked"]),
    }
    for account, principals in wanted["principals"].items():
        files[SSH / "principals" / account] = "".join(f"{each}\n" for each in principals).encode()
    return files


def _ssh_certificate() -> dict[str, Any] | None:
    """Names, end and issuer of sshd's certificate; None where it has none for its present key."""
    try:
        (_, own), _ = _strings(_blob("ssh_host_ed25519_key.pub"), 2)
        # Kind, nonce and key; serial and type; id and names; begin and end; options, extensions, reserved and issuer.
        (_, _, key), rest = _strings(_blob("ssh_host_ed25519_key-cert.pub"), 3)
        (_, packed), rest = _strings(rest[12:], 2)
        (ends,) = struct.unpack("!Q", rest[8:16])
        (_, _, _, issuer), _ = _strings(rest[16:], 4)
        names, _ = _strings(packed)
    except (OSError, IndexError, ValueError, struct.error):
        return None
    if key != own:
        return None
    line = f"ssh-ed25519 {base64.b64encode(issuer).decode()}"
    return {"names": {name.decode() for name in names}, "ends": ends, "issuer": line}


def _blob(name: str) -> bytes:
    return base64.b64decode((SSH / name).read_text().split()[1])


def _strings(data: bytes, count: int = -1) -> tuple[list[bytes], bytes]:
    """The next strings of SSH's encoding (all, when no count is given), and what follows them."""
    found = []
    while count and (data or count > 0):
        (length,) = struct.unpack("!I", data[:4])
        found.append(data[4 : 4 + length])
        data, count = data[4 + length :], count - 1
    return found, data


def _tell_haproxy(identity: str, *, has_new_roots: bool) -> None:
    """Replace the certificate in the running process: no reload, so no session ends.

    New roots take a reload: HAProxy 2.6.12 crashed at its second `commit ssl ca-file`.
    """
    if not _is_active("haproxy"):
        return
    said = ""
    if not has_new_roots:
        said = _ask_haproxy(f"set ssl cert {IDENTITY} <<\n{identity.strip()}\n\n")
        said += _ask_haproxy(f"commit ssl cert {IDENTITY}\n")
    if "Success" not in said:
        # Also where the process does not know this certificate yet.
        _run(["systemctl", "reload", "haproxy"])


def _ask_haproxy(command: str) -> str:
    said = b""
    with contextlib.suppress(OSError), socket.socket(socket.AF_UNIX) as line:
        line.settimeout(5)
        line.connect(HAPROXY)
        line.sendall(command.encode())
        line.shutdown(socket.SHUT_WR)
        while data := line.recv(65536):
            said += data
    return said.decode("utf-8", "replace")


def _text(path: Path) -> str:
    return path.read_text() if path.exists() else ""


def _bytes(path: Path) -> bytes | None:
    return path.read_bytes() if path.exists() else None


def _subject(wanted: Mapping[str, Any]) -> dict[str, str]:
    return {
        "organizationName": wanted["estate"],
        "organizationalUnitName": wanted["role"],
        "commonName": wanted["host"],
    }


def _names(wanted: Mapping[str, Any]) -> set[tuple[str, str]]:
    return {("DNS", name) for name in wanted["names"]} | {
        ("IP Address", address) for address in wanted["addresses"]
    }


def _fingerprint(block: str) -> str:
    return hashlib.sha256(ssl.PEM_cert_to_DER_cert(block)).hexdigest()


def _is_active(unit: str) -> bool:
    argv = ["systemctl", "is-active", "--quiet", unit]
    return subprocess.run(argv, stdin=subprocess.DEVNULL, check=False).returncode == 0


def _group() -> int:
    """The group that reads the key: services are put into it by their units."""
    try:
        return grp.getgrnam(GROUP).gr_gid
    except KeyError:
        _run(["groupadd", "--system", GROUP])
        return grp.getgrnam(GROUP).gr_gid


def _write(path: Path, text: str | bytes, mode: int, group: int) -> None:
    fresh = path.with_name(f".{path.name}.new")
    fresh.unlink(missing_ok=True)
    descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(text.encode() if isinstance(text, str) else text)
        os.fchown(descriptor, 0, group)
        os.fchmod(descriptor, mode)
        file.flush()
        os.fsync(descriptor)
    fresh.replace(path)


def _run(argv: list[str], stdin: str = "") -> str:
    try:
        done = subprocess.run(
            argv, input=stdin, capture_output=True, text=True, timeout=60, check=False
        )
    except OSError as error:
        raise CertificateFailed(f"{argv[0]} cannot be run: {error}") from error
    if done.returncode != 0:
        raise CertificateFailed(f"{' '.join(argv[:2])} failed: {done.stderr.strip()[-300:]}")
    return done.stdout


def main(mode: str, said: str) -> int:
    """Do what `mode` says with the JSON text `said`; the exit code: 0 done, 1 not, with a sentence."""
    given = json.loads(said)
    try:
        if mode == "install":
            answer: dict[str, Any] = {"restart": install(given)}
        elif mode == "restart":
            answer = {"restarted": restart()}
        else:
            answer = ask(given, time.time(), is_asking=mode == "request")
    except CertificateFailed as failure:
        sys.stderr.write(f"{failure}\n")
        return 1
    sys.stdout.write(json.dumps(answer) + "\n")
    return 0
