"""Whole files: what is written is read, and what breaks a rule is said."""

from __future__ import annotations

from dataclasses import replace
from io import BytesIO
from typing import Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from nenkin.zengin import reader, writer
from nenkin.zengin.charset import Charset
from nenkin.zengin.dialect import Dialect
from nenkin.zengin.file import BankFile
from nenkin.zengin.reader import FileReader, parse
from nenkin.zengin.records import FORMS, RESULTS, Debit, EdiTransfer, Transfer
from nenkin.zengin.violation import InvalidFile
from nenkin.zengin.writer import FileWriter, write
from tests.nenkin.zengin.samples import DIALECT, HEADER, SALARY, TRANSFER, files

DEBIT = Debit("0001", "", "001", "", "1", "0000001", "ﾈﾝｷﾝ ﾊﾅｺ", 13_580, "0", "5161000001", "0")
BARE = replace(DIALECT, line_end="none")
SLOW = settings(max_examples=60, suppress_health_check=[HealthCheck.too_slow], deadline=None)


def breaches(data: bytes, form: str = "transfer", dialect: Dialect = DIALECT) -> list[str]:
    with pytest.raises(InvalidFile) as raised:
        parse(data, dialect, form)
    return str(raised.value).splitlines()


def transfers(*rows: Transfer) -> BankFile:
    return BankFile("transfer", HEADER, rows)


@SLOW
@given(st.data(), st.sampled_from([DIALECT, BARE, Dialect("allowed", "allowed", "allowed")]))
def test_what_is_written_is_read(data: st.DataObject, dialect: Dialect) -> None:
    file = data.draw(files(dialect))
    written = write(file, dialect)
    assert len(written) == (len(file.rows) + 3) * (120 if dialect is BARE else 122)
    assert parse(written, dialect, file.form) == file
    assert write(parse(written, dialect, file.form), dialect) == written


@SLOW
@given(st.integers(0, 4 * 122 - 1), st.integers(0, 255))
@example(242, 0)
def test_no_byte_is_changed_unseen(place: int, byte: int) -> None:
    written = bytearray(write(transfers(TRANSFER), DIALECT))
    written[place] = byte
    try:
        file = parse(bytes(written), DIALECT, "transfer")
    except InvalidFile:
        return
    assert write(file, DIALECT) == bytes(written)


@SLOW
@given(files(), st.lists(st.tuples(st.integers(0), st.integers(0, 255)), max_size=2))
def test_what_the_quick_look_passes_the_close_look_passes(
    file: BankFile, changes: list[tuple[int, int]]
) -> None:
    layout, charset = FORMS[file.form].layout, Charset.of(DIALECT)
    block = bytearray(write(file, DIALECT)[122:-244])
    for place, byte in changes if block else ():
        block[place % len(block)] = byte
    if layout.is_clean(bytes(block), b"\r\n", charset):
        for start in range(0, len(block), 122):
            record = bytes(block[start : start + 122])
            assert record.endswith(b"\r\n")
            assert list(layout.record_violations(record[:120], 2, charset)) == []


def test_a_golden_file() -> None:
    lines = write(transfers(TRANSFER), BARE).decode("cp932")
    name = "ｺｳｾｲﾛｳﾄﾞｳｼﾖｳ"
    assert [lines[place : place + 120] for place in range(0, len(lines), 120)] == [
        f"12100000005161{name:<40}10130001{'ﾐｽﾞﾎ':<15}001{'ﾎﾝﾃﾝ':<15}11234567{'':17}",
        f"20001{'ﾐｽﾞﾎ':<15}001{'ﾎﾝﾃﾝ':<15}000010000001{'ﾈﾝｷﾝ ﾊﾅｺ':<30}0000115513051610000010000001150{'7':<9}",
        f"8000001000000115513{'':101}",
        f"9{'':119}",
    ]


