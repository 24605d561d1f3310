"""Site-RPO is zero while a synchronous copy stands elsewhere; the leader says so, on a real server."""

from __future__ import annotations

from types import ModuleType

import pytest

from tests.playbooks_data.conftest import _program

SITES = {"mitaka-db1": "mitaka", "mitaka-db2": "mitaka", "kansai-db1": "kansai"}


@pytest.fixture(scope="module")
def site_rpo(_no_bytecode: None) -> ModuleType:
    return _program("postgres", "site_rpo")


@pytest.mark.parametrize(
    ("synchronous", "wanted"),
    [
        (["mitaka-db2", "kansai-db1"], True),
        (["kansai-db1"], True),
        (["mitaka-db2"], False),
        ([], False),
        # A stranger that streams is no copy of the estate's.
        (["pg_basebackup"], False),
    ],
)
def test_it_rests_on_a_copy_at_another_site(
    site_rpo: ModuleType, synchronous: list[str], wanted: bool
) -> None:
    assert site_rpo.is_zero(synchronous, SITES, "mitaka") is wanted


def test_the_gauge_is_what_prometheus_reads(site_rpo: ModuleType) -> None:
    lines = site_rpo.gauge("records", False).splitlines()
    assert lines[1] == "# TYPE hikae_site_rpo_zero gauge"
    assert lines[2] == 'hikae_site_rpo_zero{cluster="records"} 0'


def test_the_alarm_names_cluster_site_and_runbook(site_rpo: ModuleType) -> None:
    assert site_rpo.sentence("records", "mitaka", False).startswith("ALARM site-RPO = 0 is false")
    assert "runbook site-loss" in site_rpo.sentence("records", "mitaka", False)
    assert "ALARM" not in site_rpo.sentence("records", "mitaka", True)
