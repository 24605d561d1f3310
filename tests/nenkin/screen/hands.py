"""What a clerk does with a browser."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from pathlib import Path

from selenium.common.exceptions import WebDriverException
from selenium.webdriver import Chrome, Keys
from selenium.webdriver.common.by import By
from selenium.webdriver.remote.webelement import WebElement
from selenium.webdriver.support.ui import Select, WebDriverWait

_PATIENCE_S, _POLL_S = 10, 0.02
# Every document has a beginning of its own; only of a loaded one it is told.
_BEGAN = "return document.readyState === 'complete' ? performance.timeOrigin : null"


class Hands:
    """Keys and looks; each step ends when the next page is there."""

    def __init__(self, browser: Chrome, place: str) -> None:
        self.browser = browser
        self.place = place
        self._shots = 0

    def go(self, path: str) -> None:
        """Open a page by its address."""
        self.browser.get(self.place + path)
        self.look()

    def key(self, **texts: str) -> None:
        """Fill fields in by their names."""
        for name, text in texts.items():
            found = self.browser.find_element(By.NAME, name)
            if found.tag_name == "select":
                Select(found).select_by_visible_text(text)
            else:
                found.send_keys(Keys.CONTROL, "a")
                found.send_keys(text)

    def enter(self) -> None:
        """Press Enter where the cursor is."""
        self._led(lambda: self.focused.send_keys(Keys.ENTER))

    def press(self, words: str) -> None:
        """Press the button or follow the link with these words."""
        path = f"//button[contains(., '{words}')] | //a[contains(., '{words}')]"
        self._led(self.browser.find_element(By.XPATH, path).click)

    @property
    def focused(self) -> WebElement:
        """Where the cursor is."""
        return self.browser.switch_to.active_element

    @property
    def text(self) -> str:
        """What is to be read on the page."""
        return self.browser.find_element(By.TAG_NAME, "main").text

    def fault(self, name: str) -> str:
        """The sentence beside a field."""
        return self.browser.find_element(By.ID, f"{name}-fault").text

    def look(self) -> None:
        """Keep a picture of the page in the folder that HIKAE_SHOTS names, if it does."""
        folder = os.environ.get("HIKAE_SHOTS")
        if folder:
            self._shots += 1
            self.browser.save_screenshot(str(Path(folder) / f"screen-{self._shots:02d}.png"))

    def _led(self, act: Callable[[], object]) -> None:
        """Do something that leads to another page, and wait for it.

        What a page between two pages answers is an error of any kind (Selenium 15401): it is asked again.
        """
        before = self.browser.execute_script(_BEGAN)
        act()
        wait = WebDriverWait(self.browser, _PATIENCE_S, _POLL_S, [WebDriverException])
        wait.until(lambda one: one.execute_script(_BEGAN) not in (None, before))
        self.look()


def downloaded(folder: Path) -> Path:
    """The PDF that was put into a folder, once it is whole."""
    until = time.monotonic() + _PATIENCE_S
    while True:
        found = [path for path in folder.glob("*.pdf") if path.stat().st_size]
        if found and not list(folder.glob("*.crdownload")):
            return found[0]
        assert time.monotonic() < until, f"nothing came into {folder}"
        time.sleep(_POLL_S)
