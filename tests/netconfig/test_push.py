"""Pushing to models of routers: what changes, what is reported, what is never done."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import pytest

from inventory import Estate
from netconfig.canonical import read_config
from netconfig.guard import Guard
from netconfig.mask import MASK, mask_secrets
from netconfig.push import PushResult, plan_text, push_texts
from netconfig.reach import COMMANDS, Sessions
from netconfig.render import router_config, staging_config
from netconfig.safeguard import Check, Safeguard
from netconfig.sessions import Watch
from tests.netconfig.guarded import Guarded
from tests.netconfig.model_router import ModelRouter, Refused
from tests.netconfig.openers import opener

HOST = "mitaka-r1"


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


def push_guarded(router: ModelRouter, text: str, guarded: Guarded, *checks: Check) -> PushResult:
    safeguard = Safeguard(Guard(guarded.ask, "chg-1-0", 60), checks, deadline_s=0)
    return push_texts({router.name: text}, opener(router), safeguard=safeguard)[router.name]


def test_a_guarded_change_is_armed_first_and_confirmed_last(shipped: Estate) -> None:
    router, text = staged(shipped), wanted(shipped)
    guarded = Guarded(router)
    assert push_guarded(router, text, guarded).is_ok
    assert guarded.calls == ["arm", "confirm"]
    assert read_config(router.shown()) == read_config(text)
    assert router.saved == router.lines
    assert push_guarded(router, text, guarded).changed is False
    assert guarded.calls[2:] == ["status"]


def test_a_device_that_cannot_be_told_is_said_to_go_back(shipped: Estate) -> None:
    router = staged(shipped)
    guarded = Guarded(router)
    guarded.is_deaf_to = "confirm"
    result = push_guarded(router, wanted(shipped), guarded)
    assert result.error == (
        "the guard of mitaka-r1 was not reached: no route to host; what was begun goes back by itself"
    )
    assert router.saved == set()
    assert guarded.pending == "chg-1-0"


def test_nothing_is_typed_without_a_guard_that_answers(shipped: Estate) -> None:
    router = staged(shipped)
    guarded = Guarded(router)
    guarded.is_deaf_to = "arm"
    assert not push_guarded(router, wanted(shipped), guarded).is_ok
    assert router.typed == []


def test_what_an_earlier_push_left_goes_back_before_anything_is_compared(shipped: Estate) -> None:
    router, text = staged(shipped), wanted(shipped)
    guarded = Guarded(router)
    guarded.ask(HOST, "arm chg-0-0 5")
    router.lines = set(read_config(text))
    guarded.calls.clear()
    assert push_guarded(router, text, guarded).changed
    assert guarded.calls == ["status", "status", "arm", "confirm"]
    assert router.saved == router.lines == set(read_config(text))


def test_another_push_that_is_pending_goes_back_before_anything_is_typed(shipped: Estate) -> None:
    router, text = staged(shipped), wanted(shipped)
    before = set(router.lines)
    guarded = Guarded(router)
    guarded.ask(HOST, "arm chg-0-0 5")
    router.lines.add(("ip route 192.0.2.0/24 Null0",))
    guarded.calls.clear()
    result = push_guarded(router, text, guarded)
    assert guarded.calls == ["arm", "status", "status", "arm", "confirm"]
    assert "no ip route 192.0.2.0/24 Null0" not in result.commands
    assert guarded.before == before
    assert router.saved == set(read_config(text))


class Slow(ModelRouter):
    """A router that has gone back by the time the first typing is over."""

    guarded: Guarded

    def type_lines(self, lines: Sequence[str]) -> str:
        said = super().type_lines(lines)
        if self.guarded.pending is not None:
            self.guarded.go_back()
        return said


def test_nothing_is_typed_into_a_device_that_has_gone_back(shipped: Estate) -> None:
    router = Slow(HOST)
    router.lines = set(staged(shipped).lines)
    before = set(router.lines)
    router.guarded = Guarded(router)
    result = push_guarded(router, wanted(shipped), router.guarded)
    assert result.error == (
        "mitaka-r1 went back while it was being changed; what was begun goes back by itself"
    )
    assert router.lines == before
    assert router.guarded.calls == ["arm", "status"]


class Deserted(ModelRouter):
    """A router that loses a neighbour by whatever is typed."""

    def read(self, command: str) -> str:
        if command in COMMANDS.values():
            up = {"peers": {} if self.typed else {"10.1.1.1": {"state": "Established"}}}
            return json.dumps({"ipv4Unicast": up}) if "bgp" in command else ""
        return super().read(command)


class Speaking(ModelRouter):
    """A router on which one daemon does not run."""

    asked: list[str]

    def read(self, command: str) -> str:
        if command in COMMANDS.values():
            self.asked.append(command)
            return "ospfd is not running" if "ospf" in command else "{}"
        return super().read(command)


def test_a_daemon_that_does_not_run_is_not_asked_and_breaks_nothing(shipped: Estate) -> None:
    router = Speaking(HOST)
    router.lines, router.asked = set(staged(shipped).lines), []
    watch = Watch({HOST: Sessions(bgp=["10.1.1.1"], ospf=[], bfd=["10.1.1.1"])})
    assert push_guarded(router, wanted(shipped), Guarded(router), watch).error is None
    assert {COMMANDS["bgp"], COMMANDS["bfd"]} == set(router.asked)
    words = Watch({HOST: Sessions(bgp=[], ospf=["10.1.1.1"], bfd=[])})
    assert words.look(HOST, router) == {}


@pytest.mark.parametrize(("peer", "is_taken_back"), [("10.1.1.1", True), ("10.9.9.9", False)])
def test_a_change_that_costs_a_neighbour_is_taken_back(
    peer: str, is_taken_back: bool, shipped: Estate
) -> None:
    router = Deserted(HOST)
    router.lines = set(staged(shipped).lines)
    before, guarded = set(router.lines), Guarded(router)
    # One that was down before is not this change's fault.
    watch = Watch({HOST: Sessions(bgp=[peer], ospf=[], bfd=[])})
    result = push_guarded(router, wanted(shipped), guarded, watch)
    assert (router.lines == before) is is_taken_back
    assert guarded.calls[-1] == ("back" if is_taken_back else "confirm")
    expected = f"after 0 s bgp {peer} is down; it was taken back"
    assert result.error == (expected if is_taken_back else None)
