"""Where alerts arrive: a webhook that writes a line when an alert begins and one when it ends, however often it is told.

Every monitoring host's Prometheus evaluates the same rules, and after a loss or a cut both Alertmanagers may tell; so an
arrival is *a change of state of one alert*, known by its labels, and what was told already is counted only.
Runs on hosts with Debian's Python: standard library only. `python3 -m monitors.alerting.receiver PORT FILE`.
"""

from __future__ import annotations

import json
import os
import sys
import threading
import time
from collections.abc import Mapping, Sequence
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

__all__ = ["Arrivals", "server_of"]

_LARGEST = 4 * 1024 * 1024
FIRING, RESOLVED = "firing", "resolved"


class Arrivals:
    """The lines so far, and what state each alert is in; a restart reads both from the file."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._lock = threading.Lock()
        self._states: dict[str, str] = {}
        self.written = self.told_again = 0
        text = path.read_text(encoding="utf-8") if path.exists() else ""
        self._is_torn = not text.endswith("\n") and text != ""
        for line in text.splitlines():
            # The last line may be half a one, after a loss of power: then that alert is told again.
            try:
                said = json.loads(line)
                self._states[_identity(said["labels"])] = said["status"]
            except (ValueError, KeyError, TypeError):
                continue

    def take(self, message: Mapping[str, Any], now: float) -> int:
        """Write what is new in a message of Alertmanager's webhook; how many lines that were.

        ValueError where it is no such message; then nothing is written.
        """
        alerts = message.get("alerts")
        if not isinstance(alerts, list):
            raise ValueError("no alerts in the message")
        with self._lock:
            fresh = [each for each in alerts if self._is_new(each)]
            if fresh:
                self._append([_line(each, now) for each in fresh])
            for each in fresh:
                self._states[_identity(each["labels"])] = each["status"]
            self.written += len(fresh)
            self.told_again += len(alerts) - len(fresh)
            return len(fresh)

    def _is_new(self, alert: object) -> bool:
        if not isinstance(alert, dict) or alert.get("status") not in (FIRING, RESOLVED):
            raise ValueError("an alert without a state")
        if not isinstance(alert.get("labels"), dict):
            raise ValueError("an alert without labels")
        known = self._states.get(_identity(alert["labels"]), RESOLVED)
        return bool(alert["status"] != known)

    def _append(self, lines: Sequence[str]) -> None:
        with self._path.open("a", encoding="utf-8") as file:
            file.write("\n" * self._is_torn + "".join(f"{line}\n" for line in lines))
            file.flush()
            os.fsync(file.fileno())
        self._is_torn = False

    def metrics(self) -> str:
        """What Prometheus is told of the receiver itself."""
        firing = sum(state == FIRING for state in self._states.values())
        rows = (
            ("hikae_receiver_lines_total", "counter", "Alerts that began or ended.", self.written),
            ("hikae_receiver_told_again_total", "counter", "Told although known.", self.told_again),
            ("hikae_receiver_firing", "gauge", "Alerts that have begun and not ended.", firing),
        )
        return "".join(
            f"# HELP {name} {words}\n# TYPE {name} {kind}\n{name} {value}\n"
            for name, kind, words, value in rows
        )


def _identity(labels: Mapping[str, str]) -> str:
    return json.dumps(labels, sort_keys=True)


def _line(alert: Mapping[str, Any], now: float) -> str:
    kept = ("status", "labels", "annotations", "startsAt", "endsAt")
    said = {"received": round(now, 3), **{key: alert.get(key) for key in kept}}
    return json.dumps(said, ensure_ascii=False, sort_keys=True)


def server_of(arrivals: Arrivals, port: int) -> ThreadingHTTPServer:
    """A server on the loopback, behind the gate of its host."""

    class Webhook(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            length = int(self.headers.get("Content-Length") or 0)
            if length > _LARGEST:
                self._answer(413, "too large\n")
                return
            try:
                message = json.loads(self.rfile.read(length))
                count = arrivals.take(message if isinstance(message, dict) else {}, time.time())
            except ValueError as error:
                self._answer(400, f"{error}\n")
            else:
                self._answer(200, f"{count} new\n")

        def do_GET(self) -> None:
            self._answer(200, arrivals.metrics())

        def _answer(self, status: int, text: str) -> None:
            body = text.encode()
            self.send_response(status)
            self.send_header("Content-Type", "text/plain; version=0.0.4")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 (the name of the class above)
            """Silent: the journal has what Alertmanager says, and the file has the alerts."""

    return ThreadingHTTPServer(("127.0.0.1", port), Webhook)


if __name__ == "__main__":
    server_of(Arrivals(Path(sys.argv[2])), int(sys.argv[1])).serve_forever()
