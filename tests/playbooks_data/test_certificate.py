"""The program of role `pki` on a host of its own: a temporary folder, without services."""

from __future__ import annotations

import importlib.util
import json
import os
import re
import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from playbooks.authority import LIFE, RENEW_BEFORE, Authority, profile_of
from playbooks.secret_store import SecretStore
from tests.playbooks_data.conftest import ROLES

CERTIFICATE = {
    "names": ["a-db1", "records"],
    "addresses": ["10.0.0.1"],
    "agreement": True,
    "server": True,
}
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
    monkeypatch.setattr(module, "_group", os.getgid)
    monkeypatch.setattr(module, "_is_active", lambda unit: False)
    monkeypatch.setattr(module.os, "fchown", lambda *_: None)
    return module


@pytest.fixture
def authority(tmp_path: Path) -> Authority:
    return Authority(SecretStore(tmp_path / "secrets"), "kyosai")


def wanted(authority: Authority, **other: Any) -> Said:
    told = authority.variables()
    return {
        "estate": "kyosai",
        "host": "a-db1",
        "role": "database",
        "names": CERTIFICATE["names"],
        "addresses": CERTIFICATE["addresses"],
        "trust": told["trust"],
        "agreement": told["agreement"],
        "issuer": told["issuers"]["agreement"],
        "renew_before_s": int(RENEW_BEFORE.total_seconds()),
        **other,
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


def install(run: Run, authority: Authority, request: str) -> Said:
    profile = profile_of("kyosai", "a-db1", "database", CERTIFICATE)
    told = authority.variables()
    chain = authority.issue(request, profile)
    return run("install", {"chain": chain, "trust": told["trust"], "agreement": told["agreement"]})


def test_makes_a_key_asks_and_installs(run: Run, program: ModuleType, authority: Authority) -> None:
    assert run("look", wanted(authority)) == {"reason": "no certificate", "request": ""}
    assert not program.FOLDER.exists()
    asked = run("request", wanted(authority))
    assert asked["reason"] == "no certificate"
    assert "PRIVATE" not in asked["request"]
    assert install(run, authority, asked["request"]) == {"restart": []}
    assert program.IDENTITY.stat().st_mode & 0o777 == 0o640
    assert not program.NEXT_KEY.exists()
    assert run("request", wanted(authority)) == {"reason": "", "request": ""}
    assert run("look", wanted(authority)) == {"reason": "", "request": ""}


def test_an_interrupted_run_goes_on_with_its_key(
    run: Run, program: ModuleType, authority: Authority
) -> None:
    first = run("request", wanted(authority))["request"]
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
    install(run, authority, run("request", wanted(authority))["request"])
    assert reason in run("look", wanted(authority, **change))["reason"]


def test_a_renewal_makes_another_key(run: Run, program: ModuleType, authority: Authority) -> None:
    install(run, authority, run("request", wanted(authority))["request"])
    before = _key(program.IDENTITY)
    install(run, authority, run("request", wanted(authority, renew_before_s=10**9))["request"])
    assert _key(program.IDENTITY) != before


def test_a_foreign_chain_and_a_refusal_change_nothing(
    run: Run, program: ModuleType, authority: Authority
) -> None:
    first = run("request", wanted(authority))["request"]
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
    install(run, authority, run("request", wanted(authority))["request"])
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
    said = install(
        run, authority, run("request", wanted(authority, renew_before_s=10**9))["request"]
    )
    haproxy = (
        ["reload haproxy"]
        if new_roots
        else [f"set ssl cert {program.IDENTITY} <<", f"commit ssl cert {program.IDENTITY}"]
    )
    assert told == [*haproxy, "reload nenkin"]
    assert said == {"restart": ["etcd", "nenkin"] if new_roots else []}
    assert run("look", wanted(authority))["reason"] == (
        "the last renewal broke off" if new_roots else ""
    )
    assert run("restart", {}) == {"restarted": said["restart"]}
    assert told[-1] == ("try-restart etcd nenkin" if new_roots else "reload nenkin")
    assert run("look", wanted(authority))["reason"] == ""


def test_new_roots_are_not_forgotten_by_a_run_that_broke_off(
    run: Run, program: ModuleType, authority: Authority, monkeypatch: pytest.MonkeyPatch
) -> None:
    install(run, authority, run("request", wanted(authority))["request"])
    authority.begin_rollover()
    told: list[bool] = []

    def die(*_: object, **__: object) -> None:
        raise program.CertificateFailed("killed")

    with monkeypatch.context() as patch:
        patch.setattr(program, "_tell_haproxy", die)
        install(run, authority, run("request", wanted(authority))["request"])
    monkeypatch.setattr(
        program, "_tell_haproxy", lambda _, *, has_new_roots: told.append(has_new_roots)
    )
    install(run, authority, run("request", wanted(authority))["request"])
    install(run, authority, run("request", wanted(authority, renew_before_s=10**9))["request"])
    assert told == [True, False]


def test_a_renewal_that_broke_off_before_the_services_had_it_is_done_again(
    run: Run, program: ModuleType, authority: Authority, monkeypatch: pytest.MonkeyPatch
) -> None:
    def die(*_: object, **__: object) -> None:
        raise program.CertificateFailed("killed")

    with monkeypatch.context() as patch:
        patch.setattr(program, "_tell_haproxy", die)
        assert (
            "killed"
            in install(run, authority, run("request", wanted(authority))["request"])["failed"]
        )
    assert program.IDENTITY.exists()
    again = run("request", wanted(authority))
    assert again["reason"] == "the last renewal broke off"
    install(run, authority, again["request"])
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
