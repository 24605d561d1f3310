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
from tests.dr_acting.postgres import USER, free_port, server, wait_until


def test_the_ledger_holds_what_was_acknowledged(tmp_path: Path) -> None:
    with server() as database:
        database.start()
        database.ask("create database records")
        dsn = f"host={database.folder} port={database.port} user={USER} dbname=records"
        port = free_port()
        settings = {"NENKIN_DSN_RECORDS": dsn, "NENKIN_PORT": str(port)}
        nenkin = [sys.executable, "-m", "nenkin"]
        environment = os.environ | settings
        subprocess.run([*nenkin, "migrate", "records"], env=environment, check=True)
        serving = subprocess.Popen([*nenkin, "serve"], env=environment)
        program, config = tmp_path / "client.pyz", tmp_path / "config.json"
        history, status = tmp_path / "history.jsonl", tmp_path / "status.json"
        program.write_bytes(archive())
        wanted = {
            "office": "hakata",
            "service": "records",
            "address": "127.0.0.1",
            "port": port,
            "run": str(uuid.uuid4()),
            "seed": 3,
            "rate": 30.0,
            "write_share": 0.78,
            "persons": 3,
            "history": str(history),
            "status": str(status),
        }
        config.write_text(json.dumps(wanted))
        client = subprocess.Popen([sys.executable, "-I", str(program), str(config)])
        try:
            wait_until(
                lambda: status.exists() and json.loads(status.read_text())["acked"] > 60,
                deadline_s=60,
            )
            # The database hangs: what is under way then is unknown, and may be kept or not.
            database.send(signal.SIGSTOP)
            time.sleep(1)
            database.send(signal.SIGCONT)
            time.sleep(1)
        finally:
            client.send_signal(signal.SIGTERM)
            assert client.wait(10) == 0
            serving.terminate()
            serving.wait(10)
        parsed = parse_history([("hakata", history.read_text())])
        assert parsed.problems == ()
        where = ["-h", str(database.folder), "-p", str(database.port), "-U", USER, "-d", "records"]
        query = "select key, content, entries from nenkin.ledger"
        ledger = parse_ledger(database.command("psql", "-XAtq", "-F", "\t", *where, "-c", query))
        writes = [t for t in parsed.transactions if t.kind == "write"]
        acked = [t for t in writes if t.outcome == "acked"]
        assert len(acked) > 40
        for write in acked:
            assert ledger[write.id] == LedgerEntry(str(write.content), 1)
        for write in writes:
            if write.outcome in ("refused", "unreached"):
                assert write.id not in ledger
        assert any(t.outcome == "acked" for t in parsed.transactions if t.kind == "read")
