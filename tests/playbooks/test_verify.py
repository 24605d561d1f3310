"""The assertions of the read-only suite against hand-made hosts: each must be able to fail."""

from __future__ import annotations

import copy
import hashlib
import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from playbooks.verify import test_controls as controls
from playbooks.verify import test_listening as listening
from playbooks.verify import test_units as units
from playbooks.verify.state import HostState, gather, static_files

VERIFY = Path(__file__).parents[2] / "playbooks/verify"
RULES = """table inet hikae {
 type filter hook input priority filter; policy drop;
 ip saddr { 10.64.12.11 } tcp dport 22 accept
 ip saddr 10.64.4.31 tcp dport 2379 accept
 type filter hook forward priority filter; policy drop;
}"""
CERTIFICATE = "ssh-ed25519-cert-v01@openssh.com"
SSHD = {
    "authorizedkeysfile": "none",
    "trustedusercakeys": "/etc/ssh/trusted_logins.pub",
    "authorizedprincipalsfile": "/etc/ssh/principals/%u",
    "revokedkeys": "/etc/ssh/revoked_logins",
    "hostcertificate": "/etc/ssh/ssh_host_ed25519_key-cert.pub",
    "pubkeyacceptedalgorithms": CERTIFICATE,
    "hostkeyalgorithms": CERTIFICATE,
    "casignaturealgorithms": "ssh-ed25519",
    "passwordauthentication": "no",
    "kbdinteractiveauthentication": "no",
    "permitemptypasswords": "no",
    "hostbasedauthentication": "no",
    "permitrootlogin": "no",
    "kexalgorithms": "curve25519-sha256",
    "ciphers": "aes256-ctr",
    "macs": "hmac-sha2-512-etm@openssh.com",
    "allowtcpforwarding": "no",
    "allowagentforwarding": "no",
    "allowstreamlocalforwarding": "no",
    "x11forwarding": "no",
    "permittunnel": "no",
    "maxauthtries": "3",
    "logingracetime": "30",
    "maxstartups": "20:30:60",
    "loglevel": "VERBOSE",
    "banner": "/etc/issue.net",
}


def good() -> dict[str, Any]:
    files = {
        entry.path: {
            "mode": f"{entry.mode:04o}",
            "owner": entry.owner,
            "group": entry.group,
            "target": entry.target or "",
            "sha256": "" if entry.data is None else hashlib.sha256(entry.data).hexdigest(),
        }
        for entry in static_files("etcd")
    }
    for path, mode in (
        ("/etc/passwd", "0644"),
        ("/etc/shadow", "0640"),
        ("/etc/gshadow", "0640"),
        ("/etc/sudoers", "0440"),
        ("/etc/ssh/ssh_host_ed25519_key", "0600"),
    ):
        files[path] = {"mode": mode, "owner": "root", "group": "root", "target": "", "sha256": ""}
    running = {"ActiveState": "active", "UnitFileState": "enabled"}
    return {
        "units": {
            unit: dict(running)
            for unit in (
                "ssh",
                "nftables",
                "chrony",
                "systemd-journald",
                "etcd",
                "hikae-gate",
                "prometheus-node-exporter",
            )
        },
        "failed": [],
        "timers": ["systemd-tmpfiles-clean.timer"],
        "sockets": [
            {"protocol": "tcp", "address": "0.0.0.0", "port": "22", "program": "sshd"},
            {"protocol": "tcp", "address": "10.64.4.21", "port": "2379", "program": "etcd"},
            {"protocol": "tcp", "address": "127.0.0.1", "port": "9999", "program": "x"},
        ],
        "accounts": [{"name": "root", "uid": 0, "shell": "/bin/bash", "has_password": False}],
        "sshd": dict(SSHD),
        "nft": RULES,
        "files": files,
        "sudo": "Matching Defaults entries for ops: env_reset, use_pty",
        "chronyd": "/usr/sbin/chronyd -x -F 1",
        "container": "systemd-nspawn",
    }


def state(said: dict[str, Any]) -> HostState:
    listens = [{"protocol": "tcp", "port": 2379, "sources": ["10.64.4.31/32"], "purpose": "etcd"}]
    return HostState("mitaka-etcd1", {"hikae_role": "etcd", "hikae_listens": listens}, said)


Check = Callable[[HostState], None]
CHECKS: dict[str, Check] = {
    name: check
    for module in (controls, listening, units)
    for name, check in vars(module).items()
    if name.startswith("test_")
}


@pytest.mark.parametrize("name", CHECKS)
def test_a_good_host_passes(name: str) -> None:
    CHECKS[name](state(good()))


def spoil(said: dict[str, Any], path: str, value: object) -> None:
    *folders, last = path.split("|")
    for folder in folders:
        said = said[folder]
    if isinstance(said, list):
        said.append(value)
    else:
        said[last] = value


