"""The program of role `pki` on a host of its own: a temporary folder, without services."""

from __future__ import annotations

import importlib.util
import json
import os
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from playbooks import ssh_certificates as ssh
from playbooks.authority import LIFE, RENEW_BEFORE, Authority, sign_all
from playbooks.secret_store import SecretStore
from tests.playbooks_data.conftest import ROLES

CERTIFICATE = {
    "names": ["a-db1", "records"],
    "addresses": ["10.0.0.1"],
    "agreement": True,
    "server": True,
}
PRINCIPALS = {"ops": ["ops@database", "ops@a-db1"]}
Said = dict[str, Any]
Run = Callable[..., Said]


@pytest.fixture
def program(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    path = ROLES / "pki/files/certificate.py"
    spec = importlib.util.spec_from_file_location("hikae_certificate", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    folder = tmp_path / "hikae/tls"
    for name, file in (
        ("FOLDER", ""),
        ("IDENTITY", "host.pem"),
        ("NEXT_KEY", "next.key"),
        ("RESTART", "restart"),
        ("TRUST", "ca.pem"),
        ("AGREEMENT", "agreement.pem"),
    ):
        monkeypatch.setattr(module, name, folder / file)
    sshd = tmp_path / "ssh"
    sshd.mkdir()
    (sshd / "ssh_host_ed25519_key.pub").write_text(ssh.public_line(ssh.new_key(), "a-db1") + "\n")
    monkeypatch.setattr(module, "SSH", sshd)
    monkeypatch.setattr(module, "RELOAD", tmp_path / "reload")
    run_it = module._run
    monkeypatch.setattr(
        module,
        "_run",
        lambda argv, stdin="": "" if argv[0] == "systemctl" else run_it(argv, stdin),
    )
    monkeypatch.setattr(module, "_group", os.getgid)
    monkeypatch.setattr(module, "_is_active", lambda unit: False)
    monkeypatch.setattr(module.os, "fchown", lambda *_: None)
    return module


@pytest.fixture
def authority(tmp_path: Path) -> Authority:
    return Authority(SecretStore(tmp_path / "secrets"), "kyosai")


def wanted(authority: Authority, **other: Any) -> Said:
    told = authority.variables()
    before = other.pop("renew_before_s", int(RENEW_BEFORE.total_seconds()))
    tls = {
        "estate": "kyosai",
        "host": "a-db1",
        "role": "database",
        "names": CERTIFICATE["names"],
        "addresses": CERTIFICATE["addresses"],
        "trust": told["trust"],
        "agreement": told["agreement"],
        "issuer": told["issuers"]["agreement"],
    }
    ssh_wanted = told["ssh"] | {"names": ["a-db1", "10.0.0.1"], "principals": PRINCIPALS}
    return {
        "renew_before_s": before,
        "tls": {**tls, **{key: value for key, value in other.items() if key in tls}},
        "ssh": {**ssh_wanted, **other.get("ssh", {})},
    }


@pytest.fixture
def run(program: ModuleType, capsys: pytest.CaptureFixture[str]) -> Run:
    def call(mode: str, said: Said) -> Said:
        code = program.main(mode, json.dumps(said))
        captured = capsys.readouterr()
        if code:
            return {"failed": captured.err}
        answer: Said = json.loads(captured.out)
        return answer

    return call


def install(run: Run, authority: Authority, asked: Said) -> Said:
    known = {"role": "database", "address": "10.0.0.1", "certificate": CERTIFICATE}
    answer = sign_all(authority, {"a-db1": {**asked, **known}})["a-db1"]
    told = authority.variables()
    if "tls" in answer:
        answer["tls"] |= {key: told[key] for key in ("trust", "agreement")}
    if "ssh" in answer:
        answer["ssh"] |= told["ssh"] | {"principals": PRINCIPALS}
    return run("install", answer)


def test_makes_a_key_asks_and_installs(run: Run, program: ModuleType, authority: Authority) -> None:
    why = "no certificate; sshd has no certificate for its key"
    assert run("look", wanted(authority)) == {"reason": why, "request": "", "public": ""}
    assert not program.FOLDER.exists()
    asked = run("request", wanted(authority))
    assert asked["reason"] == why
    assert "PRIVATE" not in json.dumps(asked)
    assert install(run, authority, asked) == {"restart": []}
    assert program.IDENTITY.stat().st_mode & 0o777 == 0o640
    assert not program.NEXT_KEY.exists()
    nothing = {"reason": "", "request": "", "public": ""}
    assert run("request", wanted(authority)) == nothing
    assert run("look", wanted(authority)) == nothing


def test_a_host_without_tls_has_a_certificate_of_sshd(
    run: Run, program: ModuleType, authority: Authority
) -> None:
    said = wanted(authority) | {"tls": None}
    asked = run("request", said)
    assert (asked["reason"], asked["request"]) == ("sshd has no certificate for its key", "")
    install(run, authority, asked)
    assert not program.IDENTITY.exists()
    assert run("look", said)["reason"] == ""
    shown = subprocess.run(
        ["ssh-keygen", "-L", "-f", str(program.SSH / "ssh_host_ed25519_key-cert.pub")],
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    assert "host certificate" in shown
    assert 'Key ID: "a-db1"' in shown
    assert (program.SSH / "principals/ops").read_text() == "ops@database\nops@a-db1\n"


def test_an_account_that_went_takes_nobody(
    run: Run, program: ModuleType, authority: Authority
) -> None:
    install(run, authority, run("request", wanted(authority)))
    (program.SSH / "principals/netops").write_text("netops@router\n")
    asked = run("request", wanted(authority, renew_before_s=10**9))
    install(run, authority, asked)
    assert [path.name for path in (program.SSH / "principals").iterdir()] == ["ops"]


def test_sshd_that_did_not_read_its_certificate_is_told_again(
    run: Run, program: ModuleType, authority: Authority, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = run("request", wanted(authority) | {"tls": None})

    def die(argv: list[str], stdin: str = "") -> str:
        raise program.CertificateFailed(f"killed at {argv} {stdin}")

    with monkeypatch.context() as patch:
        patch.setattr(program, "_run", die)
        assert (
            "killed at ['systemctl', 'reload', 'ssh']" in install(run, authority, asked)["failed"]
        )
    again = run("request", wanted(authority) | {"tls": None})
    assert again["reason"] == "sshd has not read its last certificate"
    install(run, authority, again)
    assert run("look", wanted(authority) | {"tls": None})["reason"] == ""


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"hosts": "ssh-ed25519 AAAA"}, "who signs hosts for SSH has changed"),
        ({"names": ["a-db1", "10.0.0.9"]}, "another name or address"),
        ({"logins": "ssh-ed25519 AAAA\n"}, "who may log in has changed"),
        ({"revoked": "QUFB"}, "who may log in has changed"),
        ({"principals": {"ops": ["ops@etcd"]}}, "who may log in has changed"),
    ],
)
def test_says_why_sshd_is_due(run: Run, authority: Authority, change: Said, reason: str) -> None:
    install(run, authority, run("request", wanted(authority)))
    assert reason in run("look", wanted(authority, ssh=change))["reason"]


