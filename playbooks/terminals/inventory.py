"""pyinfra's inventory of terminals, from the file that environment variable HIKAE_TERMINALS names.

The file is JSON: {"hosts": {name: data}, "ssh_config": path, "known_hosts": path, "variables": {name: value}}; `data`
is what `inventory.export.pyinfra_hosts` says of a terminal, `variables` are those of the Ansible inventory.
"""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

from pyinfra.connectors.sshuserclient import client

from inventory.host_keys import CertifiedHosts, open_certified

__all__ = ["terminal"]


def _check_certificates(known_hosts: Path) -> None:
    """Let `yes` mean the host's certificate: pyinfra knows lists of plain keys only, and would refuse every host."""

    class Certified(CertifiedHosts):
        def __init__(self) -> None:
            super().__init__(known_hosts)

    client.StrictPolicy = Certified  # type: ignore[assignment,misc]


def _read(path: Path) -> tuple[list[tuple[str, dict[str, Any]]], dict[str, Any]]:
    said = json.loads(path.read_text(encoding="utf-8"))
    _check_certificates(Path(said["known_hosts"]))
    common = {
        **said.get("variables", {}),
        "ssh_config_file": said["ssh_config"],
        # Its own list of keys stays empty, so that all is left to what stands behind "yes".
        "ssh_known_hosts_file": os.devnull,
        "ssh_strict_host_key_checking": "yes",
        "ssh_paramiko_connect_kwargs": {"transport_factory": open_certified},
        "ssh_allow_agent": False,
        "ssh_look_for_keys": False,
    }
    return list(said["hosts"].items()), common


# pyinfra takes every public list or tuple of this module as a group: (hosts, data of the group).
terminal = _read(Path(os.environ["HIKAE_TERMINALS"]))
