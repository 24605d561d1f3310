"""`python3 -m announce SETTINGS` watches for ever; `--withdraw` takes all addresses away."""

from __future__ import annotations

import logging
import signal
import sys
from pathlib import Path

from announce.encryption import Identity
from announce.settings import load_settings
from announce.status import Board, serve
from announce.watch import Watch, notify, withdraw_all


def main(arguments: list[str]) -> int:
    """Run until SIGTERM; the unit's ExecStopPost withdraws, also after a crash of this program."""
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    settings = load_settings(Path(arguments[0]))
    withdraw_all(settings)
    if "--withdraw" in arguments[1:]:
        return 0
    addresses = {service.name: service.address for service in settings.services}
    board = Board(settings.name, settings.site, addresses)
    identity = Identity(settings.identity, settings.trust)
    server = serve(board, settings.address, settings.port, identity, settings.callers)
    notify("READY=1")
    try:
        Watch(settings, board, identity).run()
    finally:
        server.server_close()
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
