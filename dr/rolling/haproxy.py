"""What a balancer's HAProxy says and is told, over its admin socket on the host."""

from __future__ import annotations

import csv
import io

from dr.rolling.tools import Tools

__all__ = ["read_servers", "set_server"]

_SOCKET = "/run/haproxy/admin.sock"
_PROGRAM = """
import socket, sys
line = socket.socket(socket.AF_UNIX)
line.settimeout(5)
line.connect(sys.argv[1])
line.sendall(sys.argv[2].encode() + b"\\n")
while data := line.recv(65536):
    sys.stdout.write(data.decode("utf-8", "replace"))
"""
_NO_SERVERS = ("FRONTEND", "BACKEND")


def read_servers(tools: Tools, balancer: str) -> dict[str, str] | None:
    """Give the state of every server that it checks, as `backend/server`; None without an answer."""
    said = _ask(tools, balancer, "show stat")
    if said is None:
        return None
    rows = csv.DictReader(io.StringIO(said.removeprefix("# ")))
    return {
        f"{row['pxname']}/{row['svname']}": row["status"]
        for row in rows
        if row.get("svname") and row["svname"] not in _NO_SERVERS
    }


def set_server(tools: Tools, balancer: str, server: str, state: str) -> str | None:
    """Put a server into `maint`, where it gets no new requests, or make it `ready`; what went wrong."""
    said = _ask(tools, balancer, f"set server {server} state {state}")
    if said is None:
        return f"{balancer}: HAProxy does not answer"
    return f"{balancer}: HAProxy said: {said.strip()}" if said.strip() else None


def _ask(tools: Tools, balancer: str, command: str) -> str | None:
    done = tools.root(balancer, tools.layout.python, "-c", _PROGRAM, _SOCKET, command)
    return done.stdout if done.is_ok else None