def test_a_new_key_of_sshd_is_signed(run: Run, program: ModuleType, authority: Authority) -> None:
    install(run, authority, run("request", wanted(authority)))
    other = ssh.public_line(ssh.new_key()) + "\n"
    (program.SSH / "ssh_host_ed25519_key.pub").write_text(other)
    assert run("look", wanted(authority))["reason"] == "sshd has no certificate for its key"


def test_an_interrupted_run_goes_on_with_its_key(
    run: Run, program: ModuleType, authority: Authority
) -> None:
    first = run("request", wanted(authority))
    key = program.NEXT_KEY.read_text()
    assert program.NEXT_KEY.stat().st_mode & 0o777 == 0o600
    run("request", wanted(authority))
    assert program.NEXT_KEY.read_text() == key
    assert install(run, authority, first) == {"restart": []}


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"names": ["a-db1"]}, "other names"),
        ({"addresses": ["10.0.0.9"]}, "other names"),
        ({"role": "etcd"}, "other names"),
        ({"issuer": "0" * 64}, "intermediate has changed"),
        ({"trust": "another"}, "roots have changed"),
        ({"agreement": "another"}, "roots have changed"),
        ({"renew_before_s": int(LIFE.total_seconds())}, "it ends on"),
    ],
)
def test_says_why_it_is_due(run: Run, authority: Authority, change: Said, reason: str) -> None:
    install(run, authority, run("request", wanted(authority)))
    assert reason in run("look", wanted(authority, **change))["reason"]


