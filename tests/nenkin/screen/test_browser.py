"""A clerk's morning in a real Chromium, by the keyboard: sign in, search, say why, view, post, print the estimate."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import psycopg
from pypdf import PdfReader
from selenium.webdriver import Chrome
from selenium.webdriver.common.by import By

from nenkin.batch import today
from nenkin.benefits.rules import Rules
from nenkin.paper.estimate import Plan, estimate
from nenkin.paper.japanese import yen_text
from nenkin.paper.level import Levels
from nenkin.paper.record import LATEST, SELECT, Mark, of_row
from tests.nenkin.screen.conftest import NUMBER
from tests.nenkin.screen.hands import Hands, downloaded


def test_a_clerk_finds_views_posts_and_prints(browser: Chrome, screen: str, people: str) -> None:
    hands = Hands(browser, screen)
    hands.go("/search")
    assert browser.current_url.endswith("/sign-in")
    hands.key(operator="職員")
    hands.press("始める")
    assert "職員番号を半角英数字" in hands.fault("operator")
    hands.key(operator="op-1", terminal="t-0012", office="2101")
    hands.enter()

    # The cursor stands in the first field.
    assert hands.focused.get_attribute("name") == "number"
    hands.key(name_kana="ねんきん　は")
    hands.enter()
    assert "目的を選んでください" in hands.fault("purpose")
    assert NUMBER not in hands.text
    assert browser.find_element(By.NAME, "name_kana").get_attribute("value") == "ねんきん　は"
    hands.key(purpose="届書")
    hands.press("検索する")
    assert "1人" in hands.text
    # The first one found has the cursor.
    assert hands.focused.text == NUMBER
    hands.enter()
    for words in ("年金 花子", NUMBER, "昭和45年7月15日", "高井戸西3-5-24", "未納", "****567"):
        assert words in hands.text

    # Without a purpose the same address asks for one.
    hands.go(f"/persons/{NUMBER}")
    assert "目的のない閲覧はできません" in hands.text
    assert "年金 花子" not in hands.text
    hands.key(purpose="年金相談")
    hands.press("開く")
    assert "年金 花子" in hands.text

    browser.execute_script("document.querySelector('[accesskey=\"1\"]').click()")
    hands.key(month="2026-13", amount="16980")
    hands.enter()
    assert "「2026-13」" in hands.fault("month")
    assert hands.focused.get_attribute("name") == "month"
    hands.key(month="2025-04", amount="99999")
    hands.enter()
    assert "17,510円で、それを超えています" in hands.fault("amount")
    hands.key(amount="17510")
    hands.press("確認へ進む")
    assert "令和7年4月" in hands.text
    assert "17,510円" in hands.text
    assert hands.focused.text.startswith("登録する")
    hands.enter()
    assert "納付を登録しました" in hands.text
    with psycopg.connect(people) as connection:
        posted = connection.execute(
            "SELECT number, month, amount FROM nenkin.contributions"
        ).fetchall()
        row = connection.execute(
            SELECT.encode(), Mark(LATEST, LATEST, today()).parameters([NUMBER])
        ).fetchone()
    assert posted == [(NUMBER, date(2025, 4, 1), 17510)]

    hands.key(future="今後は加入しない")
    browser.find_element(By.XPATH, "//button[contains(., '見込額試算')]").click()
    pages = PdfReader(downloaded(_downloads(browser))).pages
    assert len(pages) == 1
    text = pages[0].extract_text()
    assert row is not None
    made = estimate(Levels(Rules.read()), of_row(row), Plan("none", 60), today())
    assert made.options[1].total is not None
    for option in made.options:
        if option.total is not None:
            assert yen_text(option.total) in text
    assert "年金見込額試算" in text
    assert "年金 花子　様" in text

    # The pages' own policy refused nothing, and nothing was asked for that is not there.
    log = browser.get_log("browser")  # type: ignore[no-untyped-call]
    said = [entry["message"] for entry in log]
    assert [one for one in said if "status of 422" not in one and "favicon" not in one] == []


def _downloads(browser: Chrome) -> Path:
    return Path(browser.capabilities["chrome"]["userDataDir"]) / "downloads"
