"""The screen's addresses: who signed in, searches, views."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from urllib.parse import parse_qsl, urlencode

from fastapi import FastAPI
from starlette.requests import Request
from starlette.responses import FileResponse, RedirectResponse, Response

from nenkin.access.desk import Desk
from nenkin.batch import today
from nenkin.outcome import Refused, Rejected, Unknown
from nenkin.paper.form import form
from nenkin.paper.kinds import KINDS, Wrong
from nenkin.paper.pdf.font import FontMissing
from nenkin.paper.usage import Usage
from nenkin.screen.asking import InvalidAsking, asking
from nenkin.screen.entering import Entering
from nenkin.screen.page import FOLDER, guarded, page
from nenkin.screen.papers import Papers
from nenkin.screen.seat import ForeignRequest, Seat, leave, require_own
from nenkin.screen.shown import shown

__all__ = ["add_screen"]

_MOST_BYTES = 65_536
Handler = Callable[[Request, Seat], Awaitable[Response]]


class Screen:
    """The pages on a desk."""

    def __init__(self, desk: Desk, usage: Usage) -> None:
        self._desk = desk
        self._usage = usage

    async def search(self, request: Request, seat: Seat) -> Response:
        """Persons by number, name or birth date; a number leads straight to its record, once the purpose is told."""
        said = {name: request.query_params.get(name, "").strip() for name in _ASKED}
        purpose = request.query_params.get("purpose", "")
        if not request.query_params:
            return page("search", seat, said=said, faults={}, found=None, following="")
        faults = {}
        caller = seat.caller(purpose)
        if caller is None:
            faults["purpose"] = "検索・閲覧の目的を選んでください。"
        wanted = {}
        for name, text in said.items():
            if text:
                try:
                    wanted[name] = KINDS[_ASKED[name]](text)
                except Wrong as error:
                    faults[name] = f"「{text[:40]}」: {error}"
        kana = wanted.get("name_kana")
        if not any(said.values()):
            faults["number"] = "番号・カナ氏名・生年月日のどれかを入力してください。"
        elif isinstance(kana, str) and len(kana) < 3 and len(wanted) == 1:
            faults["name_kana"] = f"「{kana}」: 3文字以上で入力するか、生年月日も入力してください。"
        if faults or caller is None:
            return page(
                "search",
                seat,
                422,
                purpose=purpose,
                said=said,
                faults=faults,
                found=None,
                following="",
            )
        if "number" in wanted:
            return _lead(f"/screen/persons/{wanted['number']}", purpose=purpose)
        birth = wanted.get("birth_date")
        answer = await self._desk.search(
            caller,
            kana if isinstance(kana, str) else None,
            None if birth is None or isinstance(birth, str | int) else birth,
            request.query_params.get("after", ""),
        )
        following = ""
        if answer.body["next"]:
            asked = {**said, "purpose": purpose, "after": answer.body["next"]}
            following = f"/screen/search?{urlencode(asked)}"
        found = answer.body["persons"]
        values = {"said": said, "faults": {}, "found": found, "following": following}
        return page("search", seat, purpose=purpose, **values)

    async def person(self, request: Request, seat: Seat) -> Response:
        """A person's record."""
        asked = asking(request, seat)
        answer = await self._desk.view_person(asked.caller, asked.number)
        done = request.query_params.get("done", "")
        return page(
            "person",
            seat,
            purpose=asked.caller.purpose,
            number=asked.number,
            body=answer.body,
            shown=shown(answer.body, today()),
            done=_DONE.get(done, ""),
            estimate=form("estimate"),
        )

    async def accesses(self, request: Request, seat: Seat) -> Response:
        """Who viewed a person's record, for whoever may know."""
        asked = asking(request, seat)
        answer = await self._desk.who_saw(asked.caller, asked.number)
        values = {"number": asked.number, "events": answer.body["events"]}
        return page("accesses", seat, purpose=asked.caller.purpose, **values)


_ASKED = {"number": "number", "name_kana": "kana", "birth_date": "day"}
_DONE = {
    "contribution": "納付を登録しました。",
    "address_change": "住所の変更を登録しました。",
    "exemption": "免除・猶予を登録しました。",
}


