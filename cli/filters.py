"""The packet filters of hosts as role `base` would write them, without a playbook: text in, text out."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined

import playbooks
from inventory import Estate
from inventory.export import ansible_inventory

__all__ = ["rendered_filters"]

_TEMPLATES = Path(playbooks.__path__[0]) / "roles" / "base" / "templates"


def rendered_filters(estate: Estate, within: Collection[str] | None = None) -> dict[str, str]:
    """The nftables text of every host that role `base` looks after."""
    environment = Environment(
        loader=FileSystemLoader(_TEMPLATES),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=False,
        autoescape=False,
    )
    template = environment.get_template("nftables.conf.j2")
    everything = ansible_inventory(estate, within)["all"]
    servers = everything["children"]["servers"]["hosts"]
    return {
        name: template.render({**everything["vars"], **values})
        for name, values in everything["hosts"].items()
        if name in servers
    }
