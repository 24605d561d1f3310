"""Reading what real FRR 8.4.4 daemons showed (data/frr), and lines that nobody intended in it."""

from __future__ import annotations

from pathlib import Path

import pytest

from netconfig.dialects import InvalidConfiguration
from netconfig.dialects.frr import FRR

DATA = Path(__file__).parent / "data" / "frr"
HOSTS = sorted(path.stem for path in DATA.glob("*.running"))


def text_of(host: str, kind: str) -> str:
    return (DATA / f"{host}.{kind}").read_text(encoding="utf-8")


@pytest.mark.parametrize("host", HOSTS)
def test_what_a_device_shows_reads_as_what_it_was_given(host: str) -> None:
    shown, given = FRR.read(text_of(host, "running")), FRR.read(text_of(host, "rendered"))
    assert shown.is_whole
    assert given.is_whole
    assert FRR.lines(FRR.render(shown.intent)).keys() == FRR.lines(text_of(host, "running")).keys()
    assert set(shown.intent.ports) == set(given.intent.ports)
    assert set(shown.intent.route_maps) == set(given.intent.route_maps)


def test_a_foreign_line_is_named_with_its_section_and_number() -> None:
    text = text_of("mitaka-r1", "running")
    line = " neighbor 10.128.0.8 description carrier"
    assert text.count(line) == 1
    number = text[: text.index(line)].count("\n") + 1
    reading = FRR.read(text.replace(line, f" neighbor 10.128.0.8 allowas-in 3\n{line}"))
    (foreign,) = reading.foreign
    assert foreign.text == "neighbor 10.128.0.8 allowas-in 3"
    assert foreign.section == ("router bgp 4200000001",)
    assert foreign.number == number
    assert not reading.missing


def test_strict_reading_names_file_number_section_and_line() -> None:
    text = text_of("kushiro-r1", "rendered").replace(
        " bgp bestpath compare-routerid\n", " bgp cluster-id 1\n"
    )
    with pytest.raises(InvalidConfiguration) as caught:
        FRR.parse(text, "kushiro-r1.conf")
    number = text[: text.index(" bgp cluster-id 1")].count("\n") + 1
    where, remedy = "in router bgp 4200000107", "remove it or keep it as an exception"
    unknown = f"'bgp cluster-id 1' is no line that frr has for an intent; {remedy}"
    lost = "'bgp bestpath compare-routerid' is missing; add the line"
    assert caught.value.sentences == (
        f"kushiro-r1.conf:{number}: {where}: {unknown}",
        f"kushiro-r1.conf: {where}: {lost}",
    )


def test_a_secret_in_a_foreign_line_is_masked() -> None:
    text = text_of("kushiro-r1", "rendered") + "ip ospf message-digest-key 1 md5 canary-4711\n"
    with pytest.raises(InvalidConfiguration) as caught:
        FRR.parse(text)
    assert "canary-4711" not in str(caught.value)
    assert "md5 ********" in str(caught.value)


def test_a_text_without_a_name_is_no_configuration() -> None:
    with pytest.raises(InvalidConfiguration, match=r"lost\.conf: the text has no host name"):
        FRR.parse("router bgp 1\n bgp router-id 10.0.0.1\n", "lost.conf")
