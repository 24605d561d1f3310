"""How an exporter of ours is asked: HTTP on the loopback, behind the gate of its host, which asks who calls.

Runs on hosts with Debian's Python and prometheus-client: nothing else of the project is imported here.
"""

from __future__ import annotations

from http.server import ThreadingHTTPServer

from prometheus_client import CollectorRegistry
from prometheus_client.exposition import MetricsHandler
from prometheus_client.registry import Collector

__all__ = ["server_of"]


def server_of(collector: Collector, port: int) -> ThreadingHTTPServer:
    """A server on the loopback that collects at every scrape; the caller lets it serve."""
    registry = CollectorRegistry()
    registry.register(collector)
    return ThreadingHTTPServer(("127.0.0.1", port), MetricsHandler.factory(registry))
