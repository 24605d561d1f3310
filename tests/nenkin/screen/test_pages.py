"""The pages without a browser: who may see what, what is refused and how, and that nobody else can send our forms."""

from __future__ import annotations

import html
import re
import uuid
from urllib.parse import urlencode

import httpx
import psycopg
import pytest

from nenkin.paper.form import form
from nenkin.screen.entering import SHOWN
from tests.nenkin.debian import require
from tests.nenkin.screen.conftest import NUMBER

PERSON = f"/persons/{NUMBER}"
NOTICE = "?purpose=notice"
RIGHT = {
    "contribution": {"month": "2025-05", "amount": "17510"},
    "address_change": {
        "postcode": "100-0001",
        "address": "東京都千代田区1-1",
        "since": "2026-04-01",
    },
    "exemption": {"kind": "full", "first": "2025-07", "last": "2025-09", "reason": "income"},
}


def hidden(page: httpx.Response) -> dict[str, str]:
    """The hidden fields of the page's form that is not the one for signing out."""
    form_text = page.text.split("<main", 1)[1]
    found = re.findall(r'type="hidden" name="([^"]+)" value="([^"]*)"', form_text)
    return {name: html.unescape(value) for name, value in found}


def post(clerk: httpx.Client, name: str, **changes: str) -> httpx.Response:
    """Fill a notice in and go to its confirmation."""
    shown = clerk.get(f"{PERSON}/enter/{name}{NOTICE}")
    assert shown.status_code == 200, shown.text
    return clerk.post(f"{PERSON}/enter/{name}", data=hidden(shown) | RIGHT[name] | changes)


def confirmed(clerk: httpx.Client, name: str, page: httpx.Response) -> httpx.Response:
    """Press the button of a confirmation."""
    return clerk.post(f"{PERSON}/enter/{name}", data=hidden(page) | {"step": "write"})


def test_who_has_not_signed_in_is_led_to_sign_in(screen: str) -> None:
    with httpx.Client(base_url=screen) as nobody:
        for path in ("/search", PERSON, f"{PERSON}/estimate.pdf", f"{PERSON}/enter/contribution"):
            answer = nobody.get(path + NOTICE)
            assert (answer.status_code, answer.headers["location"]) == (303, "/screen/sign-in")
        nobody.cookies.set("nenkin-seat", "op 1:t:21:x", path="/screen")
        assert nobody.get("/search").status_code == 303


def test_every_page_allows_nothing_but_itself(clerk: httpx.Client) -> None:
    for path in (
        "/sign-in",
        "/search",
        PERSON + NOTICE,
        PERSON,
        f"{PERSON}/enter/exemption{NOTICE}",
        "/style.css",
    ):
        answer = clerk.get(path)
        policy = answer.headers["content-security-policy"]
        assert "default-src 'none'" in policy
        assert "frame-ancestors 'none'" in policy
        assert "script" not in policy
        assert answer.headers["cache-control"] == "no-store"
        assert "<script" not in answer.text
        assert not re.search(r"\s(on[a-z]+|style)=", answer.text.split("<body", 1)[-1])


def test_the_cookie_is_for_this_screen_alone(screen: str) -> None:
    said = {"operator": "op-1", "terminal": "t-1", "office": "2101"}
    cookie = httpx.post(f"{screen}/sign-in", data=said).headers["set-cookie"]
    for part in ("HttpOnly", "SameSite=strict", "Path=/screen"):
        assert part in cookie


@pytest.mark.parametrize("name", SHOWN)
def test_screen_and_definition_say_the_same(clerk: httpx.Client, name: str) -> None:
    shown = clerk.get(f"{PERSON}/enter/{name}{NOTICE}").text
    for field in form(name).fields:
        if not field.is_fixed:
            assert f'<label for="{field.name}">{field.label}' in shown
            assert f'name="{field.name}"' in shown
            assert f'id="{field.name}-fault"' in shown


def test_what_is_on_record_is_text_and_never_a_tag(clerk: httpx.Client) -> None:
    shown = clerk.get(f"/persons/2101-000002{NOTICE}").text
    assert "&lt;b&gt;年金&lt;/b&gt; 太郎" in shown
    assert "<b>年金" not in shown
    said = clerk.get(
        "/search?" + urlencode({"name_kana": '"><script>x</script>', "purpose": "notice"})
    ).text
    assert "<script>" not in said


def test_a_search_without_a_purpose_finds_nobody(clerk: httpx.Client, people: str) -> None:
    answer = clerk.get("/search?name_kana=ネンキン")
    assert answer.status_code == 422
    assert NUMBER not in answer.text
    assert NUMBER in clerk.get("/search?name_kana=ネンキン&purpose=consultation").text
    assert "該当する人はいません" in clerk.get("/search?birth_date=1999-01-01&purpose=notice").text
    with psycopg.connect(people) as connection:
        seen = connection.execute(
            "SELECT purpose FROM nenkin.access_events WHERE kind = 'found' AND subject = %s",
            (NUMBER,),
        ).fetchall()
    assert ("consultation",) in seen


