"""Debian's Chromium without a window, with a profile of its own, for tests that need a real browser."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from selenium import webdriver
from selenium.webdriver.chrome.service import Service

from tests.nenkin.debian import require

__all__ = ["chromium"]

_FLAGS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--window-size=1500,1000",
)


@contextmanager
def chromium() -> Iterator[webdriver.Chrome]:
    """Start it; its downloads go to `downloads` in its profile. Skips the test, with the reason, where it cannot be had."""
    require("chromium", "chromium-driver", "fonts-ipaexfont-gothic")
    with tempfile.TemporaryDirectory(prefix="hikae-chromium-") as profile:
        options = webdriver.ChromeOptions()
        options.binary_location = "/usr/bin/chromium"
        for flag in (*_FLAGS, f"--user-data-dir={profile}"):
            options.add_argument(flag)
        downloads = Path(profile) / "downloads"
        downloads.mkdir()
        options.add_experimental_option(
            "prefs",
            {
                "download.default_directory": str(downloads),
                "plugins.always_open_pdf_externally": True,
            },
        )
        made = webdriver.Chrome(options=options, service=Service("/usr/bin/chromedriver"))
        try:
            yield made
        finally:
            made.quit()
