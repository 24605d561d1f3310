"""A snapshot is used only while its certificates have time left, and only with the authority that signed them."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest

from netconfig.render import router_config
from playbooks.authority import LIFE, RENEW_BEFORE, Authority
from playbooks.secret_store import SecretStore
from tests.estates import estate_of
from twin import snapshot
from twin.places import Places


@pytest.fixture
def places(tmp_path: Path) -> Places:
    return Places(tmp_path / "home", tmp_path / "run")


def test_an_old_snapshot_is_none(places: Places, monkeypatch: pytest.MonkeyPatch) -> None:
    estate = estate_of()
    secrets = SecretStore(places.secrets(estate.name))
    monkeypatch.setattr(snapshot, "key", lambda *_: "0123")
    folder = places.snapshots / f"{estate.name}-mini-0123"
    assert snapshot.find(estate, "mini", places, secrets) is None
    folder.mkdir(parents=True)
    complete = folder / "complete"
    complete.write_text("")
    assert snapshot.find(estate, "mini", places, secrets) == folder
    at = time.time() - (LIFE - RENEW_BEFORE).total_seconds() - 60
    os.utime(complete, (at, at))
    assert snapshot.find(estate, "mini", places, secrets) is None


def test_another_authority_makes_another_key(places: Places) -> None:
    estate = estate_of()
    secrets = SecretStore(places.secrets(estate.name))
    before = snapshot.key(estate, "mini", places, secrets)
    assert snapshot.key(estate, "mini", places, secrets) == before
    Authority(secrets, estate.name).renew_intermediates()
    assert snapshot.key(estate, "mini", places, secrets) != before


def test_another_text_of_a_router_makes_another_key(
    places: Places, monkeypatch: pytest.MonkeyPatch
) -> None:
    estate = estate_of()
    secrets = SecretStore(places.secrets(estate.name))
    before = snapshot.key(estate, "mini", places, secrets)
    changed = "twin.snapshot.router_config"
    monkeypatch.setattr(changed, lambda *of: router_config(*of) + "!\n")
    assert snapshot.key(estate, "mini", places, secrets) != before
