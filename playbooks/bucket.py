"""`python -m playbooks.bucket` on the control machine: the bucket of backups as it should be, through the store's gate.

Reads {"store": FOLDER of secrets, "estate", "endpoint", "bucket", "retention_days", "deadline_s"} and writes
{"did": [sentences]}. Versioning and lock are set when a bucket is made and cannot be taken back later, by nobody.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from playbooks.authority import Authority
from playbooks.objects import Account, connect, default_retention, is_versioned
from playbooks.secret_store import SecretStore

__all__ = ["converge", "main"]


def converge(client: Any, bucket: str, days: int) -> list[str]:
    """Make the bucket what it should be; a sentence for each thing that was done."""
    did = []
    if bucket not in [each["Name"] for each in client.list_buckets()["Buckets"]]:
        client.create_bucket(Bucket=bucket, ObjectLockEnabledForBucket=True)
        did.append(f"made bucket {bucket} with a lock")
    if not is_versioned(client, bucket):
        client.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Enabled"})
        did.append("switched versions on")
    if default_retention(client, bucket) != ("COMPLIANCE", days):
        rule = {"DefaultRetention": {"Mode": "COMPLIANCE", "Days": days}}
        client.put_object_lock_configuration(
            Bucket=bucket,
            ObjectLockConfiguration={"ObjectLockEnabled": "Enabled", "Rule": rule},
        )
        did.append(f"every new object is locked for {days} days")
    return did


def main() -> int:
    """Converge what standard input names; waits for the store until the deadline."""
    from botocore.exceptions import BotoCoreError, ClientError

    said: Mapping[str, Any] = json.load(sys.stdin)
    secrets = SecretStore(Path(said["store"]))
    authority = Authority(secrets, said["estate"])
    account = Account("admin", secrets.passwords()["store_admin"])
    client = connect(said["endpoint"], account, authority.conductor(), authority.kept_trust())
    ends = time.monotonic() + float(said["deadline_s"])
    while True:
        try:
            did = converge(client, said["bucket"], int(said["retention_days"]))
        except (BotoCoreError, ClientError) as error:
            if time.monotonic() > ends:
                sys.stderr.write(f"the store at {said['endpoint']}: {error}\n")
                return 1
            time.sleep(1)
            continue
        sys.stdout.write(json.dumps({"did": did}) + "\n")
        return 0


if __name__ == "__main__":
    sys.exit(main())