def add_screen(app: FastAPI, desk: Desk, usage: Usage) -> None:
    """Adds the screen to the application."""
    screen, entering, papers = Screen(desk, usage), Entering(desk, usage), Papers(desk, usage)

    @app.get("/screen", include_in_schema=False)
    async def begin() -> Response:
        return _lead("/screen/search")

    @app.get("/screen/style.css", include_in_schema=False)
    async def style() -> Response:
        return guarded(FileResponse(FOLDER / "style.css", media_type="text/css"))

    @app.get("/screen/sign-in", include_in_schema=False)
    async def ask_who(request: Request) -> Response:
        seat = Seat.of(request)
        said = seat.said if seat else {"operator": "", "terminal": "", "office": ""}
        return page("sign_in", None, said=said, faults={})

    @app.post("/screen/sign-in", include_in_schema=False)
    async def sign_in(request: Request) -> Response:
        said = await _said(request)
        try:
            require_own(request, said, None)
        except ForeignRequest:
            return _foreign(None)
        seat, faults = Seat.sign_in(said)
        if seat is None:
            names = ("operator", "terminal", "office")
            kept = {name: said.get(name, "") for name in names}
            return page("sign_in", None, 422, said=kept, faults=faults)
        response = _lead("/screen/search")
        seat.keep(request, response)
        return response

    async def sign_out(request: Request, seat: Seat) -> Response:
        require_own(request, await _said(request), seat)
        response = _lead("/screen/sign-in")
        leave(response)
        return response

    async def enter(request: Request, seat: Seat) -> Response:
        said = await _said(request)
        require_own(request, said, seat)
        return await entering.take(request, seat, said)

    of_person = "/screen/persons/{number}"
    for method, path, handler in (
        ("POST", "/screen/sign-out", sign_out),
        ("GET", "/screen/search", screen.search),
        ("GET", of_person, screen.person),
        ("GET", f"{of_person}/accesses", screen.accesses),
        ("GET", f"{of_person}/enter/{{form}}", entering.show),
        ("POST", f"{of_person}/enter/{{form}}", enter),
        ("GET", f"{of_person}/estimate.pdf", papers.estimate),
        ("GET", f"{of_person}/statement.pdf", papers.statement),
        ("GET", f"{of_person}/notice/{{form}}.pdf", papers.notice),
    ):
        app.add_api_route(path, _answered(handler), methods=[method], include_in_schema=False)


def _answered(handler: Handler) -> Callable[[Request], Awaitable[Response]]:
    """The handler for those who have signed in; whatever gives no answer is told on a page, in a sentence."""

    async def endpoint(request: Request) -> Response:
        seat = Seat.of(request)
        if seat is None:
            return _lead("/screen/sign-in")
        try:
            return await handler(request, seat)
        except InvalidAsking as error:
            values = {"number": error.number, "path": request.url.path, "rest": error.rest}
            return page("purpose", seat, 422, **values)
        except ForeignRequest:
            return _foreign(seat)
        except Rejected as error:
            sentence = _REJECTED.get(error.status, "この操作はできません。")
            return page("error", seat, error.status, sentence=sentence, detail=error.reason)
        except (Refused, FontMissing) as error:
            sentence = "いまは処理できません。何も登録されていません。しばらくしてから、もう一度お試しください。"
            return page("error", seat, 503, sentence=sentence, detail=str(error))
        except Unknown as error:
            sentence = "処理が終わったかどうか確かめられません。記録を開いて確かめてください。"
            return page("error", seat, 504, sentence=sentence, detail=str(error))

    return endpoint


_REJECTED = {
    403: "この職員番号には、この操作の権限がありません。拒否されたことは記録されました。",
    404: "この番号の記録はありません。番号を確かめてください。",
    409: "すでに登録されている内容と重なるため、登録できません。",
    422: "入力の内容では処理できません。",
}


def _foreign(seat: Seat | None) -> Response:
    sentence = "この画面から送られた操作ではないため、受け付けませんでした。サインインからやり直してください。"
    return page("error", seat, 403, sentence=sentence, detail="")


def _lead(path: str, **query: str) -> Response:
    asked = f"?{urlencode(query)}" if query else ""
    return guarded(RedirectResponse(f"{path}{asked}", 303))


async def _said(request: Request) -> dict[str, str]:
    """What a form says; nothing where it is no form, or larger than any of ours."""
    body = b""
    async for part in request.stream():
        body += part
        if len(body) > _MOST_BYTES:
            return {}
    return dict(parse_qsl(body.decode("utf-8", "replace"), keep_blank_values=True))
