"""`hikae pki`: the authority as JSON, made by nobody who only looks; renewal and rollover of a lab that stands still."""

from __future__ import annotations

import json
from collections.abc import Callable
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import jsonschema
import pytest

import cli.pki
from cli.exits import Exit
from cli.main import main
from playbooks import ssh_certificates
from playbooks.authority import LIFE, RENEW_BEFORE, Authority
from playbooks.recap import HostResult
from playbooks.run import Outcome
from playbooks.secret_store import SecretStore

DATA = Path(__file__).parent / "data"
Captured = pytest.CaptureFixture[str]


def printed(capsys: Captured, *args: str) -> tuple[int, dict[str, Any]]:
    code = main([*args, "--json"])
    found: dict[str, Any] = json.loads(capsys.readouterr().out)
    return code, found


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("HIKAE_HOME", str(tmp_path))
    return tmp_path


def test_show_fits_its_schema_and_makes_nothing(capsys: Captured, home: Path) -> None:
    shape = json.loads((DATA / "pki-show.schema.json").read_text())
    code, found = printed(capsys, "pki", "show")
    jsonschema.validate(found, shape)
    assert (code, found["zones"], found["ssh"], found["hosts"]) == (Exit.FINE, [], [], {})
    assert not list(home.rglob("*.key"))
    authority = Authority(SecretStore(home / "secrets" / found["estate"]), found["estate"])
    authority.begin_rollover()
    code, found = printed(capsys, "pki", "show")
    jsonschema.validate(found, shape)
    assert {zone["rollover"] for zone in found["zones"]} == {"begun"}
    assert {signer["signs"]: signer["rollover"] for signer in found["ssh"]} == {
        "logins": "begun",
        "hosts": "begun",
    }
    assert (code, len(found["findings"])) == (Exit.FINDING, 4)
    assert "PRIVATE KEY" not in json.dumps(found)
    authority.switch_rollover()
    authority.end_rollover()
    assert printed(capsys, "pki", "show")[0] == Exit.FINE
    host, key = "kansai-db1", ssh_certificates.public_line(ssh_certificates.new_key())
    authority.ssh.sign_host(key, (host, "10.0.0.1"), LIFE)
    code, found = printed(capsys, "pki", "show")
    assert (code, [*found["hosts"]]) == (Exit.FINE, [host])
    authority.ssh.sign_host(key, (host, "10.0.0.1"), RENEW_BEFORE / 2)
    code, found = printed(capsys, "pki", "show")
    jsonschema.validate(found, shape)
    assert code == Exit.FINDING
    assert f"SSH certificates of {host} are due" in found["findings"][0]


@pytest.fixture
def lab(home: Path, monkeypatch: pytest.MonkeyPatch) -> Authority:
    """A lab that stands still; what would be provisioned is told by `fails`."""
    secrets = SecretStore(home / "secrets/kyosai")
    places = SimpleNamespace(home=home, run=home / "run")
    fake = SimpleNamespace(secrets=secrets, estate=SimpleNamespace(name="kyosai"), places=places)

    @contextmanager
    def nothing(*_: object) -> Any:
        yield

    conductor = SimpleNamespace(at_bastion=nothing, credentials=SimpleNamespace(renew=lambda: None))
    monkeypatch.setattr(cli.pki, "running_lab", lambda *_: fake)
    monkeypatch.setattr(cli.pki, "hold", nothing)
    monkeypatch.setattr("twin.bringup.conductor_of", lambda *_, **__: conductor)
    return Authority(secrets, "kyosai")


@pytest.fixture
def provision(home: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., list[dict[str, Any]]]:
    def arrange(*failures: bool) -> list[dict[str, Any]]:
        calls: list[dict[str, Any]] = []
        log = home / "ansible.log"
        log.write_text("fatal: it\n")

        def fake(_lab: object, _conductor: object, _doing: object, **how: Any) -> Any:
            calls.append(how)
            failed = len(calls) <= len(failures) and failures[len(calls) - 1]
            return (Outcome((HostResult("a-db1", 3, 1, int(failed), True),), int(failed), log),)

        monkeypatch.setattr("twin.converge.provision", fake)
        return calls

    return arrange


def test_renew_plans_by_default(
    capsys: Captured, lab: Authority, provision: Callable[..., list[dict[str, Any]]]
) -> None:
    calls = provision()
    code, found = printed(capsys, "pki", "renew")
    assert code == Exit.FINDING
    assert found == {
        "applied": False,
        "steps": [{"step": "renew", "changed": ["a-db1"], "failed": []}],
    }
    assert calls[0]["check"] is True
    before = lab.variables()["issuers"]
    assert printed(capsys, "pki", "renew", "--apply", "--intermediate")[0] == Exit.FINE
    assert (calls[1]["check"], calls[1]["tags"]) == (False, ("pki",))
    assert lab.variables()["issuers"] != before


def test_a_rollover_that_broke_off_is_taken_up(
    capsys: Captured, lab: Authority, provision: Callable[..., list[dict[str, Any]]]
) -> None:
    old = lab.trust()
    provision(False, True)
    code, found = printed(capsys, "pki", "rollover")
    assert (code, [row["step"] for row in found["steps"]]) == (
        Exit.FINDING,
        ["begin", "switch", "end"],
    )
    code, found = printed(capsys, "pki", "rollover", "--apply")
    assert code == Exit.ABORTED
    assert [(row["step"], row["failed"]) for row in found["steps"]] == [
        ("begin", []),
        ("switch", ["a-db1"]),
    ]
    assert lab.rollover == "switched"
    provision()
    code, found = printed(capsys, "pki", "rollover", "--apply")
    assert (code, found["steps"][-1]["step"], lab.rollover) == (Exit.FINE, "end", "none")
    assert lab.trust() != old
