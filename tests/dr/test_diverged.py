"""Saved tails: read as they were written, and shown with what their clients were told."""

from __future__ import annotations

import json
from dataclasses import replace

import jsonschema
import pytest

from dr.diverged import key_of, parse_saved
from dr.document import document_of, load_schema
from dr.judge import judge
from dr.report import render_report
from tests.dr.synthetic import tokyo_loss

META = json.dumps(
    {"fork": "0/5000000", "end": "0/5000400", "bytes": 1024, "records": 9, "commits": 2}
)


def rows(*keys: str) -> str:
    return "\n".join(
        json.dumps(
            {
                "database": "records",
                "table": "nenkin.contributions",
                "xid": "77",
                "row": {"key": key, "amount": 13300},
            }
        )
        for key in keys
    )


def test_a_saved_tail_is_read_record_by_record() -> None:
    found = parse_saved("mitaka-db1", "records", "/saved", META, rows("a", "b"))
    assert (found.bytes, found.commits, len(found.rows)) == (1024, 2, 2)
    assert found.rows[0].table == "records.nenkin.contributions"
    assert found.rows[0].transaction == 77
    assert [row.key for row in found.rows] == ["a", "b"]


@pytest.mark.parametrize("meta", ["", "{}", '{"fork": 1}'])
def test_what_is_no_saved_tail_is_refused(meta: str) -> None:
    with pytest.raises((ValueError, KeyError)):
        parse_saved("mitaka-db1", "records", "/saved", meta, "")


def test_a_row_without_a_key_has_no_client() -> None:
    assert key_of({"number": "2101-000001"}) is None


def test_the_document_says_what_each_client_was_told() -> None:
    evidence = tokyo_loss()
    known = next(t for t in evidence.transactions if t.kind == "write")
    tail = parse_saved("mitaka-db1", "records", "/saved", META, rows(known.id, "stranger"))
    evidence = replace(evidence, diverged=(tail,))
    verdict = judge(evidence)
    document = document_of(evidence, verdict, report=None)
    jsonschema.validate(document, load_schema())
    first, second = document["diverged"][0]["rows"]
    assert (first["id"], first["told"]) == (known.id, known.outcome)
    assert first["fate"] == verdict.fate_by_id[known.id]
    assert (second["id"], second["told"], second["fate"]) == (None, None, None)
    assert "stranger" in render_report(evidence, verdict)
