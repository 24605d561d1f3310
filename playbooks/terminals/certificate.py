"""A terminal's certificate as one pyinfra fact and one operation: role `pki`'s program, and the signature beside them."""

from __future__ import annotations

import base64
import json
import shlex
from collections.abc import Generator, Iterable, Mapping
from pathlib import Path
from typing import Any

from pyinfra.api.facts import FactBase
from pyinfra.api.operation import operation
from pyinfra.context import host

from playbooks.authority import Authority, sign_all
from playbooks.secret_store import SecretStore

__all__ = ["CertificateRequest", "converge_certificate", "program"]

_PROGRAM = Path(__file__).resolve().parent.parent / "roles/pki/files/certificate.py"


class CertificateFailed(Exception):
    """A terminal gave no answer, or its request was refused."""


def program(mode: str, said: Mapping[str, Any]) -> str:
    """The command that runs the program on a terminal: it is sent along and stays nowhere."""
    call = f"raise SystemExit(main({mode!r}, {json.dumps(json.dumps(said))}))\n"
    text = f"{_PROGRAM.read_text(encoding='utf-8')}\n{call}"
    return f"echo {base64.b64encode(text.encode()).decode()} | base64 -d | python3 -sB -"


class CertificateRequest(FactBase[dict[str, str]]):
    """What the terminal says: why a certificate is due, and (unless it is only looked) its request."""

    def command(self, mode: str, wanted: str) -> str:
        """Ask the program; `wanted` is JSON, because facts are known by their arguments."""
        return program(mode, json.loads(wanted))

    def process(self, output: Iterable[str]) -> dict[str, str]:
        """The answer is the last line."""
        answer: dict[str, str] = json.loads(list(output)[-1])
        return answer


@operation()
def converge_certificate(
    name_of_host: str, data: Mapping[str, Any], *, is_dry: bool
) -> Generator[str, None, None]:
    """Have a certificate signed and put beside its key, where one is due."""
    told = data["hikae_authority"]
    own = data["hikae_certificate"]
    trusted = {key: told["ssh"][key] for key in ("logins", "revoked")}
    ssh = trusted | {"principals": data["hikae_principals"]}
    wanted = {
        "renew_before_s": data["hikae_renew_before_s"],
        "tls": own
        and {
            "estate": data["hikae_estate"],
            "host": name_of_host,
            "role": data["hikae_role"],
            "names": own["names"],
            "addresses": own["addresses"],
            "trust": told["trust"],
            "agreement": told["agreement"],
            "issuer": told["issuers"]["agreement" if own["agreement"] else "services"],
        },
        "ssh": ssh
        | {"hosts": told["ssh"]["hosts"], "names": [name_of_host, data["hikae_address"]]},
    }
    said = host.get_fact(
        CertificateRequest,
        mode="look" if is_dry else "request",
        wanted=json.dumps(wanted, sort_keys=True),
    )
    if not said:
        raise CertificateFailed(f"{name_of_host} does not say whether its certificate is due")
    if not said["reason"]:
        host.noop("the certificate is as it should be")
        return
    if is_dry:
        # Never run: a plan only counts what an operation would do.
        yield f"true {shlex.quote(said['reason'])}"
        return
    authority = Authority(SecretStore(Path(told["store"])), data["hikae_estate"])
    known = {"role": data["hikae_role"], "address": data["hikae_address"], "certificate": own}
    (answer,) = sign_all(authority, {name_of_host: {**said, **known}}).values()
    if refusal := answer.get("refused"):
        raise CertificateFailed(refusal)
    if "tls" in answer:
        answer["tls"] |= {key: told[key] for key in ("trust", "agreement")}
    if "ssh" in answer:
        answer["ssh"] |= ssh
    yield program("install", answer)
