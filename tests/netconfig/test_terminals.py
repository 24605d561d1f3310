"""Sessions that stay open: one login for many looks, a new one after an error, none left at the end."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from netconfig.terminals import Terminals
from tests.netconfig.model_router import ModelRouter


class Logins:
    """Counts who logs in and who is still there."""

    def __init__(self) -> None:
        self.made: list[str] = []
        self.open: list[str] = []
        self.routers: list[ModelRouter] = []
        self.is_broken_at_the_end = False

    @contextmanager
    def __call__(self, host: str) -> Iterator[ModelRouter]:
        self.made.append(host)
        self.open.append(host)
        try:
            self.routers.append(ModelRouter(host))
            yield self.routers[-1]
        finally:
            self.open.remove(host)
        if self.is_broken_at_the_end:
            raise OSError("the session was gone already")


def test_one_login_is_enough_and_none_is_left() -> None:
    logins = Logins()
    with Terminals(logins) as terminals:
        for _ in range(3):
            with terminals.open("a-r1") as terminal:
                assert terminal.read("show running-config")
        assert (logins.made, logins.open) == (["a-r1"], ["a-r1"])
    assert logins.open == []


def test_after_an_error_the_next_is_a_new_one() -> None:
    logins = Logins()
    with Terminals(logins) as terminals:
        with pytest.raises(OSError, match="gone"), terminals.open("a-r1"):
            raise OSError("gone")
        assert logins.open == []
        with terminals.open("a-r1"):
            pass
    assert logins.made == ["a-r1", "a-r1"]


def test_a_session_that_ended_while_nobody_used_it_is_made_anew() -> None:
    logins = Logins()
    with Terminals(logins) as terminals:
        with terminals.open("a-r1"):
            logins.routers[0].is_open = False
        with terminals.open("a-r1") as terminal:
            assert terminal.read("show running-config")
        assert (logins.made, logins.open) == (["a-r1", "a-r1"], ["a-r1"])


def test_only_so_many_are_kept() -> None:
    logins = Logins()
    with Terminals(logins, kept=2) as terminals:
        for host in ("a-r1", "b-r1", "c-r1"):
            with terminals.open(host):
                pass
        assert logins.open == ["a-r1", "b-r1"]


def test_a_session_that_ends_badly_harms_nothing() -> None:
    logins = Logins()
    logins.is_broken_at_the_end = True
    with Terminals(logins) as terminals, terminals.open("a-r1"):
        pass
    assert logins.open == []
