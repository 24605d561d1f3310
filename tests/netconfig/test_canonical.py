"""Two texts that mean the same are one canonical form; pairs of data/frr were taken from real FRR 8.4.4 daemons.

`<host>.rendered` is what was given to them, `<host>.running` what `show running-config` then said.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from netconfig.canonical import canonical_text, read_config
from netconfig.differ import delta

FRR = Path(__file__).parent / "data" / "frr"
HOSTS = sorted(path.stem for path in FRR.glob("*.running"))


def test_there_are_pairs() -> None:
    assert len(HOSTS) >= 4


@pytest.mark.parametrize("host", HOSTS)
def test_what_frr_shows_equals_what_it_was_given(host: str) -> None:
    given, shown = ((FRR / f"{host}.{kind}").read_text() for kind in ("rendered", "running"))
    assert given != shown
    assert read_config(given) == read_config(shown)


@pytest.mark.parametrize("host", HOSTS)
def test_every_line_counts(host: str) -> None:
    """Dropping any one line of the real text is seen, save FRR's own words."""
    lines = (FRR / f"{host}.running").read_text().splitlines()
    whole = read_config("\n".join(lines))
    unseen = {
        line.strip()
        for n, line in enumerate(lines)
        if read_config("\n".join(lines[:n] + lines[n + 1 :])) == whole
    }
    own = {"", "!", "end", "exit", "exit-address-family", "no ipv6 forwarding", "no ip forwarding"}
    own |= {
        "Building configuration...",
        "Current configuration:",
        "frr version 8.4.4",
        f"hostname {host}",
    }
    assert unseen <= own


@pytest.mark.parametrize("host", HOSTS)
def test_the_canonical_text_reads_back_as_itself(host: str) -> None:
    config = read_config((FRR / f"{host}.running").read_text())
    assert read_config(canonical_text(config)) == config


def test_contexts_tell_equal_lines_apart() -> None:
    one = read_config("interface a\n description x\nexit\ninterface b\n description y\nexit\n")
    other = read_config("interface a\n description y\nexit\ninterface b\n description x\nexit\n")
    assert one != other


def test_a_port_that_somebody_shut_is_seen() -> None:
    """A line of one word within a port is a line, not another port without any."""
    text = "interface wan\n ip address 192.0.2.1/31\nexit\n"
    shut = text.replace("wan\n", "wan\n shutdown\n")
    assert read_config(shut) - read_config(text) == {("interface wan", "shutdown")}
    assert delta(read_config(shut), read_config(text)) == ("interface wan", "no shutdown", "exit")
