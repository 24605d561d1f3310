"""pyinfra's inventory of terminals, from the file that environment variable HIKAE_TERMINALS names.

The file is JSON: {"hosts": {name: data}, "ssh_config": path, "variables": {name: value}}; `data` is what
`inventory.export.pyinfra_hosts` says of a terminal, `variables` are those of the Ansible inventory.
"""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

__all__ = ["terminal"]


def _read(path: Path) -> tuple[list[tuple[str, dict[str, Any]]], dict[str, Any]]:
    said = json.loads(path.read_text(encoding="utf-8"))
    common = {
        **said.get("variables", {}),
        "ssh_config_file": said["ssh_config"],
        "ssh_strict_host_key_checking": "yes",
        "ssh_allow_agent": False,
        "ssh_look_for_keys": False,
    }
    return list(said["hosts"].items()), common


# pyinfra takes every public list or tuple of this module as a group: (hosts, data of the group).
terminal = _read(Path(os.environ["HIKAE_TERMINALS"]))
