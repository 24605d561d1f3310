"""Operators are given roles by somebody else, and what is measured is measured."""

from __future__ import annotations

import pytest

from nenkin.access.open_loop import Measured
from tests.dr_acting.postgres import Server
from tests.nenkin.access.clerks import operator
from tests.nenkin.application import Application, command

GRANT = ("operators", "grant", "new-1")
WHY = ("--by", "chief", "--reason", "配置換え")


def test_a_role_is_given_and_taken_away(service: Application, records: Server) -> None:
    for changes in (True, False):
        done, report = command(records, *GRANT, "keying", *WHY)
        assert (done.returncode, report["changed"]) == (0, changes)
    with operator(service, "new-1") as client:
        assert client.get("/v1/persons/8999-000001").status_code == 403
    assert command(records, *GRANT, "clerk", *WHY)[1]["changed"] is True
    _, report = command(records, "operators", "list")
    [one] = [one for one in report["operators"] if one["operator"] == "new-1"]
    assert (one["role"], one["granted_by"], one["reason"]) == ("clerk", "chief", "配置換え")


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("new-1", "king", *WHY), "role: 'king' is none of clerk, keying"),
        (("a b", "clerk", *WHY), "'a b' is not a code"),
        (("chief", "officer", *WHY), "another decides what somebody may"),
        (("new-1", "clerk", "--by", "chief", "--reason", " "), "--reason: it is empty"),
    ],
)
def test_what_is_wrong_is_refused(
    records: Server, arguments: tuple[str, ...], sentence: str
) -> None:
    done, report = command(records, "operators", "grant", *arguments)
    assert done.returncode == 2
    assert sentence in report["error"]


def test_reads_are_measured_beside_a_batch(records: Server) -> None:
    arguments = ("--rows", "300", "--rate", "20", "--seconds", "1", "--json")
    done, report = command(records, "bench", "reads", *arguments)
    assert done.returncode in (0, 1), done.stderr
    for part in ("bound", "alone", "beside"):
        # A busy machine may have some refused in time; most are answered.
        statuses = report[part]["statuses"]
        assert set(statuses) <= {"200", "503"}, report
        assert statuses.get("200", 0) > statuses.get("503", 0), report
        assert 0 < report[part]["p50_ms"] <= report[part]["p99_ms"] <= report[part]["max_ms"]
    assert report["alone"]["requests"] == 20
    assert report["alone"]["reads_per_commit"] >= 1
    assert report["beside"]["job"] == "match"
    if report["alone"]["p99_ms"] > 20 or report["ratio_beside"] > 3.01:
        assert (report["is_met"], done.returncode) == (False, 1)


def test_a_request_without_an_answer_is_told() -> None:
    silent = Measured()
    assert silent.quantile(0.5) == float("inf")
    some = Measured([0.001 * n for n in range(1, 101)])
    assert [round(some.quantile(share)) for share in (0.5, 0.99, 1.0)] == [51, 100, 100]
