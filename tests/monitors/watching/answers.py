"""A Prometheus that answers what was recorded, and can be stopped."""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

ALERT = {
    "state": "firing",
    "activeAt": "2026-11-30T11:00:00.123456789Z",
    "labels": {"alertname": "HostDown", "severity": "critical", "owner": "server-chief"},
    "annotations": {"summary": "x does not answer", "runbook": "runbooks/host-trouble.md#down"},
}
LATER = {**ALERT, "labels": {"alertname": "Slow", "severity": "warning"}}
# By the metric of a query: labels and value of each row.
ROWS: dict[str, list[tuple[dict[str, str], str]]] = {
    "up": [({"site": "mitaka"}, "9"), ({"site": "kansai"}, "14")],
    "probe_success": [({"service": "records"}, "1"), ({"service": "payments"}, "0")],
    "probe_duration_seconds": [({"service": "records"}, "0.012")],
    "hikae_cluster_leaders": [({"cluster": "records"}, "1")],
    "hikae_cluster_members_running": [({"cluster": "records"}, "4")],
    "hikae_cluster_members_expected": [({"cluster": "records"}, "4")],
    "hikae_cluster_site_rpo_zero": [({"cluster": "records"}, "0")],
    "hikae_cluster_bytes_at_risk": [({"cluster": "records"}, "+Inf")],
    "hikae_etcd_votes_to_spare": [({}, "2")],
    "hikae_batch_running": [({}, "1")],
    "hikae_batch_jobs": [({"state": "done"}, "150"), ({"state": "failed"}, "0")],
    "hikae_batch_miss_probability": [({}, "0.031")],
    "hikae_batch_finish_timestamp_seconds": [({"level": "0.95"}, "1796104800")],
    "hikae_batch_deadline_timestamp_seconds": [({}, "1796108400")],
}

# What a whole estate's sites say; the others of `ROWS` stay.
DOWN = "kushiro"
SHORT, FULL = "host-memory", "host-disk"


def sites_rows(hosts: dict[str, int], up: bool) -> list[tuple[dict[str, str], str]]:
    """Every host of every site answers, but for one site."""
    return [
        ({"site": name}, "0" if up and name == DOWN else str(count))
        for name, count in hosts.items()
    ]


def history(query: str, start: float, step: float, end: float) -> list[dict[str, Any]]:
    """Disks fill up, memory is known for 30 days, connections rest; nothing is known of anything else."""
    count = int((end - start) // step) + 1
    if "filesystem" in query:
        values = [50 + 30 * day / count + (day % 7 == 0) for day in range(count)]
        name = "mitaka-db1"
    elif "MemAvailable" in query:
        values, name = [40.0 + day % 3 for day in range(30)], "mitaka-app1"
    elif "pg_stat_activity" in query:
        values, name = [100 + day % 5 + (day % 7 == 1) * 3 for day in range(count)], "mitaka-db1"
    else:
        return []
    first = count - len(values)
    rows = [[start + (first + day) * step, f"{value:.2f}"] for day, value in enumerate(values)]
    return [{"metric": {"instance": name}, "values": rows}]


@contextmanager
def recorded(hosts: dict[str, int], alerts: Any = None) -> Iterator[str]:
    """Serve the recorded answers; gives the address. When it is left nobody listens there any more."""
    fired = [ALERT, LATER] if alerts is None else alerts

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self._answer(urlsplit(self.path).query)

        def do_POST(self) -> None:
            self._answer(self.rfile.read(int(self.headers["Content-Length"])).decode())

        def _answer(self, text: str) -> None:
            asked = {name: values[0] for name, values in parse_qs(text).items()}
            path = urlsplit(self.path).path
            if path.endswith("/alerts"):
                data: dict[str, Any] = {"alerts": fired}
            elif path.endswith("/query_range"):
                times = (float(asked[name]) for name in ("start", "step", "end"))
                data = {"result": history(asked["query"], *times)}
            else:
                data = {"result": self._rows(asked["query"])}
            body = json.dumps({"status": "success", "data": data}).encode()
            self.send_response(200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def _rows(self, query: str) -> list[dict[str, Any]]:
            metric = re.findall(r"hikae_\w+|probe_\w+|\bup\b|predict_linear", query)[0]
            found = ROWS.get(metric, [])
            if metric == "up":
                found = sites_rows(hosts, query.startswith("sum"))
            return [{"metric": labels, "value": [0, value]} for labels, value in found]

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        server.server_close()
