"""Words of the record in Japanese."""

from __future__ import annotations

__all__ = ["CATEGORIES", "DECISIONS", "EVENTS", "KINDS", "MARKS", "SEXES"]

SEXES = {"male": "男", "female": "女"}
CATEGORIES = {1: "第1号", 2: "第2号（厚年）", 3: "第3号"}
KINDS = {
    "paid": "納付",
    "full": "全額免除",
    "three_quarters": "4分の3免除",
    "half": "半額免除",
    "quarter": "4分の1免除",
    "student": "学生納付特例",
    "deferment": "納付猶予",
    "unpaid": "未納",
    "employees": "厚生年金",
    "dependant": "第3号",
    "pending": "納期限前",
}
MARKS = {
    "paid": "納",
    "full": "全",
    "three_quarters": "¾",
    "half": "半",
    "quarter": "¼",
    "student": "学",
    "deferment": "猶",
    "unpaid": "未",
    "employees": "厚",
    "dependant": "3",
}
DECISIONS = {"fixed_time": "定時決定", "revision": "随時改定", "acquisition": "資格取得時"}
EVENTS = {
    "search": "検索",
    "found": "検索結果に表示",
    "view": "閲覧",
    "history": "履歴の閲覧",
    "register": "登録",
    "contribution": "納付の登録",
    "address": "住所変更の登録",
    "relief": "免除等の登録",
    "form": "届書への印字",
    "estimate": "見込額試算",
    "statement": "納付記録の交付",
    "watch": "閲覧記録の照会",
}
