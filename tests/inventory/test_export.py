"""Exports: what the tools that act on the estate are given."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from inventory import Estate
from inventory.export import ansible_inventory, netmiko_devices, pyinfra_hosts, twin_hosts


def mentioned_hosts(value: Any, estate: Estate) -> set[str]:
    """Every host name that stands anywhere in a value."""
    if isinstance(value, dict):
        found: set[str] = set()
        for key, item in value.items():
            found |= mentioned_hosts(key, estate) | mentioned_hosts(item, estate)
        return found
    if isinstance(value, list | tuple):
        return set().union(*(mentioned_hosts(item, estate) for item in value))
    return {value} if isinstance(value, str) and value in estate.hosts else set()


@pytest.mark.parametrize("slice_name", ["core", "mini", "full"])
def test_exports_name_hosts_of_the_slice_only(estate: Estate, slice_name: str) -> None:
    within = estate.slice_hosts(slice_name)
    inventory = ansible_inventory(estate, within)
    assert mentioned_hosts(inventory, estate) == {*within}
    for export in (pyinfra_hosts, netmiko_devices, twin_hosts):
        assert mentioned_hosts(export(estate, within), estate) <= {*within}
    # Plain JSON types, or Ansible cannot read it.
    assert json.loads(json.dumps(inventory)) == inventory


@pytest.mark.parametrize("slice_name", ["core", "mini"])
def test_lists_name_addresses_of_the_slice_only(estate: Estate, slice_name: str) -> None:
    within = estate.slice_hosts(slice_name)
    inventory = ansible_inventory(estate, within)
    outside = {
        str(address)
        for host in estate.hosts.values()
        if host.name not in within
        for address in host.addresses
    }
    text = json.dumps(inventory)
    found = {word.partition("/")[0] for word in text.replace('"', " ").split()}
    assert found & outside == set()


def test_groups_of_the_core_slice(shipped: Estate) -> None:
    inventory = ansible_inventory(shipped, shipped.slice_hosts("core"))["all"]
    groups = {name: list(group["hosts"]) for name, group in inventory["children"].items()}
    assert groups["database"] == [h.name for h in shipped.select(role="database")]
    assert groups["cluster_payments"] == ["takaido-db1", "takaido-db2", "kansai-db3", "kansai-db4"]
    assert groups["site_sendai"] == ["sendai-r1", "sendai-etcd1"]
    assert len(groups["servers"]) == 44 - 3 - 2
    variables = inventory["vars"]
    assert variables["hikae_clusters"]["records"]["synchronous_node_count"] == 2
    assert [e["site"] for e in variables["hikae_etcd"]] == [
        "mitaka",
        "takaido",
        "kansai",
        "sendai",
        "fukuoka",
    ]
    assert variables["hikae_services"]["payments"]["home_order"] == ["takaido", "kansai", "mitaka"]


def test_gateways_are_shared_where_two_routers_stand(shipped: Estate) -> None:
    core = ansible_inventory(shipped, shipped.slice_hosts("core"))["all"]["hosts"]
    first, second = core["kansai-r1"]["hikae_gateway"], core["kansai-r2"]["hikae_gateway"]
    assert first["address"] == second["address"] == "10.64.12.1/23"
    assert first["priority"] > second["priority"]
    assert first["peers"] == ["10.64.12.3"]
    assert second["peers"] == ["10.64.12.2"]
    assert "hikae_gateway" not in core["sendai-r1"]
    mini = ansible_inventory(shipped, shipped.slice_hosts("mini"))["all"]["hosts"]
    # One router alone holds the gateway itself.
    assert "hikae_gateway" not in mini["mitaka-r1"]


def test_ansible_takes_the_full_estate(estate: Estate, tmp_path: Path) -> None:
    path = tmp_path / "inventory.json"
    path.write_text(json.dumps(ansible_inventory(estate)), encoding="utf-8")
    program = Path(sys.executable).with_name("ansible-inventory")
    done = subprocess.run(
        [str(program), "-i", str(path), "--list", "--export"],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
        env={"PATH": "/usr/bin:/bin", "HOME": str(tmp_path), "LC_ALL": "C.UTF-8"},
    )
    assert done.returncode == 0, done.stderr
    assert "WARNING" not in done.stderr
    listed = json.loads(done.stdout)
    assert set(listed["_meta"]["hostvars"]) == set(estate.hosts)
    assert set(listed["all"]["vars"]["hikae_hosts"]) == set(estate.hosts)
    assert listed["all"]["children"].count("ungrouped") <= 1


def test_pyinfra_gets_terminals_with_their_printers(shipped: Estate) -> None:
    hosts = dict(pyinfra_hosts(shipped))
    assert len(hosts) == len(shipped.select(role="terminal"))
    takaoka = hosts["takaoka-t1"]
    assert len(takaoka["hikae_printers"]) == shipped.sites["takaoka"].printers
    assert takaoka["hikae_printers"][0] == str(shipped.sites["takaoka"].lan.broadcast_address - 1)


def test_netmiko_gets_our_routers(shipped: Estate) -> None:
    devices = netmiko_devices(shipped, shipped.slice_hosts("core"))
    assert [d["name"] for d in devices][:2] == ["mitaka-r1", "mitaka-r2"]
    assert devices[0]["connection"]["host"] == "10.64.6.1"
    assert not [d for d in devices if d["name"].endswith("pe1")]


def test_twin_hosts_have_ports_on_wires_of_the_slice_only(shipped: Estate) -> None:
    hosts = {h["name"]: h for h in twin_hosts(shipped, shipped.slice_hosts("mini"))}
    assert [i["name"] for i in hosts["mitaka-r1"]["interfaces"]] == ["lan", "lb1", "wan-carrier"]
    assert hosts["mitaka-db1"]["gateway"] == "10.64.4.1"
    assert hosts["mitaka-r1"]["gateway"] is None
