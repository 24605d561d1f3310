"""What a terminal should look like, and that a terminal is never configured so that nobody can enter it."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from inventory.export import ansible_inventory
from playbooks.terminals.wanted import InvalidTerminal, entries, packages
from tests.estates import estate_of

DATA: dict[str, Any] = {
    "ssh_hostname": "10.67.132.100",
    "hikae_role": "terminal",
    "hikae_printers": ["10.67.133.254"],
    "hikae_hosts": {"kansai-bastion1": "10.64.12.11", "takaoka-t1": "10.67.132.100"},
    "hikae_bastions": ["10.64.12.11"],
    "hikae_ntp": ["10.64.4.15"],
}


def text(path: str, data: dict[str, Any]) -> str:
    found = {entry.path: entry.data for entry in entries("takaoka-t1", data)}[path]
    assert found is not None
    return found.decode()


def test_a_terminal_is_hardened_by_the_files_of_the_servers() -> None:
    paths = [entry.path for entry in entries("takaoka-t1", DATA)]
    assert len(paths) == len(set(paths))
    assert "/etc/ssh/sshd_config.d/10-hikae.conf" in paths
    assert "10.67.132.100 takaoka-t1\n" in text("/etc/hosts", DATA)
    assert "printer1:rm=10.67.133.254:" in text("/etc/printcap", DATA)
    assert "server 10.64.4.15 iburst" in text("/etc/chrony/chrony.conf", DATA)


def test_a_terminal_lets_in_bastions_only() -> None:
    rules = text("/etc/nftables.conf", DATA)
    assert "policy drop" in rules
    assert "ip saddr { 10.64.12.11 } tcp dport 22 accept" in rules
    assert rules.count("dport") == 1


@pytest.mark.parametrize("missing", ["hikae_hosts", "hikae_bastions", "hikae_ntp"])
def test_a_terminal_without_its_variables_is_refused(missing: str) -> None:
    with pytest.raises(InvalidTerminal, match=f"takaoka-t1: {missing} not given"):
        entries("takaoka-t1", {**DATA, missing: None})


def test_a_terminal_that_nobody_could_enter_is_refused() -> None:
    with pytest.raises(InvalidTerminal, match="nobody could enter it"):
        entries("takaoka-t1", {**DATA, "hikae_bastions": []})


def test_packages_come_from_role_base() -> None:
    assert "chrony" in packages()
    assert "lynis" not in packages()


LISTENS = [
    {"protocol": "tcp", "port": 179, "sources": ["10.128.0.2/32"], "purpose": 'BGP to "carrier"'},
    {"protocol": "udp", "port": 3784, "sources": ["10.0.0.0/31", "10.1.0.0/31"], "purpose": "BFD"},
    {"protocol": "ospf", "port": None, "sources": ["10.64.7.1/32"], "purpose": "OSPF"},
    {"protocol": "vrrp", "port": None, "sources": ["10.64.4.3/32"], "purpose": "x" * 300},
    {"protocol": "tcp", "port": 80, "sources": [], "purpose": "nobody"},
]


@pytest.mark.skipif(
    os.geteuid() != 0 or shutil.which("nft") is None,
    reason="nft checks a rule set in a network namespace only, which needs root",
)
def test_nft_accepts_a_counters_zone(tmp_path: Path) -> None:
    hosts = ansible_inventory(estate_of())["all"]["hosts"]
    zone = hosts["hall-nagoya-r1"]["hikae_zone"]
    assert "hikae_zone" not in hosts["kushiro-r1"]
    assert "hikae_zone" not in hosts["hall-nagoya-t1"]
    path = tmp_path / "nftables.conf"
    path.write_text(
        text("/etc/nftables.conf", {**DATA, "hikae_role": "router", "hikae_zone": zone})
    )
    load = f"nft -f {path} && nft -f {path} && nft list ruleset"
    done = subprocess.run(
        ["unshare", "--net", "sh", "-c", load], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    chain = done.stdout.partition("chain zone {")[2].partition("}")[0]
    assert 'iifname "lan" jump zone' in done.stdout
    lan = "ip saddr 10.65.72.0/23 ip daddr"
    assert f"{lan} 10.9.0.0/24 tcp dport 8080 accept" in chain
    assert f"{lan} 10.64.4.11 tcp sport 22 ct state established accept" in chain
    assert chain.count("accept") == len(zone)
    assert chain.rstrip().splitlines()[-1].strip().startswith("counter")
    assert "drop" in chain.rstrip().splitlines()[-1]


@pytest.mark.parametrize("role", ["terminal", "router"])
@pytest.mark.skipif(
    os.geteuid() != 0 or shutil.which("nft") is None,
    reason="nft checks a rule set in a network namespace only, which needs root",
)
def test_nft_accepts_the_rules(role: str, tmp_path: Path) -> None:
    path = tmp_path / "nftables.conf"
    rules = text("/etc/nftables.conf", {**DATA, "hikae_role": role, "hikae_listens": LISTENS})
    path.write_text(rules)
    # Twice: the second load replaces the table of the first.
    load = f"nft -f {path} && nft -f {path} && nft list ruleset"
    done = subprocess.run(
        ["unshare", "--net", "sh", "-c", load], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert "ip protocol vrrp accept" in done.stdout
    assert "ip saddr 10.128.0.2 tcp dport 179 accept comment \"BGP to 'carrier'\"" in done.stdout
    assert "dport 80" not in done.stdout
    policy = "accept" if role == "router" else "drop"
    assert f"hook forward priority filter; policy {policy};" in done.stdout
