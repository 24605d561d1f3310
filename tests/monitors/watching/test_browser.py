"""The page as it is served, in a real Chromium: while Prometheus answers, and when it does so no more."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from selenium.webdriver import Chrome
from selenium.webdriver.common.by import By

from tests.chromium import chromium
from tests.estates import estate_of
from tests.monitors.watching.answers import DOWN, recorded
from tests.monitors.watching.test_page import hosts_of

ROOT = Path(__file__).parents[3]
_DEADLINE_S = 90.0
SILENT = "fukuoka"
SECTIONS = ("alerts", "night", "services", "sites", "capacity")


@contextmanager
def served(url: str, home: Path) -> Iterator[str]:
    """`hikae watch --serve` as a program of its own; gives the page's address."""
    words = ["watch", "--serve", "--port", "0", "--follow", "2", "--prometheus", url]
    program = subprocess.Popen(
        [sys.executable, "-m", "cli", *words],
        cwd=ROOT,
        env={**os.environ, "HIKAE_HOME": str(home), "PYTHONUNBUFFERED": "1"},
        stdout=subprocess.PIPE,
        text=True,
    )
    assert program.stdout is not None
    try:
        found = re.search(r"http://127\.0\.0\.1:\d+/", program.stdout.readline())
        assert found
        yield found[0]
    finally:
        program.terminate()
        program.wait(30)
        program.stdout.close()


def wait_for(browser: Chrome, address: str, words: str) -> str:
    """Load the page until its text has the words; the text."""
    end = time.monotonic() + _DEADLINE_S
    while True:
        browser.get(address)
        text = browser.find_element(By.TAG_NAME, "body").text
        if words in text or time.monotonic() > end:
            assert words in text
            return text
        time.sleep(0.5)


def test_the_page_while_prometheus_answers_and_when_it_does_not(tmp_path: Path) -> None:
    estate = estate_of()
    hosts = hosts_of(estate)
    del hosts[SILENT]
    with recorded(hosts) as url, chromium() as browser, served(url, tmp_path) as address:
        still = f"{address}?still"
        text = wait_for(browser, still, "No curve: only 30 days are known")
        sections = {name: browser.find_element(By.ID, name).text for name in SECTIONS}
        assert browser.find_element(By.ID, "headline").text.startswith("Act now")
        assert "x does not answer" in sections["alerts"]
        assert "1. It does not answer" in sections["alerts"]
        assert "150 done" in sections["night"]
        assert "with 3 %" in sections["night"]
        assert "batch plan --day" in sections["night"]
        assert re.search(r"records .*\n?.*answers", sections["services"])
        assert re.search(r"payments .*\n?.*× does not answer", sections["services"])
        assert "nothing probes it" in sections["services"]
        assert re.search(rf"{DOWN} .*\n?.*× does not answer", sections["sites"])
        assert re.search(rf"{SILENT} .*\n?.*\? unknown", sections["sites"])
        assert browser.find_elements(By.CSS_SELECTOR, "#sites rect.site.good")
        # The link leads to the runbook in the page itself.
        browser.find_element(By.CSS_SELECTOR, "#alerts td a").click()
        assert browser.find_elements(By.CSS_SELECTOR, ":target pre")
        assert "Look at its console" in text
        # Wide words make no page that must be pushed to and fro.
        wide = "return document.documentElement.scrollWidth <= window.innerWidth"
        assert browser.execute_script(wide)
        assert not browser.find_elements(By.CSS_SELECTOR, "html.old")
        assert said(browser) == []
        # The other page loads itself anew.
        browser.get(address)
        assert browser.find_elements(By.CSS_SELECTOR, "meta[http-equiv=refresh]")
        gone_url = url

    with served(gone_url, tmp_path) as address, chromium() as browser:
        text = wait_for(browser, f"{address}?still", "Not known")
        for words in (
            f"Prometheus on {gone_url} does not answer, since",
            f"The last answer was that of {gone_url} at",
            "Whether an alert fires is not known",
            "x does not answer",
            "No curve: Prometheus has the histories",
            "This is not fresh",
        ):
            assert words in text
        green = "rect.site.good, .state.good, .is-good, header.passed"
        assert not browser.find_elements(By.CSS_SELECTOR, green)
        assert len(browser.find_elements(By.CSS_SELECTOR, "rect.site.unknown")) > len(hosts)
        assert said(browser) == []


def said(browser: Chrome) -> list[str]:
    """What the console has."""
    log = browser.get_log("browser")  # type: ignore[no-untyped-call]
    return [entry["message"] for entry in log]
