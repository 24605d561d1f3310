"""An unknown answer, repeated with the same key, becomes the first answer, and no sooner than it is safe."""

from __future__ import annotations

import threading
import time
import uuid
from collections.abc import Callable, Iterator

import httpx
import pytest

from tests.dr_acting.postgres import Server, wait_until
from tests.nenkin.application import Application, hanging, is_ready, ledger, set_standby
from tests.nenkin.numbers.office import DECIDED, NAMES, ask, issue, merge, new, unmerge

# The time-out of the service's clients, s.
CLIENT_S = 2.0
Request = Callable[[str], httpx.Response]


@pytest.fixture
def lonely(service: Application, numbers: Server) -> Iterator[Callable[[], None]]:
    """Makes commits wait for a replica that does not exist, until the test ends."""
    wait_until(lambda: is_ready(service))
    yield lambda: set_standby(numbers, "nobody_there")
    set_standby(numbers, "")
    wait_until(lambda: is_ready(service))


@pytest.fixture(params=["basic", "provisional", "merge", "unmerge", "review"])
def request_of(request: pytest.FixtureRequest, service: Application) -> Request:
    """A request of each kind, under a key."""
    name = next(NAMES)
    if request.param == "basic":
        return lambda key: issue(service, key, name_kana=name)
    first = new(service, name_kana=name)
    if request.param == "provisional":
        return lambda key: issue(service, key, name_kana=name)
    if request.param == "review":
        issue(service, name_kana=name)
        candidates = service.client.get("/v1/candidates").json()["candidates"]
        path = f"/v1/candidates/{candidates[-1]['id']}/reviews"
        return lambda key: ask(service, path, DECIDED | {"decision": "same"}, key)
    second = new(service)
    if request.param == "merge":
        return lambda key: merge(service, first, second, key=key)
    act = merge(service, first, second).json()["act"]
    return lambda key: unmerge(service, act, key)


def test_what_exists_in_one_copy_is_not_acknowledged(
    numbers: Server, lonely: Callable[[], None], request_of: Request
) -> None:
    key = str(uuid.uuid4())

    def cut_short() -> None:
        wait_until(lambda: hanging(numbers))
        numbers.ask(f"SELECT pg_cancel_backend({hanging(numbers)[0]})")

    lonely()
    operator = threading.Thread(target=cut_short)
    operator.start()
    assert request_of(key).status_code == 504
    operator.join()
    # It is visible, in one copy: to repeat it waits for a second one.
    assert request_of(key).status_code == 504
    set_standby(numbers, "")
    first, second = request_of(key), request_of(key)
    assert (first.status_code, second.status_code) == (200, 200)
    assert first.json() == second.json()


def test_what_is_under_way_stays_unknown(
    numbers: Server, lonely: Callable[[], None], request_of: Request
) -> None:
    key = str(uuid.uuid4())
    lonely()
    assert request_of(key).status_code == 504
    assert len(hanging(numbers)) == 1
    started = time.monotonic()
    answer = request_of(key)
    assert (answer.status_code, answer.json()["outcome"]) == (504, "unknown")
    assert time.monotonic() - started < CLIENT_S
    assert len(hanging(numbers)) == 1
    assert key not in ledger(numbers)
    set_standby(numbers, "")
    wait_until(lambda: not hanging(numbers))
    assert request_of(key).status_code == 200
