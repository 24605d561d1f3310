"""`python -m playbooks.sign` on the control machine: signs the requests of a whole run in one go.

Reads {"store": FOLDER, "estate": NAME, "hosts", "asked", "roles", "addresses", "certificates"}, the last five lists
of equal length: what certificate.py (role pki) wrote on each host, and what the inventory says of it. Writes {HOST:
{"tls": {"chain": PEM}, "ssh": {"certificate": LINE}}}, what it asked for of both, or {HOST: {"refused": WORDS}}. A
refusal concerns its host only.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

from playbooks.authority import Authority, sign_all
from playbooks.secret_store import SecretStore

__all__ = ["main"]


def main() -> int:
    """Sign what standard input asks for; always 0, each host has its own answer."""
    said = json.load(sys.stdin)
    authority = Authority(SecretStore(Path(said["store"])), said["estate"])
    asked = {}
    lists = [said[key] for key in ("hosts", "asked", "roles", "addresses", "certificates")]
    for host, answer, role, address, certificate in zip(*lists, strict=True):
        wants = json.loads(answer)
        if wants["request"] or wants["public"]:
            known = {"role": role, "address": address, "certificate": certificate}
            asked[host] = wants | known
    sys.stdout.write(json.dumps(sign_all(authority, asked)) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