WILD = {"protocol": "tcp", "address": "10.64.4.21", "port": "6000", "program": "x"}
WIDE = {"protocol": "tcp", "address": "*", "port": "2379", "program": "etcd"}
FILE = {"mode": "0644", "owner": "root", "group": "root", "target": "", "sha256": "0"}
FAULTS: list[tuple[str, str, object]] = [
    ("test_ssh_takes_certificates_only", "sshd|authorizedkeysfile", ".ssh/authorized_keys"),
    ("test_ssh_lets_in_by_key_only", "sshd|passwordauthentication", "yes"),
    ("test_ssh_refuses_root", "sshd|permitrootlogin", "without-password"),
    ("test_ssh_knows_two_accounts", "files|/etc/ssh/sshd_config.d/10-hikae.conf", FILE),
    ("test_ssh_speaks_strong_algorithms_only", "sshd|kexalgorithms", "diffie-hellman-group14-sha1"),
    ("test_ssh_forwards_nothing", "sshd|allowtcpforwarding", "yes"),
    ("test_ssh_limits_attempts", "sshd|maxauthtries", "6"),
    ("test_ssh_logs_the_key", "sshd|loglevel", "INFO"),
    ("test_banner_warns", "sshd|banner", "none"),
    ("test_sudo_has_its_own_terminal_and_a_log", "sudo", "env_reset"),
    ("test_sudoers_are_closed", "files|/etc/sudoers|mode", "0644"),
    ("test_firewall_drops_by_default", "nft", ""),
    ("test_firewall_lets_in_the_declared_only", "nft", RULES + "tcp dport 23 accept"),
    ("test_firewall_forwards_on_routers_only", "nft", RULES.replace("drop", "accept")),
    (
        "test_a_counter_is_a_zone",
        "nft",
        RULES + "chain zone { ip saddr 10.64.4.0/23 tcp dport 80 accept }",
    ),
    ("test_kernel_settings_are_written", "files|/etc/sysctl.d/60-hikae.conf", {}),
    ("test_modules_are_blocked", "files|/etc/modprobe.d/60-hikae.conf", FILE),
    ("test_core_dumps_are_off", "files|/etc/security/limits.d/60-hikae.conf", FILE),
    ("test_password_policy_is_set", "files|/etc/login.defs|mode", "0666"),
    ("test_shells_are_private_and_time_out", "files|/etc/profile.d/60-hikae.sh|owner", "ops"),
    ("test_nobody_has_a_password", "accounts|", {"name": "a", "uid": 7, "has_password": True}),
    ("test_only_root_is_root", "accounts|", {"name": "toor", "uid": 0, "has_password": False}),
    ("test_account_files_are_closed", "files|/etc/shadow|mode", "0644"),
    ("test_cron_and_at_are_roots", "files|/etc/cron.d|mode", "0755"),
    ("test_nothing_acts_on_its_own", "timers|", "apt-daily.timer"),
    ("test_journal_is_kept_on_disk", "files|/var/log/journal", {}),
    ("test_time_comes_from_the_estate", "chronyd", "/usr/sbin/chronyd -F 1"),
    ("test_nothing_listens_that_is_not_declared", "sockets|", WILD),
    ("test_everything_declared_listens", "sockets", []),
    ("test_nothing_listens_wider_than_it_must", "sockets|", WIDE),
    ("test_units_are_active", "units|etcd|ActiveState", "failed"),
    ("test_units_start_with_the_host", "units|chrony|UnitFileState", "disabled"),
    ("test_no_unit_has_failed", "failed|", "x.service loaded failed"),
    (
        "test_gateway_is_shared_where_two_routers_stand",
        "units|keepalived",
        {"ActiveState": "active"},
    ),
    ("test_routing_runs_only_where_it_is_needed", "units|frr", {"ActiveState": "active"}),
]


@pytest.mark.parametrize(("name", "path", "value"), FAULTS, ids=[each[0] for each in FAULTS])
def test_a_faulty_host_is_found(name: str, path: str, value: object) -> None:
    said = copy.deepcopy(good())
    spoil(said, path, value)
    with pytest.raises(AssertionError):
        CHECKS[name](state(said))


def test_every_assertion_is_shown_to_fail() -> None:
    # That of frr.conf speaks on routers only: shown below.
    assert {name for name, _, _ in FAULTS} | {"test_frr_conf_belongs_to_frr"} == set(CHECKS)


def test_frr_conf_of_a_router_must_belong_to_frr() -> None:
    said = good()
    said["files"]["/etc/frr/frr.conf"] = {"owner": "root", "mode": "0640"}
    router = HostState("r1", {"hikae_role": "router"}, said)
    with pytest.raises(AssertionError, match="owned by root"):
        units.test_frr_conf_belongs_to_frr(router)


def test_the_collector_runs_with_nothing_but_python(tmp_path: Path) -> None:
    file = tmp_path / "a"
    file.write_text("x")
    script = (VERIFY / "collect.py").read_text()
    # Of this machine it may ask little; `_file` is what matters, and that the text is a program.
    probe = f"{script.split('if __name__')[0]}\nprint(json.dumps(_file(Path({str(file)!r}))))"
    done = subprocess.run([sys.executable, "-I", "-c", probe], capture_output=True, check=True)
    assert json.loads(done.stdout)["sha256"].startswith("2d711642")
    assert "write_text" not in script


@pytest.mark.parametrize("is_by_ssh", [True, False])
def test_a_host_that_does_not_answer_is_told_in_a_sentence(is_by_ssh: bool) -> None:
    said = SimpleNamespace(rc=255 if is_by_ssh else 1, stderr="Host key verification failed.\r\n")

    def run(*_: str) -> SimpleNamespace:
        if is_by_ssh:
            raise RuntimeError(said)
        return said

    known = {"all": {"hosts": {"a-r1": {"hikae_role": "router"}}}}
    found = gather({"a-r1": SimpleNamespace(run=run)}, known)
    assert found == {"a-r1": "a-r1 did not answer: Host key verification failed."}
