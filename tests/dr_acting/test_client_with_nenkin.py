"""The client against the real service and database: what is acknowledged is in the ledger."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
import uuid
from pathlib import Path

from dr.client.archive import archive
from dr.evidence import LedgerEntry
from dr.history import parse_history
from dr.ledger import parse_ledger
from tests.dr_acting.postgres import USER, Server, free_port, server, wait_until

SYSTEMS = ("records", "numbers", "payments")


def test_the_ledgers_hold_what_was_acknowledged(tmp_path: Path) -> None:
    with server() as database:
        database.start()
        where = f"host={database.folder} port={database.port} user={USER}"
        for system in SYSTEMS:
            database.ask(f"create database {system}")
        port = free_port()
        settings = {f"NENKIN_DSN_{name.upper()}": f"{where} dbname={name}" for name in SYSTEMS}
        nenkin = [sys.executable, "-m", "nenkin"]
        environment = os.environ | settings | {"NENKIN_PORT": str(port)}
        subprocess.run([*nenkin, "migrate", *SYSTEMS], env=environment, check=True)
        serving = subprocess.Popen([*nenkin, "serve"], env=environment)
        program = tmp_path / "client.pyz"
        program.write_bytes(archive())
        clients = {name: start(program, tmp_path, name, port) for name in SYSTEMS}
        try:
            wait_until(lambda: all(acked(tmp_path, name) > 60 for name in SYSTEMS), deadline_s=60)
            # The database hangs: what is under way then is unknown, and may be kept or not.
            database.send(signal.SIGSTOP)
            time.sleep(1)
            database.send(signal.SIGCONT)
            time.sleep(1)
        finally:
            for client in clients.values():
                client.send_signal(signal.SIGTERM)
            ends = [client.wait(10) for client in clients.values()]
            serving.terminate()
            serving.wait(10)
        assert ends == [0, 0, 0]
        for name in SYSTEMS:
            judge(database, tmp_path, name)


def start(program: Path, folder: Path, system: str, port: int) -> subprocess.Popen[bytes]:
    wanted = {
        "office": "hakata",
        "service": system,
        "holds": system,
        "address": "127.0.0.1",
        "port": port,
        "run": str(uuid.uuid4()),
        "seed": 3,
        "rate": 20.0,
        "write_share": 0.78,
        "persons": 3,
        "history": str(folder / f"history-{system}.jsonl"),
        "status": str(folder / f"status-{system}.json"),
    }
    config = folder / f"config-{system}.json"
    config.write_text(json.dumps(wanted))
    return subprocess.Popen([sys.executable, "-I", str(program), str(config)])


def acked(folder: Path, system: str) -> int:
    status = folder / f"status-{system}.json"
    return int(json.loads(status.read_text())["acked"]) if status.exists() else 0


def judge(database: Server, folder: Path, system: str) -> None:
    parsed = parse_history([("hakata", (folder / f"history-{system}.jsonl").read_text())])
    assert parsed.problems == ()
    where = ["-h", str(database.folder), "-p", str(database.port), "-U", USER, "-d", system]
    query = "select key, content, entries from nenkin.ledger"
    ledger = parse_ledger(database.command("psql", "-XAtq", "-F", "\t", *where, "-c", query))
    writes = [t for t in parsed.transactions if t.kind == "write"]
    acknowledged = [t for t in writes if t.outcome == "acked"]
    assert len(acknowledged) > 40
    for write in acknowledged:
        assert ledger[write.id] == LedgerEntry(str(write.content), 1)
    for write in writes:
        if write.outcome in ("refused", "unreached"):
            assert write.id not in ledger
    assert any(t.outcome == "acked" for t in parsed.transactions if t.kind == "read")
