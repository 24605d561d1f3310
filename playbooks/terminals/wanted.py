"""What a terminal should look like: the static files of role `base`, and the same templates, filled for one terminal.

Nothing is written down twice: a terminal is hardened by the files that harden the servers.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from playbooks.pack import Entry, read_tree

__all__ = ["InvalidTerminal", "entries", "packages"]

_BASE = Path(__file__).resolve().parent.parent / "roles/base"
_NEEDED = ("hikae_hosts", "hikae_bastions", "hikae_ntp")
# Only servers are measured with lynis, and only Ansible needs Python bindings of apt.
_NOT_ON_TERMINALS = frozenset({"lynis", "python3-apt"})


class InvalidTerminal(ValueError):
    """The data of a terminal do not suffice to configure it."""


def packages() -> list[str]:
    """Debian packages of a terminal, sorted."""
    defaults = yaml.safe_load((_BASE / "defaults/main.yml").read_text(encoding="utf-8"))
    return sorted({*defaults["base_packages"], "python3"} - _NOT_ON_TERMINALS)


def entries(name: str, data: Mapping[str, Any]) -> tuple[Entry, ...]:
    """Every file of terminal `name`; raises InvalidTerminal when a variable is missing."""
    missing = [key for key in _NEEDED if data.get(key) is None]
    if missing:
        raise InvalidTerminal(
            f"{name}: {', '.join(missing)} not given; pass the `vars` of the Ansible inventory as variables"
        )
    if not data["hikae_bastions"]:
        raise InvalidTerminal(
            f"{name}: hikae_bastions is empty, nobody could enter it any more; name a bastion"
        )
    values = {
        "hikae_listens": [],
        "base_time_sources": [],
        "hikae_address": data.get("ssh_hostname", ""),
        **data,
    }
    # As Ansible renders: the files of a terminal and of a server differ in their values only.
    templates = Environment(
        loader=FileSystemLoader(_BASE / "templates"),
        trim_blocks=True,
        keep_trailing_newline=True,
        undefined=StrictUndefined,
    )

    def rendered(template: str) -> bytes:
        return templates.get_template(template).render(values).encode()

    return (
        *read_tree(_BASE / "files", "tree"),
        Entry("/etc/hosts", 0o644, data=rendered("hosts.j2")),
        Entry("/etc/chrony/chrony.conf", 0o644, data=rendered("chrony.conf.j2")),
        Entry("/etc/nftables.conf", 0o600, data=rendered("nftables.conf.j2")),
        Entry("/etc/printcap", 0o644, data=_printers(data.get("hikae_printers", ())).encode()),
    )


def _printers(addresses: tuple[str, ...] | list[str]) -> str:
    lines = ["# Written by the terminals' deploy: the printers of the office, by address."]
    for number, address in enumerate(addresses, 1):
        lines.append(
            f"printer{number}:rm={address}:rp=print:sd=/var/spool/lpd/printer{number}:mx#0:"
        )
    return "\n".join(lines) + "\n"
