"""Characters and bytes."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nenkin.zengin.charset import Charset, InvalidCode
from nenkin.zengin.dialect import Dialect
from nenkin.zengin.file import BankFile
from nenkin.zengin.reader import parse
from nenkin.zengin.violation import InvalidFile
from nenkin.zengin.writer import write
from tests.nenkin.zengin.samples import DIALECT, HEADER, TRANSFER

LIBERAL = Dialect("allowed", "allowed", "allowed", "allowed", "allowed")
BYTES = {
    "ｱ": "B1",
    "ﾝ": "DD",
    "ﾞ": "DE",
    "ﾟ": "DF",
    "A": "41",
    "Z": "5A",
    "0": "30",
    " ": "20",
    "-": "2D",
}
DISPUTED = {"ｰ": "B0", "ｦ": "A6", "｢": "A2", "｣": "A3", ",": "2C", "\\": "5C"}


@pytest.mark.parametrize(("sign", "byte"), (BYTES | DISPUTED).items())
def test_each_character_is_one_byte(sign: str, byte: str) -> None:
    assert Charset.of(LIBERAL).encode(sign) == bytes.fromhex(byte)
    assert Charset.of(LIBERAL).decode(bytes.fromhex(byte)) == sign


@pytest.mark.parametrize("sign", [*DISPUTED, "ｧ", "ｯ", "ｬ", "a", "'", "ガ", "山", "･", "\0", "\n"])
def test_what_is_no_character_of_the_format(sign: str) -> None:
    with pytest.raises(UnicodeEncodeError):
        Charset.of(DIALECT).encode(f"ｱ{sign}")


@pytest.mark.parametrize("byte", ["A7", "AF", "B0", "61", "00", "FF", "0A"])
def test_what_is_no_byte_of_the_format(byte: str) -> None:
    with pytest.raises(UnicodeDecodeError):
        Charset.of(DIALECT).decode(bytes.fromhex(byte))


@pytest.mark.parametrize(
    ("name", "signs"),
    [("comma", ","), ("long_vowel", "ｰ"), ("wo", "ｦ"), ("brackets", "｢｣"), ("yen_sign", "\\")],
)
def test_a_dialect_allows_what_is_disputed(name: str, signs: str) -> None:
    allowed = Charset.of(replace(DIALECT, **{name: "allowed"})).characters
    assert set(allowed) - set(Charset.of(DIALECT).characters) == set(signs)


@given(st.text(Charset.of(LIBERAL).characters))
def test_decoding_undoes_encoding(text: str) -> None:
    data = Charset.of(LIBERAL).encode(text)
    assert len(data) == len(text)
    assert Charset.of(LIBERAL).decode(data) == text


def test_ebcdic_needs_a_table_of_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(
        InvalidCode, match="the kana of EBCDIC differ by maker; put the maker's table"
    ):
        Charset.of(DIALECT, "1")
    table = "character,byte,source\nｱ,81,a maker\n1,F1,a maker\n"
    (tmp_path / "zengin_ebcdic.csv").write_text(table, encoding="utf-8")
    monkeypatch.setenv("NENKIN_TABLES", str(tmp_path))
    # Another dialect, since what is read once is kept.
    dialect = replace(DIALECT, comma="allowed")
    assert Charset.of(dialect, "1").encode("ｱ1") == b"\x81\xf1"
    with pytest.raises(UnicodeEncodeError):
        Charset.of(dialect, "1").encode("ｲ")


def test_a_dialect_is_what_the_table_chooses() -> None:
    assert Dialect.at(date(2005, 4, 1)) == Dialect()


def test_a_file_goes_by_a_makers_table(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    dialect = replace(DIALECT, wo="allowed")
    lines = [
        f'"{sign}",{byte:02X},made up'
        for byte, sign in enumerate(Charset.of(dialect).characters, start=0x40)
    ]
    (tmp_path / "zengin_ebcdic.csv").write_text(
        "\n".join(["character,byte,source", *lines]), encoding="utf-8"
    )
    monkeypatch.setenv("NENKIN_TABLES", str(tmp_path))
    file = BankFile("transfer", HEADER._replace(code="1"), (TRANSFER,))
    data = write(file, dialect)
    assert data[:1] == bytes([0x40 + 1])
    assert parse(data, dialect, "transfer") == file
    lying = bytearray(write(BankFile("transfer", HEADER, (TRANSFER,)), dialect))
    lying[3:4] = b"1"
    with pytest.raises(InvalidFile, match="'1': the bytes are those of code 0"):
        parse(bytes(lying), dialect, "transfer")


def test_there_is_no_third_code() -> None:
    with pytest.raises(InvalidCode, match="'2': it is 0"):
        Charset.of(DIALECT, "2")