@pytest.mark.parametrize(
    ("change", "breach"),
    [
        ({"bank": "1"}, "被仕向銀行番号 (bank), position 2-5: '1': it must be exactly 4 digits"),
        ({"bank": "000１"}, "position 2-5: '000１': it must be exactly 4 digits"),
        (
            {"account": "12345678"},
            "口座番号 (account), position 44-50: '12345678': it must be exactly 7",
        ),
        (
            {"account_kind": "3"},
            "預金種目 (account_kind), position 43: '3': it must be one of 1, 2, 4, 9",
        ),
        (
            {"clearing_house": "00 0"},
            "position 39-42: '00 0': it must be exactly 4 digits or blank",
        ),
        ({"payee": "ｱ" * 31}, "受取人名 (payee), position 51-80: 'ｱ"),
        ({"payee": "ｱ,"}, "position 51-80: 'ｱ,': ',' is not in the character set"),
        ({"payee": "ネンキン"}, "'キネン' is not in the character set"),
        ({"payee": " ｱ"}, "' ｱ': it must begin at the left and not end in blanks"),
        ({"payee": "ｱ "}, "'ｱ ': it must begin at the left and not end in blanks"),
        ({"bank_name": "ｱ\r\n"}, "position 6-20: 'ｱ\\r\\n': '\\n\\r' is not in the character set"),
        (
            {"amount": -1},
            "振込金額 (amount), position 81-90: '-1': it must have at most 10 digits and no sign",
        ),
        ({"amount": 10**10}, "'10000000000': it must have at most 10 digits and no sign"),
        ({"amount": 0}, "振込金額 (amount), position 81-90: '0': a row of no yen is refused"),
        ({"amount": "1"}, "'1': it must be a whole number"),
        ({"amount": 1.5}, "'1.5': it must be a whole number"),
        ({"payee": 5}, "'5': it must be text"),
        ({"speed": " "}, "振込指定区分 (speed), position 112: ' ': it must be one of 7, 8"),
    ],
)
def test_the_writer_refuses(change: dict[str, Any], breach: str) -> None:
    out = BytesIO()
    writer = FileWriter(out, FORMS["transfer"], HEADER, DIALECT)
    with pytest.raises(InvalidFile) as raised:
        writer.add([TRANSFER, TRANSFER._replace(**change)])
    assert len(raised.value.violations) == 1
    assert str(raised.value).startswith("record 3, ")
    assert breach in str(raised.value)
    assert len(out.getvalue()) == 122


@pytest.mark.parametrize(
    ("change", "breach"),
    [
        (
            {"kind": "11"},
            "種別コード (kind), position 2-3: '11': a file of the form transfer has one of 21",
        ),
        ({"day": "0230"}, "振込指定日 (day), position 55-58: '0230': it must be a day of the year"),
        ({"account_kind": "4"}, "position 96: '4': it must be one of 1, 2, 9"),
        ({"sender": "1"}, "position 5-14: '1': it must be exactly 10 digits"),
    ],
)
def test_the_writer_refuses_a_header(change: dict[str, str], breach: str) -> None:
    with pytest.raises(InvalidFile) as raised:
        write(replace(transfers(), header=HEADER._replace(**change)), DIALECT)
    assert breach in str(raised.value)


@pytest.mark.parametrize(
    ("record", "position", "bytes_", "breach"),
    [
        (1, 4, b"1", "コード区分 (code), position 4: '1': the bytes are those of code 0"),
        (1, 55, b"1332", "振込指定日 (day), position 55-58: '1332': it must be a day of the year"),
        (1, 104, b"X", "ダミー (dummy), position 104-120"),
        (
            2,
            5,
            b"A",
            "record 2, 被仕向銀行番号 (bank), position 2-5: '000A': it must be exactly 4 digits",
        ),
        (2, 43, b"5", "預金種目 (account_kind), position 43: '5': it must be one of 1, 2, 4, 9"),
        (2, 51, b"\xb0", "受取人名 (payee), position 51-80"),
        (2, 51, b"\xb0", "byte B0 is not in the character set"),
        (2, 51, b" ", "it must begin at the left and not end in blanks"),
        (
            2,
            81,
            b"0000000000",
            "振込金額 (amount), position 81-90: '0': a row of no yen is refused",
        ),
        (2, 81, b" ", "it must be 10 digits, filled up with zeros"),
        (2, 113, b"Y", "識別表示 (identification), position 113: 'Y': it must be ' '"),
        (2, 121, b"\n\r", "the record's end, position 121-122: '0a0d': each record ends in 0D0A"),
        (4, 2, b"000003", "record 4, 合計件数 (count), position 2-7: '3': the rows make it 2"),
        (
            4,
            8,
            b"000000000001",
            "record 4, 合計金額 (total), position 8-19: '1': the rows make it 231026",
        ),
        (4, 1, b"7", "record 4, データ区分 (record), position 1: '7': it must be '8'"),
        (5, 1, b"8", "record 5, データ区分 (record), position 1: '8': it must be '9'"),
    ],
)
def test_the_reader_refuses(record: int, position: int, bytes_: bytes, breach: str) -> None:
    data = bytearray(write(transfers(TRANSFER, TRANSFER), DIALECT))
    place = (record - 1) * 122 + position - 1
    data[place : place + len(bytes_)] = bytes_
    assert any(breach in line for line in breaches(bytes(data)))


def test_a_pass_says_all_that_is_wrong() -> None:
    data = bytearray(write(transfers(TRANSFER, TRANSFER, TRANSFER), DIALECT))
    for record, position in ((2, 2), (2, 44), (4, 51)):
        data[(record - 1) * 122 + position - 1] = 0xFF
    places = [line.split(",")[:2] for line in breaches(bytes(data))]
    assert places == [
        ["record 2", " 被仕向銀行番号 (bank)"],
        ["record 2", " 口座番号 (account)"],
        ["record 4", " 受取人名 (payee)"],
    ]