SEARCHES = [
    ({"number": "2101"}, "number", "10桁"),
    ({"name_kana": "ネ"}, "name_kana", "3文字以上"),
    ({"name_kana": "年金"}, "name_kana", "カタカナ"),
    ({"birth_date": "昭和45年"}, "birth_date", "暦にある日"),
    ({}, "number", "どれかを入力"),
]


@pytest.mark.parametrize(("asked", "name", "words"), SEARCHES)
def test_a_search_that_cannot_be_made_says_why(
    clerk: httpx.Client, asked: dict[str, str], name: str, words: str
) -> None:
    answer = clerk.get("/search?" + urlencode(asked | {"purpose": "notice"}))
    assert answer.status_code == 422
    fault = re.search(rf'id="{name}-fault">([^<]*)<', answer.text)
    assert fault is not None
    assert words in fault[1]


@pytest.mark.parametrize(
    "path", [PERSON, f"{PERSON}/estimate.pdf?future=none&until_age=60", f"{PERSON}/enter/exemption"]
)
def test_nothing_opens_without_a_purpose(clerk: httpx.Client, path: str) -> None:
    for purpose in ("", "curiosity"):
        mark = "&" if "?" in path else "?"
        answer = clerk.get(f"{path}{mark}purpose={purpose}")
        assert answer.status_code == 422
        assert "目的のない閲覧はできません" in answer.text
        assert "年金 花子" not in answer.text
    # What else was asked is kept for when the purpose is told.
    if "future" in path:
        assert hidden(answer) == {"future": "none", "until_age": "60"}


def test_a_number_that_nobody_has_is_told(clerk: httpx.Client) -> None:
    answer = clerk.get(f"/persons/2101-999999{NOTICE}")
    assert (answer.status_code, "この番号の記録はありません" in answer.text) == (404, True)
    assert clerk.get(f"/persons/me{NOTICE}").status_code == 404
    assert clerk.get(f"{PERSON}/enter/claim{NOTICE}").status_code == 404
    assert clerk.get(f"{PERSON}/notice/nothing.pdf{NOTICE}").status_code == 404


def test_keying_staff_see_nobody(screen: str) -> None:
    with httpx.Client(base_url=screen, follow_redirects=True) as keying:
        keying.post("/sign-in", data={"operator": "key-1", "terminal": "t-1", "office": "2101"})
        for path in (PERSON, f"{PERSON}/statement.pdf", f"{PERSON}/enter/exemption"):
            answer = keying.get(path + NOTICE)
            assert answer.status_code == 403
            assert "権限がありません" in answer.text
            assert "花子" not in answer.text


def test_an_officer_sees_who_saw(clerk: httpx.Client, screen: str) -> None:
    clerk.get(f"{PERSON}?purpose=claim")
    assert clerk.get(f"{PERSON}/accesses?purpose=audit").status_code == 403
    with httpx.Client(base_url=screen, follow_redirects=True) as officer:
        officer.post(
            "/sign-in", data={"operator": "officer-1", "terminal": "t-9", "office": "2101"}
        )
        shown = officer.get(f"{PERSON}/accesses?purpose=audit")
        assert shown.status_code == 200
        for words in ("op-1", "terminal-1", "裁定請求", "閲覧"):
            assert words in shown.text


FOREIGN = [
    ({"origin": "https://elsewhere.example"}, {}),
    ({"sec-fetch-site": "cross-site"}, {}),
    ({"sec-fetch-site": "same-site"}, {}),
    ({}, {"token": "guess"}),
    ({}, {"token": ""}),
    ({}, {"token": "\u3042"}),
]


@pytest.mark.parametrize(("headers", "changes"), FOREIGN)
def test_a_form_from_elsewhere_is_refused(
    clerk: httpx.Client, people: str, headers: dict[str, str], changes: dict[str, str]
) -> None:
    page = post(clerk, "contribution", month="2025-06")
    assert "内容の確認" in page.text
    data = hidden(page) | {"step": "write"} | changes
    answer = clerk.post(f"{PERSON}/enter/contribution", data=data, headers=headers)
    assert answer.status_code == 403
    with psycopg.connect(people) as connection:
        query = "SELECT count(*) FROM nenkin.contributions WHERE month = '2025-06-01'"
        assert connection.execute(query).fetchone() == (0,)


def test_a_confirmed_notice_is_entered_once(clerk: httpx.Client, people: str) -> None:
    page = post(clerk, "contribution")
    assert "登録する" in page.text
    for _ in range(2):
        done = confirmed(clerk, "contribution", page)
        assert (done.status_code, "納付を登録しました" in done.text) == (200, True)
    with psycopg.connect(people) as connection:
        query = "SELECT number, amount FROM nenkin.contributions WHERE month = '2025-05-01'"
        assert connection.execute(query).fetchall() == [(NUMBER, 17510)]
    again = post(clerk, "contribution")
    assert "すでに「納付」です。登録すると、還付が必要" in again.text


