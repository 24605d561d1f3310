"""Reading a history: what is no transaction is named and never guessed."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dr.history import parse_history

GOOD = {
    "id": "a1",
    "office": "nagano",
    "service": "records",
    "kind": "write",
    "started": 10.0,
    "ended": 10.5,
    "outcome": "acked",
    "status": 201,
    "content": "1|2005-04|13580",
}


def line(**changes: object) -> str:
    return json.dumps(GOOD | changes)


def test_transactions_come_in_order_of_their_start() -> None:
    text = line(id="late", started=10.2) + "\n" + line(id="early", started=10.0) + "\n"
    assert [t.id for t in parse_history([("h", text)]).transactions] == ["early", "late"]


def test_same_line_in_two_files_counts_once() -> None:
    parsed = parse_history([("one", line() + "\n"), ("two", line() + "\n")])
    assert len(parsed.transactions) == 1
    assert not parsed.problems


def test_another_transaction_with_the_same_id_is_a_problem() -> None:
    parsed = parse_history([("h", line() + "\n" + line(outcome="refused") + "\n")])
    assert len(parsed.transactions) == 1
    assert "id of another one" in str(parsed.problems[0])


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"id": 5}, "id is no text"),
        ({"id": ""}, "id is no text"),
        ({"office": None}, "without office"),
        ({"started": "10"}, "started is no time"),
        ({"ended": True}, "ended is no time"),
        ({"ended": float("nan")}, "ended is no time"),
        ({"ended": 9.0}, "ended before it started"),
        ({"kind": "delete"}, "kind is neither write nor read"),
        ({"outcome": "failed"}, "outcome of a write is none of"),
        ({"kind": "read", "outcome": "unknown"}, "outcome of a read is none of"),
        ({"status": "200"}, "status is no number"),
        ({"content": 7}, "content is no text"),
        ({"content": None}, "a write without content"),
    ],
)
def test_line_that_is_no_transaction(changes: dict[str, object], message: str) -> None:
    parsed = parse_history([("h.jsonl", line(**changes) + "\n")])
    assert not parsed.transactions
    assert str(parsed.problems[0]).startswith(f"h.jsonl:1: {message}")


def test_truncated_last_line_keeps_all_before_it() -> None:
    whole = line() + "\n" + line(id="a2") + "\n"
    for cut in range(len(line()) + 2, len(whole) - 1):
        parsed = parse_history([("h", whole[:cut])])
        ids = [t.id for t in parsed.transactions]
        # The last line without its end of line may still be whole.
        assert ids == (["a1", "a2"] if not parsed.problems and cut == len(whole) - 1 else ["a1"])
        assert all("truncated last line" in str(p) for p in parsed.problems)


@given(st.text(max_size=200))
def test_no_text_is_fatal(text: str) -> None:
    parse_history([("h", text)])
