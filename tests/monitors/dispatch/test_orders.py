"""Orders in a file: read as written, and every fault named."""

from __future__ import annotations

import json
from dataclasses import asdict, replace
from pathlib import Path

import pytest

from monitors.dispatch.orders import InvalidOrders, Order, orders_of_text, read_orders, text_of
from tests.monitors.dispatch.nights import a_job, a_net, a_night


def test_they_are_read_as_they_were_written(tmp_path: Path) -> None:
    orders = a_net("2026-11-30", 9)
    (tmp_path / "orders.json").write_text(text_of(orders))
    assert read_orders(tmp_path / "orders.json") == orders
    assert text_of(read_orders(tmp_path / "orders.json")) == text_of(orders)


@pytest.mark.parametrize(
    ("jobs", "fault"),
    [
        ([a_job("a"), a_job("a")], "job a is there twice"),
        ([a_job("a", "b")], "job a waits for b, which is not in the night"),
        ([a_job("a", "b"), a_job("b")], "job a stands before b, for which it waits"),
        ([replace(a_job("a"), argv=())], "job a has no program"),
        ([replace(a_job("a"), demands={"tapes": 1})], "there is no such pool"),
        ([replace(a_job("a"), demands={"slots": 9})], "takes 9 of slots, which never has so many"),
    ],
)
def test_a_fault_is_named(jobs: list[Order], fault: str) -> None:
    with pytest.raises(InvalidOrders) as caught:
        orders_of_text(text_of(a_night("n", *jobs)), "orders.json")
    assert any(fault in sentence and "orders.json" in sentence for sentence in caught.value.errors)


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"format": "hikae.orders/2"}'])
def test_what_is_no_orders_is_refused(text: str) -> None:
    with pytest.raises(InvalidOrders):
        orders_of_text(text)


def test_an_unknown_key_is_refused() -> None:
    document = json.loads(text_of(a_night("n", a_job("a"))))
    document["jobs"][0]["colour"] = "red"
    with pytest.raises(InvalidOrders, match="colour"):
        orders_of_text(json.dumps(document))


def test_everything_that_waits_for_a_job_is_found() -> None:
    orders = a_night("n", a_job("a"), a_job("b", "a"), a_job("c", "b"), a_job("d"), a_job("e", "d"))
    assert orders.successors("a") == ("b", "c")
    assert orders.successors("c") == ()
    assert asdict(orders.jobs[0])["name"] == "a"
