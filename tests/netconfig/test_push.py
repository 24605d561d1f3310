"""Pushing to models of routers: what changes, what is reported, what is never done."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from netmiko.exceptions import NetmikoTimeoutException

from inventory import Estate
from netconfig.canonical import read_config
from netconfig.mask import MASK, mask_secrets
from netconfig.push import PushResult, plan_text, push_texts
from netconfig.render import router_config, staging_config
from netconfig.terminal import OpenTerminal
from tests.netconfig.model_router import ModelRouter, Refused

HOST = "mitaka-r1"


def opener(*routers: ModelRouter) -> OpenTerminal:
    known = {router.name: router for router in routers}

    @contextmanager
    def open_one(host: str) -> Iterator[ModelRouter]:
        if host not in known:
            raise NetmikoTimeoutException(f"TCP connection to {host} failed.\n\nCommon causes")
        yield known[host]

    return open_one


def staged(estate: Estate, host: str = HOST) -> ModelRouter:
    router = ModelRouter(host)
    router.lines = set(read_config(staging_config(estate, host, estate.slice_hosts("core"))))
    return router


def wanted(estate: Estate, host: str = HOST) -> str:
    return router_config(estate, host, estate.slice_hosts("core"))


def push_one(router: ModelRouter, text: str, *, is_applied: bool = True) -> PushResult:
    return push_texts({router.name: text}, opener(router), is_applied=is_applied)[router.name]


def test_a_staged_router_becomes_what_is_wanted_and_stays_so(shipped: Estate) -> None:
    router, text = staged(shipped), wanted(shipped)
    first = push_one(router, text)
    assert first.is_ok
    assert first.changed
    assert "neighbor 10.129.0.8 remote-as 64502" in first.commands
    assert read_config(router.shown()) == read_config(text)
    assert router.saved == router.lines
    router.typed.clear()
    second = push_one(router, text)
    assert (second.changed, second.commands, second.diff, second.error) == (False, (), "", None)
    assert router.typed == []


def test_a_plan_changes_nothing_and_shows_both_sides(shipped: Estate) -> None:
    router = staged(shipped)
    result = push_one(router, wanted(shipped), is_applied=False)
    assert router.typed == []
    assert router.saved == set()
    text = plan_text(result)
    assert f"{HOST}: {len(result.commands)} lines to send" in text
    assert "  no ip address 10.64.4.1/32\n" in text
    assert "  +  neighbor 10.129.0.8 activate\n" in text


def test_one_dead_device_is_a_result_and_stops_nobody(shipped: Estate) -> None:
    router = staged(shipped)
    texts = {"kansai-r1": wanted(shipped, "kansai-r1"), HOST: wanted(shipped)}
    results = push_texts(texts, opener(router))
    assert list(results) == ["kansai-r1", HOST]
    assert results["kansai-r1"].error == (
        "not reached: TCP connection to kansai-r1 failed. Common causes"
    )
    assert results[HOST].is_ok


def test_the_wrong_device_is_not_touched(shipped: Estate) -> None:
    router = staged(shipped)
    router.name = "mitaka-r2"

    @contextmanager
    def wrong(host: str) -> Iterator[ModelRouter]:
        yield router

    result = push_texts({HOST: wanted(shipped)}, wrong)[HOST]
    assert result.error == "the device at mitaka-r1's address says it is mitaka-r2"
    assert router.typed == []


class Stubborn(ModelRouter):
    """Refuses one line whatever the return code of its shell says."""

    def take(self, line: str) -> None:
        if line.startswith("distance bgp"):
            raise Refused("Unknown command")
        super().take(line)


def test_what_a_device_refuses_is_found_by_reading_back(shipped: Estate) -> None:
    router = Stubborn(HOST)
    result = push_one(router, wanted(shipped))
    assert result.changed
    assert result.error
    assert "% Unknown command: distance bgp 150 200 150" in result.error
    assert "+  distance bgp 150 200 150" in result.error
    assert router.saved == set(), "half a configuration must not become the one it boots with"


def test_a_device_that_cannot_save_is_not_called_right(shipped: Estate) -> None:
    router = staged(shipped)
    router.can_save = False
    result = push_one(router, wanted(shipped))
    assert result.error
    assert result.error.startswith("runs as wanted, but 'write memory' failed: % Error")


def test_a_push_that_was_cut_off_before_saving_is_finished_by_the_next(shipped: Estate) -> None:
    router = staged(shipped)
    router.can_save = False
    push_one(router, wanted(shipped))
    router.can_save = True
    result = push_one(router, wanted(shipped))
    assert result.is_ok
    assert not result.changed
    assert router.saved == router.lines


SECRETS = [
    "neighbor 10.0.0.1 password canary",
    "ip ospf message-digest-key 1 md5 canary",
    "ip ospf authentication-key canary",
    "key-string canary",
    "password 8 canary",
]


@pytest.mark.parametrize("line", SECRETS)
def test_secrets_are_masked_by_their_keyword(line: str) -> None:
    masked = mask_secrets(f"x\n {line}\ny")
    assert "canary" not in masked
    assert MASK in masked
    assert masked.endswith("\ny")


def test_known_secrets_are_masked_wherever_they_stand() -> None:
    assert mask_secrets("error near 'canary'", ["canary", ""]) == f"error near '{MASK}'"


def test_a_push_shows_no_secret(shipped: Estate) -> None:
    router = staged(shipped)
    text = wanted(shipped).replace(
        "neighbor 10.129.0.8 timers",
        "neighbor 10.129.0.8 password canary\n neighbor 10.129.0.8 timers",
    )
    result = push_one(router, text)
    assert result.is_ok
    assert any("password canary" in line for line in router.typed)
    assert "canary" not in repr(result) + plan_text(result)
