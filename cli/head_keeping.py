"""The head of the record, sent after each act to the object store, where whoever records cannot change it; best effort.

An act is not undone because the store is away: what was not sent is told, the next act sends a later head, and `hikae backup
list` finds one that is too old.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from typing import Any

from cli.acting import Acting
from cli.output import print_error
from cli.record import Recording, recorded
from cli.running import Reached
from dr.backups.heads import keep_head
from playbooks.objects import Account, connect
from twin.errors import TwinError

__all__ = ["STORE_PORT", "head_keeper", "recorded_at", "store_client"]

STORE_PORT = 8333


def store_client(reached: Reached, *, is_patient: bool = True) -> Any:
    """The store's administrator, from where the calling thread stands; None where no store stands."""
    fleet, authority = reached.fleet, reached.conductor.authority
    stores = [name for name in fleet.names if fleet.role(name) == "store"]
    if not stores:
        return None
    endpoint = f"https://{fleet.estate.hosts[stores[0]].address}:{STORE_PORT}"
    account = Account("admin", fleet.secrets.passwords()["store_admin"])
    identity, trust = authority.conductor(), authority.kept_trust()
    return connect(endpoint, account, identity, trust, is_patient=is_patient)


def head_keeper(reached: Reached) -> Callable[[bytes], None]:
    """Sends a head to the store of an estate; where it has none, nothing is done."""

    def keep(head: bytes) -> None:
        fleet = reached.fleet
        if not any(fleet.role(name) == "store" for name in fleet.names):
            return
        from botocore.exceptions import BotoCoreError, ClientError

        try:
            with reached.conductor.at_bastion():
                client = store_client(reached, is_patient=False)
                keep_head(client, fleet.estate.backups.bucket, fleet.estate.name, head)
        except (BotoCoreError, ClientError, OSError, TwinError) as error:
            print_error(f"The record's head was not kept in the store: {error}")

    return keep


def recorded_at(
    reached: Reached, acting: Acting, verb: str, target: str, context: Mapping[str, Any]
) -> AbstractContextManager[Recording]:
    """Record an act on what was reached, and keep the record's head in its store."""
    fleet = reached.fleet
    return recorded(
        fleet.estate,
        acting,
        verb,
        target,
        fleet.places,
        context=context,
        elsewhere=head_keeper(reached),
    )
