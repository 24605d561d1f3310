"""The object store as its administrator calls it: S3 over TLS, with certificates on both sides and a key of the store.

The calls that more than one part of hikae makes. boto3 is imported when the store is called: nothing else waits for it.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

__all__ = ["Account", "connect", "default_retention", "is_versioned"]


@dataclass(frozen=True, slots=True)
class Account:
    """An identity of the store; its key never shows."""

    name: str
    key: str = field(repr=False)


def connect(
    endpoint: str, account: Account, identity: Path, trust: Path, *, is_patient: bool = True
) -> Any:
    """A boto3 client of the store as `account`, showing the certificate in `identity`.

    One that is not patient asks once, for what is worth some seconds and no more.
    """
    import boto3
    from botocore.config import Config

    config = Config(
        client_cert=str(identity),
        connect_timeout=5 if is_patient else 2,
        read_timeout=60 if is_patient else 5,
        max_pool_connections=16,
        retries={"total_max_attempts": 3 if is_patient else 1, "mode": "standard"},
        s3={"addressing_style": "path"},
    )
    session = boto3.session.Session(
        aws_access_key_id=account.name, aws_secret_access_key=account.key, region_name="local"
    )
    return session.client("s3", endpoint_url=endpoint, verify=str(trust), config=config)


def is_versioned(client: Any, bucket: str) -> bool:
    """Whether the bucket keeps what is overwritten and deleted."""
    return bool(client.get_bucket_versioning(Bucket=bucket).get("Status") == "Enabled")


def default_retention(client: Any, bucket: str) -> tuple[str, int]:
    """Mode and days of the lock that every new object gets; ("", 0) where there is none."""
    from botocore.exceptions import ClientError

    try:
        said = client.get_object_lock_configuration(Bucket=bucket)["ObjectLockConfiguration"]
    except ClientError as error:
        if error.response["Error"]["Code"] != "ObjectLockConfigurationNotFoundError":
            raise
        return "", 0
    rule = said.get("Rule", {}).get("DefaultRetention", {})
    return str(rule.get("Mode", "")), int(rule.get("Days", 0))
