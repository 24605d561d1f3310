"""The hardening controls of role `base`: one test for each entry of roles/base/controls.yml, and no test without one."""

from __future__ import annotations

import hashlib
import re

from playbooks.verify.state import HostState, static_files

# What may leave the LAN behind a counter's router; what comes into a host stands in the other chains.
_ZONE = re.compile(r"chain zone \{.*?\}", re.DOTALL)


def _is_as_written(state: HostState, *paths: str) -> str:
    """Nothing when the files are the role's, byte for byte; else what differs."""
    wanted = {entry.path: entry for entry in static_files(state.role)}
    for path in paths:
        entry, found = wanted[path], state.file(path)
        if not found:
            return f"{path} is missing"
        if entry.target is not None:
            if found["target"] != entry.target:
                return f"{path} points to {found['target'] or 'nothing'}, not to {entry.target}"
            continue
        if entry.data is not None and found["sha256"] != hashlib.sha256(entry.data).hexdigest():
            return f"{path} has another content"
        attributes = (found["mode"], found["owner"], found["group"])
        if attributes != (f"{entry.mode:04o}", entry.owner, entry.group):
            return f"{path} is {' '.join(attributes)}"
    return ""


def _assert_written(state: HostState, *paths: str) -> None:
    wrong = _is_as_written(state, *paths)
    assert not wrong, wrong


def _assert_sshd(state: HostState, **wanted: str) -> None:
    said = state.said["sshd"]
    wrong = [f"{key} {said.get(key)}" for key, value in wanted.items() if said.get(key) != value]
    assert not wrong, f"sshd runs with {', '.join(wrong)}"


def test_ssh_takes_certificates_only(state: HostState) -> None:
    folder, kind = "/etc/ssh", "ssh-ed25519-cert-v01@openssh.com"
    _assert_sshd(
        state,
        authorizedkeysfile="none",
        trustedusercakeys=f"{folder}/trusted_logins.pub",
        authorizedprincipalsfile=f"{folder}/principals/%u",
        revokedkeys=f"{folder}/revoked_logins",
        hostcertificate=f"{folder}/ssh_host_ed25519_key-cert.pub",
        pubkeyacceptedalgorithms=kind,
        hostkeyalgorithms=kind,
        casignaturealgorithms="ssh-ed25519",
    )


def test_ssh_lets_in_by_key_only(state: HostState) -> None:
    _assert_sshd(
        state,
        passwordauthentication="no",
        kbdinteractiveauthentication="no",
        permitemptypasswords="no",
        hostbasedauthentication="no",
    )


def test_ssh_refuses_root(state: HostState) -> None:
    _assert_sshd(state, permitrootlogin="no")


def test_ssh_knows_two_accounts(state: HostState) -> None:
    _assert_written(state, "/etc/ssh/sshd_config.d/10-hikae.conf")


def test_ssh_speaks_strong_algorithms_only(state: HostState) -> None:
    said = state.said["sshd"]
    offered = f"{said['kexalgorithms']},{said['ciphers']},{said['macs']}"
    weak = re.findall(r"[^,]*(?:sha1|md5|cbc|umac-64|group14|group1-|3des)[^,]*", offered)
    assert not weak, f"sshd offers {', '.join(weak)}"


def test_ssh_forwards_nothing(state: HostState) -> None:
    allowed = "local" if state.role == "bastion" else "no"
    _assert_sshd(
        state,
        allowtcpforwarding=allowed,
        allowagentforwarding="no",
        allowstreamlocalforwarding="no",
        x11forwarding="no",
        permittunnel="no",
    )


def test_ssh_limits_attempts(state: HostState) -> None:
    _assert_sshd(state, maxauthtries="3", logingracetime="30", maxstartups="20:30:60")


def test_ssh_logs_the_key(state: HostState) -> None:
    _assert_sshd(state, loglevel="VERBOSE")


def test_banner_warns(state: HostState) -> None:
    _assert_sshd(state, banner="/etc/issue.net")
    _assert_written(state, "/etc/issue", "/etc/issue.net", "/etc/motd")


def test_sudo_has_its_own_terminal_and_a_log(state: HostState) -> None:
    _assert_written(state, "/etc/sudoers.d/10-hikae")
    assert "use_pty" in state.said["sudo"], "sudo does not list use_pty"


def test_sudoers_are_closed(state: HostState) -> None:
    _assert_written(state, "/etc/sudoers.d")
    mode = state.file("/etc/sudoers")["mode"]
    assert mode == "0440", f"/etc/sudoers is {mode}"


