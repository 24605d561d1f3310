"""From the estate to the text that a device of the twin reads: FRR 8.4's configuration, whole, drained or of day 0."""

from __future__ import annotations

from collections.abc import Collection

from inventory import Estate
from netconfig.derivation import NotRouted, derive_intent
from netconfig.dialects.frr.rendering import render, render_daemons

__all__ = ["daemons", "provider_config", "render", "router_config", "staging_config"]


def router_config(
    estate: Estate, host: str, within: Collection[str] | None = None, *, is_drained: bool = False
) -> str:
    """The whole frr.conf of a router, balancer or provider; `within` = the booted hosts (default: all).

    `is_drained` as in `derive_intent`. Raises UnknownHost and NotRouted.
    """
    return render(derive_intent(estate, host, within, is_drained=is_drained))


def staging_config(estate: Estate, host: str, within: Collection[str] | None = None) -> str:
    """The frr.conf of day 0: all addresses inside the site, OSPF, and the session of the first line only.

    It is a part of `router_config`, save that a site's first router also holds the LAN's gateway address until VRRP does.
    """
    return render(derive_intent(estate, host, within, is_staged=True))


def provider_config(estate: Estate, host: str, within: Collection[str] | None = None) -> str:
    """The whole frr.conf of a provider's stand-in; NotRouted for a host that is none."""
    if estate.host(host).role != "provider":
        raise NotRouted(f"{host} is a {estate.host(host).role}, not a provider")
    return router_config(estate, host, within)


def daemons(estate: Estate, host: str) -> str:
    """The text of /etc/frr/daemons: which daemons run, with options that keep their memory low."""
    intent = derive_intent(estate, host)
    return render_daemons(intent)
