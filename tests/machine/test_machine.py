"""A machine that cannot carry a twin is refused with a sentence each, before anything is changed on it."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

from cli.exits import Exit
from cli.main import main
from twin import bringup, machine
from twin.errors import InvalidMachine
from twin.machine import Need, need_of, refuse_unfit
from twin.places import Places

LITTLE = Need(disk_mb=1, memory_mb=1)


@pytest.fixture
def places(tmp_path: Path) -> Places:
    return Places(tmp_path / "home", tmp_path / "run")


@pytest.fixture(autouse=True)
def fit(monkeypatch: pytest.MonkeyPatch) -> None:
    """A machine that can carry a twin, as far as these questions go; nothing can be installed."""
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    monkeypatch.setattr(shutil, "which", lambda program, path=None: f"/usr/bin/{program}")
    monkeypatch.setattr(machine, "_has_overlay", lambda: True)
    monkeypatch.setattr(machine, "call", _never)


def _never(*words: object, **more: object) -> None:
    raise AssertionError(f"a refusal must change nothing, and this ran: {words}")


def sentences(places: Places, need: Need = LITTLE) -> tuple[str, ...]:
    with pytest.raises(InvalidMachine) as caught:
        refuse_unfit(places, need)
    assert not places.home.exists()
    assert not places.run.exists()
    return caught.value.sentences


def test_a_fit_machine_is_taken(places: Places) -> None:
    refuse_unfit(places, LITTLE)


def test_not_root(places: Places, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    assert sentences(places) == (
        "The twin boots real hosts, which needs root: run this with sudo.",
    )


@pytest.mark.parametrize(
    "words", [["drill", "run", "tokyo-loss"], ["twin", "up"], ["twin", "down"], ["twin", "status"]]
)
def test_not_root_is_a_sentence_and_exit_2(
    words: list[str],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    places: Places,
) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    monkeypatch.setattr(Places, "default", lambda: places)
    assert main(words) == Exit.WRONG_CALL
    said = capsys.readouterr()
    assert said.err == "hikae: The twin boots real hosts, which needs root: run this with sudo.\n"
    assert said.out == ""
    assert not places.home.exists()
    assert not places.run.exists()


def test_no_nspawn_and_nothing_to_install_it_with(
    places: Places, monkeypatch: pytest.MonkeyPatch
) -> None:
    absent = ("systemd-nspawn", "apt-get")
    monkeypatch.setattr(
        shutil, "which", lambda program, path=None: None if program in absent else program
    )
    (sentence,) = sentences(places)
    assert sentence == (
        "systemd-nspawn missing and no apt-get to install systemd-container: "
        "use a Debian 12 machine or install them."
    )


def test_no_overlayfs(places: Places, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(machine, "_has_overlay", lambda: False)
    assert sentences(places) == (
        "This kernel has no overlayfs: boot one that has (CONFIG_OVERLAY_FS).",
    )


def test_too_little_disk_and_memory_are_two_sentences(places: Places) -> None:
    disk, memory = sentences(places, Need(disk_mb=10**9, memory_mb=10**9))
    assert disk.startswith(f"{places.home} has ")
    assert disk.endswith("free some, or point HIKAE_HOME at a larger disk.")
    assert memory.endswith("stop other programs or choose a smaller slice (--slice mini).")


def test_a_larger_slice_needs_more() -> None:
    assert need_of(43).disk_mb > need_of(14).disk_mb
    assert need_of(43).memory_mb > need_of(14).memory_mb


def test_an_unfit_machine_is_refused_before_anything_is_built(
    places: Places, monkeypatch: pytest.MonkeyPatch
) -> None:
    from dr.progress import Silence
    from inventory import load_estate

    monkeypatch.setattr(machine, "_has_overlay", lambda: False)
    monkeypatch.setattr(bringup, "build_images", _never)
    with pytest.raises(InvalidMachine):
        bringup.prepare(load_estate(), "mini", places, Silence())
    assert not places.home.exists()