def test_nothing_is_entered_before_it_is_confirmed(clerk: httpx.Client, people: str) -> None:
    page = post(clerk, "contribution", month="2025-08")
    back = clerk.post(f"{PERSON}/enter/contribution", data=hidden(page) | {"step": "back"})
    assert 'value="2025-08"' in back.text
    with psycopg.connect(people) as connection:
        query = "SELECT count(*) FROM nenkin.contributions WHERE month = '2025-08-01'"
        assert connection.execute(query).fetchone() == (0,)


def test_what_the_record_says_cannot_be_keyed_over(clerk: httpx.Client) -> None:
    page = post(clerk, "contribution", number="2101-000002")
    done = confirmed(clerk, "contribution", page)
    assert done.url.path.endswith(NUMBER)


def test_an_address_and_a_relief_are_entered(clerk: httpx.Client) -> None:
    done = confirmed(clerk, "address_change", post(clerk, "address_change"))
    assert "東京都千代田区1-1" in done.text
    same = post(clerk, "address_change")
    assert (same.status_code, "この日の住所と同じです" in same.text) == (422, True)
    page = post(clerk, "exemption")
    for _ in range(2):
        done = confirmed(clerk, "exemption", page)
        assert "免除・猶予を登録しました" in done.text
    assert "全額免除" in done.text
    again = post(clerk, "exemption")
    assert (again.status_code, "令和7年7月は全額免除です" in again.text) == (422, True)
    part = post(clerk, "exemption", kind="half", first="2025-10", last="2025-10")
    assert "一部免除は、残りの保険料が納められたときに" in part.text


def test_what_is_written_is_what_was_confirmed(clerk: httpx.Client) -> None:
    page = post(clerk, "exemption", first="2025-11", last="2025-11")
    rows = hidden(page)["entries"].replace(NUMBER, "2101-000002")
    for entries in (rows, "{}", "x"):
        data = hidden(page) | {"step": "write", "entries": entries}
        refused = clerk.post(f"{PERSON}/enter/exemption", data=data)
        assert (refused.status_code, "何も登録されていません" in refused.text) == (422, True)
    # Somebody else was faster: the rows do not fit any more, and the page says so.
    other = post(clerk, "exemption", first="2025-10", last="2025-11")
    assert confirmed(clerk, "exemption", other).status_code == 200
    assert confirmed(clerk, "exemption", page).status_code == 409


def test_a_key_that_is_none_is_refused(clerk: httpx.Client) -> None:
    page = post(clerk, "contribution")
    data = hidden(page) | {"step": "write", "key": "1"}
    assert clerk.post(f"{PERSON}/enter/contribution", data=data).status_code == 422


def test_a_key_used_for_something_else_says_so_on_the_page(clerk: httpx.Client) -> None:
    page = post(clerk, "contribution", month="2025-11")
    key = hidden(page)["key"]
    assert confirmed(clerk, "contribution", page).status_code == 200
    other = post(clerk, "contribution", month="2025-12", key=key)
    refused = confirmed(clerk, "contribution", other)
    assert refused.status_code == 409
    assert "何も登録されていません" in refused.text
    assert uuid.UUID(hidden(refused)["key"]) == uuid.UUID(key)


@pytest.mark.parametrize("path", ["statement.pdf", "notice/claim.pdf", "notice/acquisition.pdf"])
def test_papers_are_opened_and_counted(clerk: httpx.Client, path: str) -> None:
    require("fonts-ipaexfont-gothic")
    answer = clerk.get(f"{PERSON}/{path}?purpose=consultation")
    assert answer.headers["content-type"] == "application/pdf"
    assert answer.content.startswith(b"%PDF-")
    assert answer.headers["cache-control"] == "no-store"


def test_an_estimate_that_cannot_be_made_says_why(clerk: httpx.Client) -> None:
    answer = clerk.get(f"{PERSON}/estimate.pdf?purpose=consultation&future=never&until_age=12")
    assert answer.status_code == 422
    assert "20歳から65歳まで" in answer.text
    assert "どれかを選んで" in answer.text


def test_a_form_that_is_too_large_is_no_form(clerk: httpx.Client) -> None:
    answer = clerk.post(f"{PERSON}/enter/contribution", data={"month": "x" * 100_000})
    assert answer.status_code == 403


def test_signing_out_ends_it(clerk: httpx.Client) -> None:
    token = re.search(r'name="token" value="([^"]+)"', clerk.get("/search").text)
    assert token is not None
    assert clerk.post("/sign-out", data={"token": "other"}).status_code == 403
    assert clerk.get("/search").url.path.endswith("/search")
    clerk.post("/sign-out", data={"token": token[1]})
    assert clerk.get("/search").url.path.endswith("/sign-in")
