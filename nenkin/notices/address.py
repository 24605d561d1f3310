"""A change of address (住所変更): a row from the day of the change on; one of the same day supersedes it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from nenkin.access.entries import AddressRow, EntryForm
from nenkin.access.entries import Wrong as WrongRow
from nenkin.paper.kinds import Wrong

__all__ = ["moved"]


def moved(body: Mapping[str, Any], since: date, postcode: str, address: str) -> EntryForm:
    """What a move enters into the record in an answer of `Desk.view_person`; raises Wrong where they live there already."""
    before = [one for one in body["addresses"] if one["since"] <= since.isoformat()]
    standing = before[-1] if before else None
    if standing and (standing["postcode"], standing["address"]) == (postcode, address):
        raise Wrong("この日の住所と同じです。")
    row = AddressRow.model_validate(
        {"of": "addresses", "since": str(since), "postcode": postcode, "address": address}
    )
    gone: tuple[WrongRow, ...] = ()
    if standing and standing["since"] == since.isoformat():
        gone = (_wrong(since, standing["revision"]),)
    return EntryForm(number=body["number"], supersede=gone, enter=(row,))


def _wrong(since: date, revision: int) -> WrongRow:
    said = {"of": "addresses", "begins": str(since), "revision": revision}
    return WrongRow.model_validate(said)
