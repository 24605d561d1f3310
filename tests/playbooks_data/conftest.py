"""Programs that roles put on hosts: they are no packages of ours, so they are loaded from where they lie."""

from __future__ import annotations

import importlib
import importlib.util
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest

ROLES = Path(__file__).parents[2] / "playbooks" / "roles"
_INSTALLED = Path("files/tree/usr/local/lib/hikae")


@pytest.fixture(autouse=True, scope="session")
def _no_bytecode() -> Iterator[None]:
    # A cache folder inside a role's tree would be sent to the hosts.
    before, sys.dont_write_bytecode = sys.dont_write_bytecode, True
    yield
    sys.dont_write_bytecode = before


def _program(role: str, name: str) -> ModuleType:
    spec = importlib.util.spec_from_file_location(name, ROLES / role / _INSTALLED / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="session")
def leader_home(_no_bytecode: None) -> ModuleType:
    return _program("etcd", "leader_home")


@pytest.fixture(scope="session")
def postgres_objects(_no_bytecode: None) -> ModuleType:
    return _program("postgres", "postgres_objects")


@pytest.fixture(scope="session")
def patroni_gate(_no_bytecode: None) -> ModuleType:
    return _program("postgres", "patroni_gate")


@pytest.fixture(scope="session")
def etcd_hosts(_no_bytecode: None) -> ModuleType:
    return _program("postgres", "etcd_hosts")


@pytest.fixture(scope="session")
def patronictl(_no_bytecode: None) -> ModuleType:
    return _program("postgres", "patronictl")


@pytest.fixture(scope="session")
def announce_folder() -> Path:
    return ROLES / "balancer" / _INSTALLED


@pytest.fixture(scope="session")
def _announce(_no_bytecode: None, announce_folder: Path) -> Iterator[None]:
    sys.path.insert(0, str(announce_folder))
    yield
    sys.path.remove(str(announce_folder))


@pytest.fixture(scope="session")
def judgement(_announce: None) -> ModuleType:
    return importlib.import_module("announce.judgement")


@pytest.fixture(scope="session")
def gateway(_announce: None) -> ModuleType:
    return importlib.import_module("announce.gateway")


@pytest.fixture(scope="session")
def encryption(_announce: None) -> ModuleType:
    return importlib.import_module("announce.encryption")


@pytest.fixture(scope="session")
def status(_announce: None) -> ModuleType:
    return importlib.import_module("announce.status")


@pytest.fixture(scope="session")
def probe(_announce: None) -> ModuleType:
    return importlib.import_module("announce.probe")


@pytest.fixture(scope="session")
def watch(_announce: None) -> ModuleType:
    return importlib.import_module("announce.watch")


@pytest.fixture(scope="session")
def settings(_announce: None) -> ModuleType:
    return importlib.import_module("announce.settings")
