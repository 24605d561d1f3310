"""What a dialect writes it reads back as it was, for every device of every estate, and it passes over no line."""

from __future__ import annotations

import random

import pytest

from inventory import Estate
from netconfig.derivation import ROUTED_ROLES
from netconfig.dialects import DIALECTS, InvalidConfiguration
from netconfig.equipment import device_intent
from netconfig.intent import Intent

STATES = ("undisturbed", "drained", "staged")
SHARE = 7
"""Each so manieth device and line is tried where time is short; `hikae check` reads every device back, undisturbed."""


def intents(estate: Estate, state: str, dialect: str) -> list[Intent]:
    covers = DIALECTS[dialect].covers
    staged, drained = state == "staged", state == "drained"
    return [
        device_intent(estate, host.name, covers, is_staged=staged, is_drained=drained)
        for host in estate.hosts.values()
        if host.role in ROUTED_ROLES
    ]


@pytest.mark.parametrize("each", [SHARE, pytest.param(1, marks=pytest.mark.long)])
@pytest.mark.parametrize("state", STATES)
@pytest.mark.parametrize("dialect", DIALECTS)
def test_what_is_written_is_read_back(estate: Estate, dialect: str, state: str, each: int) -> None:
    language = DIALECTS[dialect]
    for intent in intents(estate, state, dialect)[::each]:
        assert language.parse(language.render(intent), intent.host) == intent


@pytest.mark.parametrize("each", [SHARE, pytest.param(1, marks=pytest.mark.long)])
@pytest.mark.parametrize("state", STATES)
@pytest.mark.parametrize("dialect", DIALECTS)
def test_no_line_is_passed_over(shipped: Estate, dialect: str, state: str, each: int) -> None:
    """With any one line lost or misspelt, a text is never read as the same intent without a word about it."""
    language = DIALECTS[dialect]
    devices = ["kansai-lb1", "sendai-r1", "hall-nagoya-r1"]
    devices += ["mitaka-r1"] if state == "undisturbed" else []
    for intent in (one for one in intents(shipped, state, dialect) if one.host in devices):
        lines = language.render(intent).splitlines()
        numbers = list(language.lines("\n".join(lines)).values())
        # Not the same lines of each device: they say much the same.
        for number in numbers[devices.index(intent.host) % each :: each]:
            line = lines[number - 1]
            for changed in ([], [f"{line}x"]):
                text = "\n".join([*lines[: number - 1], *changed, *lines[number:]])
                try:
                    reading = language.read(text)
                except InvalidConfiguration:
                    continue
                assert not reading.is_whole or reading.intent != intent, line


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("dialect", DIALECTS)
def test_a_spoilt_text_is_read_or_refused_and_never_breaks_the_reader(
    shipped: Estate, dialect: str, seed: int
) -> None:
    language, chance = DIALECTS[dialect], random.Random(seed)
    host = ("mitaka-r1", "sendai-r1", "hall-nagoya-r1", "kansai-lb1")[seed]
    lines = language.render(device_intent(shipped, host, language.covers)).splitlines()
    vocabulary = [word for line in lines for word in line.split()]
    for _ in range(60):
        spoilt = list(lines)
        for _ in range(chance.randint(1, 8)):
            at = chance.randrange(len(spoilt))
            words = spoilt[at].split(" ")
            place = chance.randrange(len(words))
            match chance.randrange(5):
                case 0:
                    del spoilt[at]
                case 1:
                    words[place] = chance.choice(vocabulary)
                    spoilt[at] = " ".join(words)
                case 2:
                    spoilt[at] = " ".join(words[:place])
                case 3:
                    spoilt.insert(chance.randrange(len(spoilt)), spoilt[at])
                case 4:
                    spoilt[at] = " " * chance.randrange(4) + spoilt[at].strip()
        text = "\n".join(spoilt)
        try:
            reading = language.read(text)
        except InvalidConfiguration:
            continue
        seen = {(*one.section, one.text) for one in reading.foreign}
        again = language.lines(language.render(reading.intent))
        assert language.lines(text).keys() - again.keys() == seen
