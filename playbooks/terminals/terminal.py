"""The deploy of a terminal: `pyinfra terminals/inventory.py terminals/terminal.py` (playbooks/run.py builds the call).

With variable `hikae_image_build` it installs packages only (an image has a network and no
units); otherwise it needs no network.
"""

from __future__ import annotations

import base64
from typing import Any

from pyinfra.context import config, host
from pyinfra.operations import apt

from playbooks.pack import pack
from playbooks.terminals.certificate import converge_certificate
from playbooks.terminals.tree import converge_tree
from playbooks.terminals.wanted import entries, packages

config.SUDO = True

_data: dict[str, Any] = host.data.dict()  # type: ignore[no-untyped-call]
_CERTIFIED = (
    "hikae_address",
    "hikae_authority",
    "hikae_certificate",
    "hikae_estate",
    "hikae_principals",
    "hikae_renew_before_s",
    "hikae_role",
)
_image = bool(_data.get("hikae_image_build"))

apt.packages(
    name="Packages of a terminal",
    packages=packages(),
    update=_image,
    cache_time=3600 if _image else None,
    no_recommends=True,
    _env={"DEBIAN_FRONTEND": "noninteractive"},
)

if not _image:
    converge_tree(
        name="Files and units of a terminal",
        archive=base64.b64encode(pack(entries(host.name, _data))).decode(),
    )
    converge_certificate(
        name="Certificate of a terminal",
        name_of_host=host.name,
        data={key: _data[key] for key in _CERTIFIED},
        is_dry=bool(_data.get("hikae_dry")),
    )
