"""`hikae watch --page` and `--serve`: who is asked, and the page written once or served until interrupted."""

from __future__ import annotations

import json
import ssl
import threading
import time
from collections.abc import Callable
from dataclasses import replace
from http.client import HTTPException
from pathlib import Path
from typing import Any
from urllib.error import URLError
from urllib.request import urlopen

from cli.capacity_source import context_of
from cli.exits import exit_of
from cli.output import print_error, print_line
from cli.running import Reached
from cli.watch_look import Files, Looker
from cli.watch_page import Known, Rendered, outdated, render
from cli.watch_serve import PageServer
from inventory import Estate
from monitors.capacity.prometheus import Prometheus
from monitors.forecast.history import history_path
from monitors.metrics.targets import GATE_PORT
from monitors.night.plan_file import write_whole
from monitors.watching.view import Ask, View

__all__ = ["ask_url", "files_of", "looker_of", "serve_page", "stale_after", "write_page"]

_DEADLINE_S = 3.0
_HISTORY_S = 20.0


def files_of(home: Path, estate: Estate, events: Path | None, state: Path | None) -> Files:
    """Where plans are stored and what was known last is kept."""
    memory = home / "watch" / f"{estate.name}.json"
    return Files(home / "plans", memory, events, state, history_path(home, estate.name))


def ask_url(url: str, context: ssl.SSLContext | None) -> Ask:
    """Ask the Prometheus that the caller named."""

    def ask(_: str, path: str) -> Any:
        there = url.rstrip("/") + path.removeprefix("/prometheus")
        try:
            with urlopen(there, timeout=_DEADLINE_S, context=context) as reply:
                return json.load(reply)
        except (URLError, HTTPException) as error:
            raise OSError(str(error)) from error

    return ask


def looker_of(
    estate: Estate,
    files: Files,
    look_at: Callable[[], View],
    *,
    reached: Reached | None = None,
    url: str | None = None,
    certificate: Path | None = None,
    trust: Path | None = None,
) -> Looker:
    """Whoever looks: through the bastion, or at the address that the caller named."""
    zone = estate.calendar.timezone

    def history_of(host: str) -> Prometheus:
        if reached is None:
            return Prometheus(url or host, zone, context_of(certificate, trust), _HISTORY_S)
        there = f"https://{estate.host(host).address}:{GATE_PORT}/prometheus"
        return Prometheus(there, zone, reached.conductor.tls(), _HISTORY_S)

    return Looker(estate, files, look_at, history_of, reached)


def write_page(
    looker: Looker, within: tuple[str, ...] | None, folder: Path | None, page: Path
) -> View:
    """Look once and write the page whole. OSError."""
    known = looker.look()
    write_whole(page, render(looker.estate, within, known, folder).html)
    return known.view


def stale_after(every_s: float) -> float:
    """Seconds after which a look is too old to be believed: three were missed."""
    return 3 * every_s + 30


def serve_page(
    looker: Looker,
    within: tuple[str, ...] | None,
    folder: Path | None,
    port: int,
    every_s: float,
) -> None:
    """Serve the page on the loopback, and look again and again until interrupted."""
    latest: list[Known] = []

    def page(is_refreshed: bool) -> Rendered:
        known = outdated(latest[-1], time.time(), stale_after(every_s))
        return render(looker.estate, within, known, folder, every_s if is_refreshed else None)

    server = PageServer(page, port)
    # Whoever listens does so in this machine's network; whoever looks may stand in a bastion's.
    print_line(f"The page is at {server.start()} until interrupted (Ctrl-C).")
    try:
        while True:
            _look(looker, latest)
            if latest:
                server.ready.set()
            threading.Event().wait(every_s)
    finally:
        server.stop()


def _look(looker: Looker, latest: list[Known]) -> None:
    try:
        latest[:] = [looker.look(curves=1)]
    except Exception as error:
        # What a verb would end with is a note here; a defect ends the verb.
        if exit_of(error) is None and not isinstance(error, OSError):
            raise
        print_error(f"This look failed: {error}")
        if latest:
            latest[:] = [replace(latest[-1], notes=(f"The last look failed: {error}",))]
