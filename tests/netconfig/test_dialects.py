"""What a dialect writes it reads back as it was, for every device of every estate, and it passes over no line."""

from __future__ import annotations

import pytest

from inventory import Estate
from netconfig.derivation import ROUTED_ROLES
from netconfig.dialects import DIALECTS, InvalidConfiguration
from netconfig.equipment import device_intent
from netconfig.intent import Intent

STATES = ("undisturbed", "drained", "staged")


def intents(estate: Estate, state: str, dialect: str) -> list[Intent]:
    covers = DIALECTS[dialect].covers
    staged, drained = state == "staged", state == "drained"
    return [
        device_intent(estate, host.name, covers, is_staged=staged, is_drained=drained)
        for host in estate.hosts.values()
        if host.role in ROUTED_ROLES
    ]


@pytest.mark.parametrize("state", STATES)
@pytest.mark.parametrize("dialect", DIALECTS)
def test_what_is_written_is_read_back(estate: Estate, dialect: str, state: str) -> None:
    language = DIALECTS[dialect]
    for intent in intents(estate, state, dialect):
        assert language.parse(language.render(intent), intent.host) == intent


@pytest.mark.parametrize("state", STATES)
@pytest.mark.parametrize("dialect", DIALECTS)
def test_no_line_is_passed_over(shipped: Estate, dialect: str, state: str) -> None:
    """With any one line lost or misspelt, a text is never read as the same intent without a word about it."""
    language = DIALECTS[dialect]
    devices = ["kansai-lb1", "sendai-r1", "hall-nagoya-r1"]
    devices += ["mitaka-r1"] if state == "undisturbed" else []
    for intent in (one for one in intents(shipped, state, dialect) if one.host in devices):
        lines = language.render(intent).splitlines()
        for number in language.lines("\n".join(lines)).values():
            line = lines[number - 1]
            for changed in ([], [f"{line}x"]):
                text = "\n".join([*lines[: number - 1], *changed, *lines[number:]])
                try:
                    reading = language.read(text)
                except InvalidConfiguration:
                    continue
                assert not reading.is_whole or reading.intent != intent, line