def test_a_renewal_makes_another_key(run: Run, program: ModuleType, authority: Authority) -> None:
    install(run, authority, run("request", wanted(authority)))
    before = _key(program.IDENTITY)
    install(run, authority, run("request", wanted(authority, renew_before_s=10**9)))
    assert _key(program.IDENTITY) != before


def test_a_foreign_chain_and_a_refusal_change_nothing(
    run: Run, program: ModuleType, authority: Authority
) -> None:
    first = run("request", wanted(authority))
    program.NEXT_KEY.unlink()
    run("request", wanted(authority))
    assert "does not belong to the key" in install(run, authority, first)["failed"]
    assert "says otherwise" in run("install", {"refused": "the inventory says otherwise"})["failed"]
    assert not program.IDENTITY.exists()


@pytest.mark.parametrize("new_roots", [False, True])
def test_running_services_take_it_up(
    run: Run,
    program: ModuleType,
    authority: Authority,
    monkeypatch: pytest.MonkeyPatch,
    new_roots: bool,
) -> None:
    install(run, authority, run("request", wanted(authority)))
    told: list[str] = []
    run_it = program._run

    def fake(argv: list[str], stdin: str = "") -> str:
        if argv[0] != "systemctl":
            return str(run_it(argv, stdin))
        told.append(" ".join(argv[1:]))
        return ""

    def ask(command: str) -> str:
        told.append(command.split("\n")[0])
        return "Success!"

    monkeypatch.setattr(program, "_run", fake)
    monkeypatch.setattr(program, "_ask_haproxy", ask)
    monkeypatch.setattr(program, "_is_active", lambda unit: unit in ("haproxy", "nenkin", "etcd"))
    if new_roots:
        authority.begin_rollover()
    said = install(run, authority, run("request", wanted(authority, renew_before_s=10**9)))
    haproxy = (
        ["reload haproxy"]
        if new_roots
        else [f"set ssl cert {program.IDENTITY} <<", f"commit ssl cert {program.IDENTITY}"]
    )
    assert told == ["reload ssh", *haproxy, "reload nenkin"]
    assert said == {"restart": ["etcd"] if new_roots else []}
    assert run("look", wanted(authority))["reason"] == (
        "the last renewal broke off" if new_roots else ""
    )
    assert run("restart", {}) == {"restarted": said["restart"]}
    assert told[-1] == ("try-restart etcd" if new_roots else "reload nenkin")
    assert run("look", wanted(authority))["reason"] == ""


def test_new_roots_are_not_forgotten_by_a_run_that_broke_off(
    run: Run, program: ModuleType, authority: Authority, monkeypatch: pytest.MonkeyPatch
) -> None:
    install(run, authority, run("request", wanted(authority)))
    authority.begin_rollover()
    told: list[bool] = []

    def die(*_: object, **__: object) -> None:
        raise program.CertificateFailed("killed")

    with monkeypatch.context() as patch:
        patch.setattr(program, "_tell_haproxy", die)
        install(run, authority, run("request", wanted(authority)))
    monkeypatch.setattr(
        program, "_tell_haproxy", lambda _, *, has_new_roots: told.append(has_new_roots)
    )
    install(run, authority, run("request", wanted(authority)))
    install(run, authority, run("request", wanted(authority, renew_before_s=10**9)))
    assert told == [True, False]


def test_a_renewal_that_broke_off_before_the_services_had_it_is_done_again(
    run: Run, program: ModuleType, authority: Authority, monkeypatch: pytest.MonkeyPatch
) -> None:
    def die(*_: object, **__: object) -> None:
        raise program.CertificateFailed("killed")

    with monkeypatch.context() as patch:
        patch.setattr(program, "_tell_haproxy", die)
        assert "killed" in install(run, authority, run("request", wanted(authority)))["failed"]
    assert program.IDENTITY.exists()
    again = run("request", wanted(authority))
    assert again["reason"] == "the last renewal broke off"
    install(run, authority, again)
    assert run("look", wanted(authority))["reason"] == ""


def _key(path: Path) -> str:
    found = re.match(
        r"-----BEGIN PRIVATE KEY-----.+?-----END PRIVATE KEY-----", path.read_text(), re.S
    )
    assert found is not None
    return found[0]


def test_runs_on_the_standard_library_alone() -> None:
    text = (ROLES / "pki/files/certificate.py").read_text()
    names = set(re.findall(r"^(?:import|from) (\w+)", text, re.M)) - {"__future__"}
    assert names <= set(sys.stdlib_module_names)
