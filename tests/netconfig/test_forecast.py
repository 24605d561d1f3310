"""What the model foresees between waves, from what devices run."""

from __future__ import annotations

import pytest

from inventory import Estate
from netconfig.canonical import canonical_text, read_config
from netconfig.forecast import Forecast
from netconfig.model.network import Network
from netconfig.model.reader import read_device
from netconfig.model.tables import rows_of
from netconfig.model.verify import rendered, settled

HOST = "kushiro-r1"


def canonical(text: str) -> str:
    return canonical_text(read_config(text))


@pytest.fixture
def texts(shipped: Estate) -> dict[str, str]:
    core = shipped.slice_hosts("core")
    return {name: canonical(text) for name, text in rendered(shipped, core).items()}


def test_canonical_text_makes_the_same_network_as_the_rendered(
    shipped: Estate, texts: dict[str, str]
) -> None:
    core = shipped.slice_hosts("core")
    forecast = Forecast(shipped, core, texts)
    step = forecast.step({})
    network = settled(shipped, core)
    assert isinstance(step.after.network, Network)
    for name in texts:
        if shipped.hosts[name].role != "provider":
            assert step.after.rows(name) == rows_of(network, name)
    assert step.losses == ()
    assert read_device(HOST, texts[HOST]).unread == []


def test_a_loss_is_told_once_and_what_was_wrong_anyway_is_not(
    shipped: Estate, texts: dict[str, str]
) -> None:
    core = shipped.slice_hosts("core")
    block = shipped.sites["kushiro"].prefix
    silent = texts[HOST].replace(f"  network {block}\n", "")
    assert silent != texts[HOST]
    forecast = Forecast(shipped, core, texts)
    lost = forecast.step({HOST: silent})
    assert lost.losses
    assert all("kushiro" in sentence for sentence in lost.losses)
    other = texts["hakata-r1"].replace("timers connect 5", "timers connect 7")
    assert forecast.step({"hakata-r1": other}).losses == ()
    # It did not come about after all.
    forecast.correct({HOST: texts[HOST]})
    assert forecast.step({HOST: silent}).losses == lost.losses


def test_a_branch_may_take_its_other_line_for_a_while(
    shipped: Estate, texts: dict[str, str]
) -> None:
    other = texts[HOST].replace("set local-preference 200", "set local-preference 100")
    step = Forecast(shipped, shipped.slice_hosts("core"), texts).step({HOST: other})
    assert step.losses == ()
    assert step.before.rows(HOST) != step.after.rows(HOST)


def test_what_decides_no_route_is_no_new_state(shipped: Estate, texts: dict[str, str]) -> None:
    described = texts[HOST].replace(" description carrier", " description first line", 1)
    step = Forecast(shipped, shipped.slice_hosts("core"), texts).step({HOST: described})
    assert step.after is step.before