def test_firewall_drops_by_default(state: HostState) -> None:
    rules = state.said["nft"]
    assert re.search(r"hook input priority filter; policy drop;", rules), "no input policy drop"
    assert "table inet hikae" in rules, "the table of role base is not loaded"


def test_firewall_lets_in_the_declared_only(state: HostState) -> None:
    rules = _ZONE.sub("", state.said["nft"])
    allowed = {int(port) for port in re.findall(r"dport (\d+) accept", rules)}
    listens = state.variables.get("hikae_listens", [])
    declared = {each["port"] for each in listens if each["port"]} | {22}
    assert allowed <= declared, f"open and not in the flows: {sorted(allowed - declared)}"


def test_firewall_forwards_on_routers_only(state: HostState) -> None:
    policy = re.search(r"hook forward priority filter; policy (\w+);", state.said["nft"])
    assert policy is not None, "no forward chain"
    wanted = "accept" if state.role == "router" else "drop"
    assert policy[1] == wanted, f"a {state.role} forwards by default: {policy[1]}"


def test_a_counter_is_a_zone(state: HostState) -> None:
    wanted = state.variables.get("hikae_zone", [])
    found = _ZONE.search(state.said["nft"])
    rules = found[0].count(" accept") if found else 0
    assert rules == len(wanted), f"{rules} ways lead out of the zone, {len(wanted)} are declared"
    if wanted:
        assert 'iifname "lan" jump zone' in state.said["nft"], "nothing leads into the zone's chain"


def test_kernel_settings_are_written(state: HostState) -> None:
    _assert_written(state, "/etc/sysctl.d/60-hikae.conf")


def test_modules_are_blocked(state: HostState) -> None:
    _assert_written(state, "/etc/modprobe.d/60-hikae.conf")


def test_core_dumps_are_off(state: HostState) -> None:
    _assert_written(
        state,
        "/etc/security/limits.d/60-hikae.conf",
        "/etc/systemd/coredump.conf.d/60-hikae.conf",
        "/etc/systemd/system.conf.d/60-hikae.conf",
    )


def test_password_policy_is_set(state: HostState) -> None:
    _assert_written(state, "/etc/login.defs", "/etc/security/pwquality.conf")


def test_shells_are_private_and_time_out(state: HostState) -> None:
    _assert_written(state, "/etc/profile.d/60-hikae.sh")


def test_nobody_has_a_password(state: HostState) -> None:
    open_ones = [each["name"] for each in state.said["accounts"] if each["has_password"]]
    assert not open_ones, f"log in by password: {', '.join(open_ones)}"


def test_only_root_is_root(state: HostState) -> None:
    roots = [each["name"] for each in state.said["accounts"] if each["uid"] == 0]
    assert roots == ["root"], f"uid 0: {', '.join(roots)}"


def test_account_files_are_closed(state: HostState) -> None:
    for path, modes in (
        ("/etc/passwd", ("0644",)),
        ("/etc/shadow", ("0640", "0600")),
        ("/etc/gshadow", ("0640", "0600")),
        ("/etc/ssh/ssh_host_ed25519_key", ("0600",)),
    ):
        found = state.file(path)
        assert found["owner"] == "root", f"{path} is owned by {found['owner']}"
        assert found["mode"] in modes, f"{path} is {found['mode']}"


def test_cron_and_at_are_roots(state: HostState) -> None:
    _assert_written(
        state,
        "/etc/cron.allow",
        "/etc/at.allow",
        "/etc/cron.d",
        "/etc/cron.daily",
        "/etc/cron.hourly",
        "/etc/cron.weekly",
        "/etc/cron.monthly",
    )


def test_nothing_acts_on_its_own(state: HostState) -> None:
    masked = [entry.path for entry in static_files("batch") if entry.target == "/dev/null"]
    _assert_written(state, *masked)
    names = {path.rsplit("/", 1)[1] for path in masked}
    running = names & set(state.said["timers"])
    assert not running, f"still armed: {', '.join(sorted(running))}"


def test_journal_is_kept_on_disk(state: HostState) -> None:
    _assert_written(state, "/etc/systemd/journald.conf.d/60-hikae.conf", "/var/log/journal")


def test_time_comes_from_the_estate(state: HostState) -> None:
    assert state.is_active("chrony"), "chrony does not run"
    if state.said["container"] not in ("", "none"):
        assert " -x" in state.said["chronyd"], "chronyd would set the machine's clock"
