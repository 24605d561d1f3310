"""Host certificates for tools that speak SSH by paramiko, which checks keys one by one and knows no authority.

OpenSSH reads the same file (`@cert-authority` lines of a known_hosts) and checks the same things; whoever opens a
connection by paramiko gives it both: `open_certified` as its transport, so that the host shows its certificate, and
`CertifiedHosts` as the policy for what its own list does not have, which is every host.
"""

from __future__ import annotations

import base64
import re
import socket
import time
from collections.abc import Collection
from pathlib import Path
from typing import Any

import paramiko
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from cryptography.hazmat.primitives.serialization.ssh import (
    SSHCertificate,
    SSHCertificateType,
    load_ssh_public_identity,
)

__all__ = ["CertifiedHosts", "open_certified", "refusal"]

_KIND = "ssh-ed25519-cert-v01@openssh.com"
_MARK = "@cert-authority"
_WITHDRAWN = "@revoked"


def open_certified(sock: Any, **how: Any) -> paramiko.Transport:
    """A transport that asks the host for its certificate and takes no plain key."""
    if isinstance(sock, socket.socket):
        # What a login sends are small pieces in a row; held back until each is acknowledged, they take 40 ms longer.
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    transport = paramiko.Transport(sock, **how)
    transport.get_security_options().key_types = (_KIND,)
    return transport


class CertifiedHosts(paramiko.MissingHostKeyPolicy):
    """Takes a host whose key an authority of `known_hosts` signed for the name that was called, and no other."""

    def __init__(self, known_hosts: Path) -> None:
        # Read at each connection: a rollover adds an authority and takes one away.
        self._known_hosts = known_hosts

    def missing_host_key(
        self, client: paramiko.SSHClient, hostname: str, key: paramiko.PKey
    ) -> None:
        """Raise SSHException with the reason when the host is not to be trusted."""
        self.check(hostname, key)

    def check(self, hostname: str, key: paramiko.PKey) -> None:
        """The same for a connection without a client."""
        known = self._known_hosts.read_text(encoding="utf-8")
        authorities, withdrawn = _marked(known, _MARK), _marked(known, _WITHDRAWN)
        if words := refusal(key.public_blob, hostname, authorities, withdrawn=withdrawn):
            raise paramiko.SSHException(f"{hostname} is not to be trusted: {words}")


def refusal(
    shown: paramiko.pkey.PublicBlob | None,
    called: str,
    authorities: Collection[bytes],
    now: float | None = None,
    *,
    withdrawn: Collection[bytes] = (),
) -> str:
    """Why the certificate that a host showed does not prove that it is `called`; empty when it does.

    Keys are public lines without comment; nobody believes those of `withdrawn`, whoever signed them.

    That the host has the certificate's key was proven by the key exchange.
    """
    if shown is None or shown.key_type != _KIND:
        return "it shows a plain key and no certificate"
    line = f"{shown.key_type} {base64.b64encode(shown.key_blob).decode()}"
    certificate = load_ssh_public_identity(line.encode())
    assert isinstance(certificate, SSHCertificate)
    name = re.sub(r"^\[(.+)\]:\d+$", r"\1", called)
    moment = time.time() if now is None else now
    if certificate.type is not SSHCertificateType.HOST:
        return "its certificate is that of a person"
    if _line(certificate) not in authorities:
        return "its certificate is of an authority that nobody here trusts"
    if certificate.public_key().public_bytes(Encoding.OpenSSH, PublicFormat.OpenSSH) in withdrawn:
        return "its key was withdrawn: the machine that had it was given up"
    if not certificate.valid_after <= moment < certificate.valid_before:
        return "its certificate has ended or not begun"
    if name.encode() not in certificate.valid_principals:
        return f"its certificate is for {b', '.join(certificate.valid_principals).decode()}"
    if certificate.critical_options:
        return "its certificate has conditions that nobody here knows"
    try:
        certificate.verify_cert_signature()
    except InvalidSignature:
        return "its certificate was altered"
    return ""


def _line(certificate: SSHCertificate) -> bytes:
    return certificate.signature_key().public_bytes(Encoding.OpenSSH, PublicFormat.OpenSSH)


def _marked(known_hosts: str, mark: str) -> frozenset[bytes]:
    words = [line.split() for line in known_hosts.splitlines()]
    # Marker, pattern, kind, key, comment. The file is a run's own and speaks for every host that can be called.
    return frozenset(" ".join(each[2:4]).encode() for each in words if each[:2] == [mark, "*"])
