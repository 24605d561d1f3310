"""Sessions on models of routers, as a push or a look at drift opens them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from netmiko.exceptions import NetmikoTimeoutException

from netconfig.terminal import OpenTerminal
from tests.netconfig.model_router import ModelRouter

__all__ = ["opener"]


def opener(
    *routers: ModelRouter, words: str = "TCP connection to {host} failed.\n\nCommon causes"
) -> OpenTerminal:
    """Opens these; any other device is not reached, in these words."""
    known = {router.name: router for router in routers}

    @contextmanager
    def open_one(host: str) -> Iterator[ModelRouter]:
        if host not in known:
            raise NetmikoTimeoutException(words.format(host=host))
        yield known[host]

    return open_one
