"""Which Prometheus is asked, and what is shown to it: the options, and the first one that answers."""

from __future__ import annotations

import ssl
from collections.abc import Callable
from pathlib import Path
from typing import ParamSpec, TypeVar

import click

from cli.exits import RefusedCall
from dr.fetch import tls_context
from dr.layout import Layout
from inventory import Estate
from monitors.capacity.prometheus import Prometheus, UnreachablePrometheus
from monitors.metrics.targets import GATE_PORT

__all__ = ["context_of", "reach_prometheus", "source_options"]

P = ParamSpec("P")
R = TypeVar("R")

_TRY_S = 10.0


def source_options(words: str) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """Give a command `--prometheus`, `--certificate` and `--trust`; `words` say what holds without an address."""
    pem = click.Path(path_type=Path, exists=True, dir_okay=False)

    def decorate(function: Callable[P, R]) -> Callable[P, R]:
        for option in (
            click.option("--trust", type=pem, help="Roots that its certificate may hang on."),
            click.option("--certificate", type=pem, help="Key and certificate to show, as PEM."),
            click.option(
                "--prometheus", "url", metavar="URL", help=f"Whom to ask (default: {words})."
            ),
        ):
            function = option(function)
        return function

    return decorate


def reach_prometheus(
    estate: Estate, url: str | None, certificate: Path | None, trust: Path | None
) -> Prometheus:
    """The Prometheus that was named, else the first of the estate's monitoring hosts that answers."""
    context = context_of(certificate, trust)
    zone = estate.calendar.timezone
    if url:
        return Prometheus(url, zone, context)
    said = []
    for host in estate.select(role="monitoring"):
        there = f"https://{host.address}:{GATE_PORT}/prometheus"
        try:
            Prometheus(there, zone, context, timeout_s=_TRY_S).value("vector(1)")
        except UnreachablePrometheus as error:
            said.append(str(error))
        else:
            return Prometheus(there, zone, context)
    raise UnreachablePrometheus(
        "; ".join(said)
        or "the estate has no monitoring host; name a Prometheus by `--prometheus URL`"
    )


def context_of(certificate: Path | None, trust: Path | None) -> ssl.SSLContext | None:
    """What is shown and trusted: what the call names, else what this host has, where it is one of the estate's."""
    layout = Layout()
    identity = certificate or Path(layout.identity)
    roots = trust or Path(layout.trust)
    if certificate is None and not identity.exists():
        return ssl.create_default_context(cafile=str(trust)) if trust else None
    try:
        return tls_context(identity, roots)
    except (OSError, ssl.SSLError) as error:
        raise RefusedCall(
            f"{identity} with {roots} cannot be shown ({error}); "
            "name PEM files by `--certificate` and `--trust`"
        ) from None
