"""Runs on a host and knocks at its own TLS ports with every kind of certificate, good and bad.

Sent to `python3 -` with a call of `main`: keys come by the pipe and lie in memory only, never in an
argument, which sudo and the journal would keep. Standard library only, for the Python of Debian 12.
"""

from __future__ import annotations

import json
import os
import socket
import ssl
import struct
import sys
from collections.abc import Iterator, Mapping
from typing import Any

_WAIT_S = 5.0
# Alertmanager waits for the rest of a message as long as this at least; a refusal comes at once.
_SILENCE_S = 2.0
_SSL_REQUEST = struct.pack("!ii", 8, 80877103)


def knocks(
    port: Mapping[str, Any], roles: Mapping[str, Any]
) -> Iterator[tuple[str, str, str | None]]:
    """Kind, role and certificate of everything to try at a port."""
    if port["speaks"] != "gossip":
        # Who waits for more says nothing to plain words either; what TLS it speaks, the others find.
        yield "plain", "", None
    yield "none", "", None
    for role, probe in roles.items():
        if role in port["callers"]:
            yield "right", role, probe["valid"]
            yield "old-tls", role, probe["valid"]
            yield "expired", role, probe["expired"]
        else:
            yield "other-role", role, probe["valid"]


def knock(port: Mapping[str, Any], kind: str, pem: str | None, trust: str) -> str:
    """What the port answered, empty when it refused: the TLS version and the first bytes."""
    try:
        with socket.create_connection((port["address"], port["port"]), timeout=_WAIT_S) as line:
            if port["speaks"] == "postgres" and kind != "plain":
                line.sendall(_SSL_REQUEST)
                if line.recv(1) != b"S":
                    return ""
            if kind == "plain":
                return _ask(line, port)
            context = ssl.create_default_context(cadata=trust)
            if kind == "old-tls":
                context.maximum_version = ssl.TLSVersion.TLSv1_2
            if pem is not None:
                _load(context, pem)
            with context.wrap_socket(line, server_hostname=port["name"]) as call:
                said = _ask(call, port)
                return f"{call.version()} {said}" if said else ""
    except OSError:
        return ""


def _ask(call: socket.socket, port: Mapping[str, Any]) -> str:
    """The first words of an answer that only somebody who was let in gets."""
    if port["speaks"] == "postgres":
        pairs = [*port["startup"].items()]
        body = b"".join(f"{key}\0{value}\0".encode() for key, value in pairs) + b"\0"
        call.sendall(struct.pack("!ii", len(body) + 8, 196608) + body)
        said = call.recv(9)
        # AuthenticationOk; anything else is an error or the wish for a password.
        return "ok" if said == b"R" + struct.pack("!ii", 8, 0) else ""
    call.sendall(b"GET /health/live HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
    if port["speaks"] == "gossip":
        return _patience(call)
    said = call.recv(64).split(b"\r\n")[0]
    # etcd and Python's servers answer a plain request on a TLS port with a complaint.
    return said.decode("latin-1") if b" 400 " not in said else ""


def _patience(call: socket.socket) -> str:
    """Who speaks a language of its own waits for more of what we said; who refuses ends the line."""
    call.settimeout(_SILENCE_S)
    try:
        return "an answer" if call.recv(1) else ""
    except TimeoutError:
        return "silence"


def _load(context: ssl.SSLContext, pem: str) -> None:
    held = os.memfd_create("probe")
    try:
        os.write(held, pem.encode())
        context.load_cert_chain(f"/proc/self/fd/{held}")
    finally:
        os.close(held)


def main(said: str) -> int:
    """Knock at `ports` with the probes of `roles`, and write one row for each knock."""
    given = json.loads(said)
    rows = [
        [port["port"], kind, role, knock(port, kind, pem, given["trust"])]
        for port in given["ports"]
        for kind, role, pem in knocks(port, given["roles"])
    ]
    sys.stdout.write(json.dumps(rows) + "\n")
    return 0
