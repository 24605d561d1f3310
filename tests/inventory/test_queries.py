"""Rows of `hikae show`: complete and plain."""

from __future__ import annotations

import json

from inventory import Estate, queries


def test_rows_are_complete_and_plain(estate: Estate) -> None:
    tables = {
        "hosts": (queries.host_rows(estate), len(estate.hosts)),
        "sites": (queries.site_rows(estate), len(estate.sites)),
        "networks": (queries.network_rows(estate), len(estate.networks)),
        "lines": (queries.line_rows(estate), len(estate.lines)),
        "services": (queries.service_rows(estate), len(estate.services)),
        "externals": (queries.external_rows(estate), len(estate.externals)),
        "roles": (queries.role_rows(estate), len(estate.roles)),
    }
    for name, (rows, count) in tables.items():
        assert len(rows) == count, name
        assert json.loads(json.dumps(rows)) == rows


def test_rows_of_a_slice(shipped: Estate) -> None:
    core = shipped.slice_hosts("core")
    assert len(queries.host_rows(shipped, core)) == 44
    assert {row["network"] for row in queries.line_rows(shipped, core)} == {"carrier", "ministry"}
    # Four lines a centre, two for each of two witnesses and three offices.
    assert len(queries.line_rows(shipped, core)) == 3 * 4 + 5 * 2
    assert queries.count_by_role(shipped, core)["database"] == 8


def test_every_host_and_service_has_an_owner(estate: Estate) -> None:
    assert all(row["owner"] in estate.roles for row in queries.host_rows(estate))
    assert all(row["owner_person"] in estate.persons for row in queries.service_rows(estate))


def test_sites_by_kind(shipped: Estate) -> None:
    assert len(queries.site_rows(shipped, "office")) == 312
