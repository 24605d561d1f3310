"""The command line: `python -m nenkin serve | migrate | jobs`, and the batch jobs."""

from __future__ import annotations

import argparse
import dataclasses
import gc
import json
import logging
import signal
import sys
from collections.abc import Iterable, Sequence
from ipaddress import ip_address
from pathlib import Path
from typing import Any

from nenkin import __version__
from nenkin.commands import FAMILIES, Family, family_of
from nenkin.jobs import EXITS, JOBS
from nenkin.settings import ENV_FILE, InvalidSettings, Settings, load_settings

_OWN = frozenset({"serve", "jobs"})


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs one command; 0 fine, 1 failed, 2 wrong call or settings, 3 database unreachable."""
    given = sys.argv[1:] if arguments is None else arguments
    called = _called(given)
    families = _families(called)
    options = _parser(families).parse_args(given)
    logging.basicConfig(level=logging.WARNING, format="%(levelname)s %(name)s: %(message)s")
    try:
        if options.command == "jobs":
            jobs = [dataclasses.asdict(job) for job in JOBS]
            _say({"format": "nenkin-jobs-1", "exits": EXITS, "jobs": jobs})
            return 0
        settings = load_settings(env_file=options.env_file)
        if options.command == "serve":
            return _serve(settings)
        (family,) = families
        report, code = family.run(options, settings)
        _say(report)
        if "error" in report:
            sys.stderr.write(f"{report['error']}\n")
        return code
    except InvalidSettings as error:
        sys.stderr.write(f"{error}\n")
        return 2


def _families(called: str) -> Sequence[Family]:
    """What is to be known of for a command: its own family, or all of them to say what there is."""
    if called in _OWN:
        return ()
    family = family_of(called)
    return (family,) if family is not None else tuple(load() for load in FAMILIES.values())


def _called(arguments: Sequence[str]) -> str:
    """The command that is called, as far as can be told before it is known; empty: none."""
    first = argparse.ArgumentParser(add_help=False)
    first.add_argument("--env-file")
    first.add_argument("command", nargs="?", default="")
    return str(first.parse_known_args(arguments)[0].command)


def _parser(families: Iterable[Family]) -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="nenkin", description="The record service.")
    parser.add_argument("--version", action="version", version=__version__)
    parser.add_argument(
        "--env-file", type=Path, default=ENV_FILE, help="KEY=VALUE lines; the environment wins"
    )
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("serve", help="answer requests until SIGTERM")
    for family in families:
        family.add(commands)
    jobs = commands.add_parser("jobs", help="declare the batch jobs of this program")
    jobs.add_argument("--json", action="store_true", help="as JSON, which is the only form")
    return parser


def _serve(settings: Settings) -> int:
    # Here and not above: the other commands need no web server.
    import uvicorn
    from uvicorn.protocols.http.auto import AutoHTTPProtocol

    from nenkin.encryption import Listener, gated
    from nenkin.web import build_app

    if not settings.tls_identity and not ip_address(settings.address).is_loopback:
        raise InvalidSettings(
            f"NENKIN_ADDRESS: {settings.address} is reached by others: give NENKIN_TLS_IDENTITY, "
            "NENKIN_TLS_TRUST and NENKIN_TLS_CALLERS, or listen on 127.0.0.1"
        )
    listener = Listener(settings) if settings.tls_identity else None
    config = uvicorn.Config(
        build_app(settings),
        host=settings.address,
        port=settings.port,
        access_log=False,
        log_config=None,
        server_header=False,
        ws="none",
        # Longer than a balancer keeps an idle connection: whoever reuses it must not lose the race.
        timeout_keep_alive=75,
        timeout_graceful_shutdown=3,
        http=gated(AutoHTTPProtocol, settings.tls_callers) if listener else AutoHTTPProtocol,
    )
    config.load()
    # What is here now stays: no collection needs to go through it again, which would hold all requests up.
    gc.freeze()
    if listener is not None:
        config.ssl = listener.context
        signal.signal(signal.SIGHUP, lambda *_: listener.renew())
    uvicorn.Server(config).run()
    return 0


def _say(document: dict[str, Any]) -> None:
    sys.stdout.write(json.dumps(document, ensure_ascii=False, sort_keys=True) + "\n")


if __name__ == "__main__":
    sys.exit(main())
