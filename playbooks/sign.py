"""`python -m playbooks.sign` on the control machine: signs the requests of a whole run in one go.

Reads {"store": FOLDER, "estate": NAME, "hosts", "asked", "roles", "certificates"}, the last four lists of equal
length: what certificate.py (role pki) wrote on each host, and what the inventory says of it. Writes {HOST:
{"chain": PEM}} or {HOST: {"refused": WORDS}} for each host that asked. A refusal concerns its host only.
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
    requests = {}
    for host, answer, role, certificate in zip(
        said["hosts"], said["asked"], said["roles"], said["certificates"], strict=True
    ):
        if request := json.loads(answer)["request"]:
            requests[host] = {"request": request, "role": role, "certificate": certificate}
    sys.stdout.write(json.dumps(sign_all(authority, requests)) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
