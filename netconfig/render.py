"""From intent to the text that a device reads: FRR 8.4's integrated configuration, one template for each section.

Definitions come before what refers to them, so that the text can be typed line by line into a running router.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from functools import cache

from jinja2 import Environment, PackageLoader, StrictUndefined

from inventory import Estate
from netconfig import settings
from netconfig.derivation import NotRouted, derive_intent
from netconfig.intent import Intent

__all__ = ["SECTIONS", "daemons", "provider_config", "render", "router_config", "staging_config"]

SECTIONS = (
    "head",
    "bfd",
    "interfaces",
    "routes",
    "prefix_lists",
    "path_lists",
    "route_maps",
    "filters",
    "ospf",
    "bgp",
)


def router_config(
    estate: Estate, host: str, within: Collection[str] | None = None, *, is_drained: bool = False
) -> str:
    """The whole frr.conf of a router, balancer or provider; `within` = the booted hosts (default: all).

    `is_drained` = its neighbours are asked to prefer others (RFC 8326; OSPF's maximum metric).
    Raises UnknownHost and NotRouted.
    """
    return render(replace(derive_intent(estate, host, within), is_drained=is_drained))


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
    return _environment().get_template("daemons.j2").render(intent=intent)


def render(intent: Intent) -> str:
    """The FRR text of an intent."""
    return "".join(
        _environment().get_template(f"{section}.j2").render(intent=intent, settings=settings)
        for section in SECTIONS
    )


@cache
def _environment() -> Environment:
    return Environment(
        loader=PackageLoader("netconfig", "templates"),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        autoescape=False,
    )
