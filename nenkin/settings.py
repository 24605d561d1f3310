"""Settings of one service process, from the environment or the env file that systemd reads too."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from nenkin.number import InvalidNumber, office_code

DATABASES = ("records", "numbers", "payments")
ENV_FILE = Path("/etc/nenkin/nenkin.env")


class InvalidSettings(Exception):
    """A setting is missing or wrong; the text names the variable, its value and the way out."""


@dataclass(frozen=True, slots=True)
class Settings:
    """Where to listen, which databases to use and how many connections to hold at most."""

    dsns: Mapping[str, str] = field(repr=False)
    address: str = "127.0.0.1"
    port: int = 8000
    pool_size: int = 39
    office: str = "2101"
    tls_identity: str = ""
    tls_trust: str = ""
    tls_callers: tuple[str, ...] = ()
    pseudonym_key: Path | None = None

    def dsn(self, database: str) -> str:
        """The connection string of `database`; raises InvalidSettings when it is not set."""
        if database not in self.dsns:
            raise InvalidSettings(
                f"NENKIN_DSN_{database.upper()} is not set: give the connection string of the "
                f"{database} database in the environment or in {ENV_FILE}"
            )
        return self.dsns[database]


def load_settings(
    environment: Mapping[str, str] | None = None, env_file: Path = ENV_FILE
) -> Settings:
    """Settings from the environment, completed by `env_file`; raises InvalidSettings."""
    values = read_env_file(env_file) | dict(os.environ if environment is None else environment)
    dsns = {
        name: values[variable]
        for name in DATABASES
        if values.get(variable := f"NENKIN_DSN_{name.upper()}")
    }
    office = values.get("NENKIN_OFFICE", "2101")
    address = values.get("NENKIN_ADDRESS", "127.0.0.1")
    tls = [values.get(f"NENKIN_TLS_{part}", "") for part in ("IDENTITY", "TRUST", "CALLERS")]
    if any(tls) and not all(tls):
        raise InvalidSettings(
            "NENKIN_TLS_IDENTITY, NENKIN_TLS_TRUST and NENKIN_TLS_CALLERS belong together: give all"
        )
    try:
        office_code(office)
    except InvalidNumber as error:
        raise InvalidSettings(f"NENKIN_OFFICE: {error}") from error
    return Settings(
        dsns=dsns,
        address=address,
        port=_whole(values, "NENKIN_PORT", 8000, 65535),
        # One more is kept for the readiness check: at most 40 connections a host.
        pool_size=_whole(values, "NENKIN_POOL_SIZE", 39, 39),
        office=office,
        tls_identity=tls[0],
        tls_trust=tls[1],
        tls_callers=tuple(tls[2].split()),
        pseudonym_key=Path(key) if (key := values.get("NENKIN_PSEUDONYM_KEY")) else None,
    )


def read_env_file(path: Path) -> dict[str, str]:
    """The KEY=VALUE lines of a systemd environment file; empty when the file does not exist."""
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except FileNotFoundError:
        return {}
    except OSError as error:
        raise InvalidSettings(
            f"{path}: cannot be read ({error.strerror}): run as its group"
        ) from error
    values: dict[str, str] = {}
    for number, line in enumerate(lines, start=1):
        text = line.strip()
        if not text or text[0] in "#;":
            continue
        key, equals, value = text.partition("=")
        if not equals or not key.strip().isidentifier():
            # The line itself may hold a password: only its place is named.
            raise InvalidSettings(f"{path}:{number}: not KEY=VALUE; correct or remove the line")
        value = value.strip()
        if len(value) >= 2 and value[0] == value[-1] and value[0] in "\"'":
            value = value[1:-1]
        values[key.strip()] = value
    return values


def _whole(values: Mapping[str, str], variable: str, default: int, most: int) -> int:
    text = values.get(variable, str(default))
    if not (text.isascii() and text.isdigit() and 1 <= int(text) <= most):
        raise InvalidSettings(f"{variable}: {text!r} is not a whole number from 1 to {most}")
    return int(text)
