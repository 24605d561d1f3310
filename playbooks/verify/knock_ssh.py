"""Knocks at a host's sshd from the bastion with every kind of login, good and bad; keys stay in this process."""

from __future__ import annotations

import io
import socket
from collections.abc import Mapping
from pathlib import Path

import paramiko

from inventory.host_keys import CertifiedHosts, open_certified
from inventory.principals import OPERATOR

__all__ = ["LET_IN", "knock"]

LET_IN = "let in"
_WAIT_S = 15.0
# sshd ends a connection at the third refusal (MaxAuthTries): two share one.
_TRIES = 2

Logins = Mapping[str, Mapping[str, str]]


def knock(address: str, logins: Logins, known_hosts: Path, port: int = 22) -> dict[str, str]:
    """By kind of login: `let in`, or why not."""
    found: dict[str, str] = {}
    while left := [kind for kind in logins if kind not in found]:
        # A connection that breaks, or lets in, has an answer for one kind at least.
        found |= _visit(address, port, {kind: logins[kind] for kind in left[:_TRIES]}, known_hosts)
    return found


def _visit(address: str, port: int, logins: Logins, known_hosts: Path) -> dict[str, str]:
    found: dict[str, str] = {}
    try:
        line = socket.create_connection((address, port), timeout=_WAIT_S)
        transport = open_certified(line)
    except (OSError, paramiko.SSHException) as error:
        return dict.fromkeys(logins, f"not reached: {error}")
    try:
        transport.start_client(timeout=_WAIT_S)
        CertifiedHosts(known_hosts).check(address, transport.get_remote_server_key())
        for kind, login in logins.items():
            found[kind] = _try(transport, login)
            if found[kind] == LET_IN:
                break
    except (OSError, EOFError, paramiko.SSHException) as error:
        return found or dict.fromkeys(logins, f"not reached: {error}")
    finally:
        transport.close()
    return found


def _try(transport: paramiko.Transport, login: Mapping[str, str]) -> str:
    key = paramiko.Ed25519Key.from_private_key(io.StringIO(login["key"]))
    if login["certificate"]:
        key.load_certificate(login["certificate"])
    try:
        return LET_IN if transport.auth_publickey(OPERATOR, key) == [] else "asked for more"
    except paramiko.AuthenticationException as error:
        return f"refused: {error}"