@pytest.mark.parametrize(
    ("cut", "breach"),
    [
        (
            -1,
            "record 4, the whole record (end), position 1-120: '121 bytes': a record has 122 bytes",
        ),
        (-122, "record 4, the whole record (end), position 1-120: '0 bytes'"),
        (-123, "record 3, the whole record (trailer), position 1-120: '121 bytes'"),
        (-200, "record 3, the whole record (trailer)"),
        (-300, "record 2, the whole record (trailer), position 1-120: '66 bytes'"),
        (0, "record 1, the whole record (header), position 1-120: '0 bytes'"),
    ],
)
def test_a_file_that_breaks_off_is_refused(cut: int, breach: str) -> None:
    data = write(transfers(TRANSFER), DIALECT)
    assert any(breach in line for line in breaches(data[:cut] if cut else b""))


def test_nothing_follows_the_end() -> None:
    data = write(transfers(TRANSFER), DIALECT)
    [line] = breaches(data + b"\x1a")
    assert line == "record 5, データ区分 (record), position 1: '1a': nothing follows the end record"


def test_a_file_of_another_end_of_line_is_refused() -> None:
    assert breaches(write(transfers(TRANSFER), BARE))
    assert breaches(write(transfers(TRANSFER), DIALECT), dialect=BARE)


def test_a_form_reads_no_other() -> None:
    edi = EdiTransfer(*TRANSFER[:10], "ABC", "7")
    data = write(BankFile("edi_transfer", HEADER, (edi,)), DIALECT)
    assert parse(data, DIALECT, "edi_transfer").rows == (edi,)
    assert any("identification" in line for line in breaches(data))
    salary = write(BankFile("salary", HEADER._replace(kind="71"), (SALARY,)), DIALECT)
    assert any(
        "'71': a file of the form transfer has one of 21" in line for line in breaches(salary)
    )


@pytest.mark.parametrize(("choice", "count"), [("refused", None), ("counted", 2), ("uncounted", 1)])
def test_rows_of_no_yen_follow_the_dialect(choice: str, count: int | None) -> None:
    dialect = replace(DIALECT, zero_yen=choice)
    file = transfers(TRANSFER, TRANSFER._replace(amount=0))
    if count is None:
        with pytest.raises(InvalidFile, match=r"record 3, .*a row of no yen is refused"):
            write(file, dialect)
        return
    data = write(file, dialect)
    assert data[3 * 122 : 3 * 122 + 19] == b"8%06d%012d" % (count, TRANSFER.amount)
    assert parse(data, dialect, "transfer") == file
    other = replace(DIALECT, zero_yen="uncounted" if choice == "counted" else "counted")
    assert any(f"'{count}': the rows make it" in line for line in breaches(data, dialect=other))


def test_a_direct_debit_comes_back_with_its_results() -> None:
    header = HEADER._replace(kind="91")
    asked = BankFile("debit_request", header, tuple(DEBIT for _ in RESULTS))
    data = write(asked, DIALECT)
    assert data[-244:][:55] == b"8000007000000095060" + b"0" * 36
    assert parse(data, DIALECT, "debit_request") == asked
    back = replace(
        asked,
        form="debit_result",
        rows=tuple(DEBIT._replace(result=code) for code in RESULTS),
    )
    data = write(back, DIALECT)
    assert data[-244:][:55] == b"8000007000000095060000001000000013580000006000000081480"
    assert parse(data, DIALECT, "debit_result") == back
    found = breaches(data, "debit_request")
    assert sum("what is still to be done has 0" in line for line in found) == len(RESULTS) - 1


def test_more_than_a_block_is_written_and_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(writer, "BLOCK", 3)
    monkeypatch.setattr(reader, "BLOCK", 2)
    for count in range(8):
        file = transfers(*(TRANSFER._replace(amount=n + 1) for n in range(count)))
        data = write(file, DIALECT)
        assert parse(data, DIALECT, "transfer") == file
        source = FileReader(BytesIO(data), FORMS["transfer"], DIALECT)
        assert sum(map(len, source.blocks())) == count


def test_names_given_for_some_rows_only_are_no_fault() -> None:
    file = transfers(TRANSFER, TRANSFER._replace(bank_name="", clearing_house="    "))
    assert parse(write(file, DIALECT), DIALECT, "transfer") == file


def test_the_trailer_holds_six_digits_of_rows_and_twelve_of_yen() -> None:
    out = FileWriter(BytesIO(), FORMS["transfer"], HEADER, DIALECT)
    out.totals.count = 1_000_000
    with pytest.raises(InvalidFile, match=r"合計件数 \(count\), position 2-7: '1000000'"):
        out.close()
