"""Every faulty intent is found with exactly the expected sentences: data/faulty holds one case a file.

A case is the small example's intents, with everything that any dialect can say, and edits to them; `make golden
REGENERATE=--regenerate` does not touch these: `python -m pytest tests/netconfig/test_faulty.py --regenerate` does.
"""

from __future__ import annotations

import dataclasses
import json
import re
from ipaddress import IPv4Address, IPv4Interface, IPv4Network
from pathlib import Path
from typing import Any

import pytest

from inventory import Estate
from netconfig.checks import find_faults
from netconfig.derivation import ROUTED_ROLES
from netconfig.dialects.dialect import PARTS
from netconfig.equipment import device_intent
from netconfig.intent import Intent, OspfPort
from tests.estates import estate_of
from tests.netconfig.conftest import SMALL

CASES = sorted((Path(__file__).parent / "data" / "faulty").glob("*.json"))
_STEP = re.compile(r"(\w+)(?:\[(.+)\])?")


def whole(estate: Estate) -> dict[str, Intent]:
    return {
        host.name: device_intent(estate, host.name, PARTS)
        for host in estate.hosts.values()
        if host.role in ROUTED_ROLES
    }


def edited(thing: Any, path: list[str], edit: dict[str, Any]) -> Any:
    """The frozen value with one place in it changed: `ports[core].mtu`, `bgp.networks[10.0.0.0/8]`."""
    match = _STEP.fullmatch(path[0])
    assert match is not None
    field, wanted = match.groups()
    value = getattr(thing, field)
    if wanted is None:
        new = edited(value, path[1:], edit) if len(path) > 1 else converted(edit["value"])
        return dataclasses.replace(thing, **{field: new})
    found = [index for index, one in enumerate(value) if wanted in names(one)]
    assert len(found) == 1, f"{wanted} is in {field} {len(found)} times"
    at, items = found[0], list(value)
    if len(path) > 1:
        items[at] = edited(items[at], path[1:], edit)
    elif "copy" in edit:
        changes = {key: converted(each) for key, each in edit["copy"].items()}
        items.append(dataclasses.replace(items[at], **changes) if changes else items[at])
    elif "value" in edit:
        items[at] = converted(edit["value"])
    else:
        del items[at]
    return dataclasses.replace(thing, **{field: tuple(items)})


def names(one: Any) -> set[str]:
    keys = ("name", "description", "sequence", "address", "prefix")
    return {str(getattr(one, key, "")) for key in keys} | {str(one)}


def converted(value: Any) -> Any:
    """JSON's plain values as the intent has them; `ip:`, `net:` and `if:` mark addresses."""
    kinds = {"ip:": IPv4Address, "net:": IPv4Network, "if:": IPv4Interface}
    if isinstance(value, str) and (kind := kinds.get(value.partition(":")[0] + ":")):
        return kind(value.partition(":")[2])
    if isinstance(value, dict):
        return OspfPort(**value)
    return tuple(converted(each) for each in value) if isinstance(value, list) else value


@pytest.fixture(scope="module")
def small() -> Estate:
    return estate_of(SMALL)


@pytest.mark.parametrize("path", CASES, ids=lambda path: path.stem)
def test_a_faulty_intent_is_found(path: Path, small: Estate, is_regenerating: bool) -> None:
    case: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    intents = whole(small)
    for edit in case["edits"]:
        host = edit["host"]
        intents[host] = edited(intents[host], edit["path"].split(">"), edit)
    found = [str(fault) for fault in find_faults(small, intents)]
    assert found, "nothing is found"
    if is_regenerating:
        case["errors"] = found
        path.write_text(json.dumps(case, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    assert found == case["errors"]


def test_there_are_enough_cases() -> None:
    assert len(CASES) >= 30


def test_no_estate_as_it_is_has_a_fault(estate: Estate) -> None:
    assert find_faults(estate, whole(estate)) == []
