"""The files of a payment run: order, split, manifest, and the same bytes at a rerun."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from datetime import date
from itertools import islice, pairwise
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nenkin.zengin.manifest import Manifest
from nenkin.zengin.reader import parse
from nenkin.zengin.records import Row, Transfer
from nenkin.zengin.run import InvalidRun, Limits, RunDiffers, manifest_name, write_run
from nenkin.zengin.violation import InvalidFile
from tests.nenkin.zengin.samples import DIALECT, HEADER, TRANSFER

PAID = date(2023, 10, 13)
MANIFEST = manifest_name(PAID)


def row(bank: int, account: int, number: int = 1, amount: int = 100) -> Transfer:
    return TRANSFER._replace(
        bank=f"{bank:04d}", account=f"{account:07d}", customer=f"{number:010d}", amount=amount
    )


ROWS = [row(bank, account) for bank in (1, 2, 9900) for account in range(1, 2 + bank % 5)]


def run(folder: Path, rows: list[Transfer], limits: Limits | None = None) -> Manifest:
    folder.mkdir(exist_ok=True)
    return write_run(folder, PAID, HEADER, rows, DIALECT, limits)


def held(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in sorted(folder.iterdir())}


def test_each_bank_has_its_files(tmp_path: Path) -> None:
    manifest = run(tmp_path, ROWS)
    names = [entry.name for entry in manifest.files]
    assert names == [f"20231013-{bank}-001.dat" for bank in ("0001", "0002", "9900")]
    assert (manifest.count, manifest.total) == (len(ROWS), 100 * len(ROWS))
    found: list[Row] = []
    for entry in manifest.files:
        data = (tmp_path / entry.name).read_bytes()
        file = parse(data, DIALECT, "transfer")
        assert file.header == HEADER._replace(day="1013")
        assert {one.bank for one in file.rows if isinstance(one, Transfer)} == {entry.bank}
        sums = (len(file.rows), sum(one.amount for one in file.rows))
        assert (entry.count, entry.total) == sums
        assert (entry.size, entry.sha256) == (len(data), hashlib.sha256(data).hexdigest())
        found += file.rows
    assert found == ROWS
    assert Manifest.from_json((tmp_path / MANIFEST).read_text(encoding="utf-8")) == manifest


@settings(max_examples=30, deadline=None)
@given(
    st.lists(st.tuples(st.integers(1, 3), st.integers(1, 50)), unique=True, max_size=40),
    st.integers(1, 7),
    st.integers(1, 3).map(lambda rows: rows * 9_999_999_999),
)
def test_no_row_is_lost_or_doubled_by_the_split(
    tmp_path_factory: pytest.TempPathFactory,
    keys: list[tuple[int, int]],
    count: int,
    total: int,
) -> None:
    folder = tmp_path_factory.mktemp("run")
    rows = [row(*key, amount=9_999_999_999) for key in sorted(keys)]
    manifest = run(folder, rows, Limits(count, total))
    parsed = [parse((folder / e.name).read_bytes(), DIALECT, "transfer") for e in manifest.files]
    assert [one for file in parsed for one in file.rows] == rows
    assert all(e.count <= count and e.total <= total for e in manifest.files)
    for entry, following in pairwise(manifest.files):
        if entry.bank == following.bank:
            assert following.sequence == entry.sequence + 1
            assert entry.count == count or entry.total + 9_999_999_999 > total
        else:
            assert following.sequence == 1


class Killed(BaseException):
    """Stands for a process that ends anywhere."""


def dying(rows: list[Transfer], after: int) -> Iterator[Transfer]:
    yield from islice(rows, after)
    raise Killed


@pytest.mark.parametrize("after", range(len(ROWS) + 1))
def test_a_run_that_was_killed_is_run_again_to_the_same_bytes(tmp_path: Path, after: int) -> None:
    whole, killed = tmp_path / "whole", tmp_path / "killed"
    run(whole, ROWS)
    killed.mkdir()
    with pytest.raises(Killed):
        write_run(killed, PAID, HEADER, dying(ROWS, after), DIALECT)
    assert MANIFEST not in held(killed)
    for name, data in held(killed).items():
        assert name.startswith(".") or data == held(whole)[name]
    for _ in range(2):
        run(killed, ROWS)
        assert held(killed) == held(whole)


def test_what_may_have_been_sent_is_not_replaced(tmp_path: Path) -> None:
    run(tmp_path, ROWS)
    before = held(tmp_path)
    with pytest.raises(RunDiffers, match=r"20231013-0001-001.dat is there with other bytes"):
        run(tmp_path, [row(1, 1, amount=101), *ROWS[1:]])
    with pytest.raises(RunDiffers, match=r"20231013-9900-001.dat: this run makes no such file"):
        run(tmp_path, [one for one in ROWS if one.bank != "9900"])
    assert {name: data for name, data in held(tmp_path).items() if name in before} == before


@pytest.mark.parametrize(
    ("rows", "reason"),
    [
        ([row(1, 2), row(1, 1)], "row 2 .*0000001, 0000000001, .* behind .*: it belongs before"),
        ([row(2, 1), row(1, 1)], "row 2 .*: it belongs before"),
        ([row(1, 1), row(2, 1), row(1, 2)], "row 3 .*: it belongs before"),
        ([row(1, 1, 2), row(1, 1, 1)], "row 2 .*: it belongs before"),
        ([row(1, 1), row(1, 1)], "row 2 .*: one pension is paid twice"),
        ([row(1, 1), row(1, 1)._replace(account_kind="2")], "one pension is paid twice"),
    ],
)
def test_rows_come_in_order_and_once(tmp_path: Path, rows: list[Transfer], reason: str) -> None:
    with pytest.raises(InvalidRun, match=reason):
        run(tmp_path, rows)
    assert MANIFEST not in held(tmp_path)


def test_a_row_that_breaks_a_rule_ends_the_run(tmp_path: Path) -> None:
    with pytest.raises(InvalidFile, match=r"record 3, .*a row of no yen is refused"):
        run(tmp_path, [row(1, 1), row(1, 2, amount=0)])
    assert not [name for name in held(tmp_path) if not name.startswith(".")]


def test_an_amount_that_is_no_number_ends_the_run(tmp_path: Path) -> None:
    with pytest.raises(InvalidFile, match=r"record 2, .*'100': it must be a whole number"):
        write_run(tmp_path, PAID, HEADER, [(*TRANSFER[:8], "100", *TRANSFER[9:])], DIALECT)


def test_another_pay_date_lies_beside(tmp_path: Path) -> None:
    run(tmp_path, ROWS)
    write_run(tmp_path, date(2023, 12, 15), HEADER, ROWS, DIALECT)
    assert len(held(tmp_path)) == 2 * 4


@pytest.mark.parametrize(("count", "total"), [(0, 10**11), (1, 9_999_999_998)])
def test_a_file_holds_a_row_at_least(count: int, total: int) -> None:
    with pytest.raises(ValueError, match=f"count {count}, total {total}: a file holds at least"):
        Limits(count, total)


def test_a_run_of_nothing_is_a_manifest_of_nothing(tmp_path: Path) -> None:
    assert run(tmp_path, []).files == ()
    assert list(held(tmp_path)) == [MANIFEST]


@pytest.mark.parametrize(
    ("old", "new", "reason"),
    [
        ("-1", "-2", "this reads nenkin-transfers-1"),
        ('"count": 6', '"count": 8', "its files make 6, 600"),
    ],
)
def test_a_manifest_that_contradicts_itself_is_refused(
    tmp_path: Path, old: str, new: str, reason: str
) -> None:
    text = run(tmp_path, ROWS).to_json()
    assert text.count(old) >= 1
    with pytest.raises(ValueError, match=reason):
        Manifest.from_json(text.replace(old, new, 1))
