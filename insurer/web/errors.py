"""The only table from what went wrong to an HTTP answer: a page for people, problem details for programs."""

import secrets
from collections.abc import Sequence
from http import HTTPStatus
from pathlib import Path
from typing import Any, Final

from flask import Flask, Response, current_app, g, jsonify, make_response, redirect, render_template, request
from flask_wtf.csrf import CSRFError
from jinja2 import TemplateNotFound
from sqlalchemy.exc import DataError, DBAPIError, InterfaceError, OperationalError
from werkzeug.exceptions import HTTPException

from insurer.kernel.errors import (
    Conflict,
    InsurerError,
    Invalid,
    NotAllowed,
    NotFound,
    Problem,
    TooLarge,
    Unavailable,
)
from insurer.platform.logs import get_logger
from insurer.web.access import access_of, page_above
from insurer.web.units import discard

STATUS: Final[dict[type[InsurerError], int]] = {
    NotFound: 404,
    NotAllowed: 403,
    Conflict: 409,
    Invalid: 422,
    TooLarge: 413,
    Unavailable: 503,
}

TITLES: Final[dict[int, str]] = {
    400: "这次请求不完整",
    401: "请先登录",
    403: "您的岗位不能看这一页",
    404: "没有找到这一页",
    405: "这个地址不能这样用",
    409: "现在不能这样办",
    413: "文件太大",
    415: "这种格式收不了",
    422: "有几处要改",
    429: "做得太快了",
    500: "系统没有办成这件事",
    503: "系统有一部分现在连不上",
}

TEXTS: Final[dict[int, str]] = {
    400: "请退回上一页，刷新后再做一次。",
    401: "请登录后再来。",
    403: "请找有这个岗位的同事办理。",
    404: "地址可能抄错了，或者这件事不在您的范围里。请从待办或搜索进入。",
    405: "请退回上一页，用页面上的按钮。",
    413: "请拆成几份，或者压小一些再传。",
    415: "请换成页面上写明的格式。",
    429: "请过一会儿再试。",
    500: "您填的内容还在上一页。请退回再做一次；还不行，请报下面的编号。",
    503: "刚才的内容没有写入。请过几分钟再试。",
}

CSRF_TEXT: Final = "这一页开得太久，或者您在别处重新登录过。请刷新这一页，再做一次。"

_BUSY_STATES: Final = frozenset({"55P03", "40P01", "40001"})
"""Lock not available, deadlock, serialisation: somebody else is working on the same thing."""

_PLAIN = """<!doctype html>
<html lang="zh-CN"><head><meta charset="utf-8"><title>{{ page.heading }} - 理赔台</title></head>
<body><main><h1>{{ page.heading }}</h1><p>{{ page.text }}</p>
{% for problem in page.problems %}<p>{{ problem.message }}</p>{% endfor %}
{% if page.number %}<p>编号：{{ page.number }}</p>{% endif %}
<p><a href="/">回到待办</a></p></main></body></html>"""

log = get_logger("insurer.web")


def register_errors(app: Flask) -> None:
    """Give the application its answers to everything that can go wrong."""
    app.register_error_handler(InsurerError, _refused)
    app.register_error_handler(CSRFError, _stale_form)
    app.register_error_handler(HTTPException, _http)
    app.register_error_handler(DBAPIError, _database)
    app.register_error_handler(Exception, _unexpected)


def status_of(error: InsurerError) -> int:
    """Return the HTTP status of an anticipated refusal."""
    return next((code for kind, code in STATUS.items() if isinstance(error, kind)), 500)


def _refused(error: InsurerError) -> Response:
    status = status_of(error)
    # A refusal's own words are the lead sentence; the kind gives the heading.
    return answer(status, text=error.message, problems=error.problems)


def _stale_form(_error: CSRFError) -> Response:
    return answer(400, text=CSRF_TEXT, code="csrf")


def _http(error: HTTPException) -> Response:
    if error.response is not None:
        return error.response  # type: ignore[return-value]
    status = error.code or 500
    if status >= 500:
        return _unexpected(error)
    if status == 405 and request.method == "GET" and not wants_json():
        above = page_above(request.path)  # the address of a form, opened again or kept as a mark
        if above != "/":
            return make_response(redirect(above, 303))
    response = answer(status)
    for name, value in error.get_headers():
        if name.lower() in ("allow", "retry-after", "www-authenticate"):
            response.headers[name] = value
    if status == 401:
        response.headers["WWW-Authenticate"] = "Bearer"
    return response


def _database(error: DBAPIError) -> Response:
    state = getattr(error.orig, "sqlstate", None)
    if isinstance(error, DataError):
        log.warning("value refused by the database", where=_places(error), state=state)
        return answer(422, text="填的内容里有存不下的字符或数字。请改好再试。")
    if state in _BUSY_STATES:
        return answer(409, text="这一件正有人在办理。请过一会儿刷新再看。")
    if isinstance(error, OperationalError | InterfaceError) and (
        error.connection_invalidated or state is None
    ):
        log.error("database unreachable", request_id=g.get("request_id", ""))
        return answer(503, text="数据库现在连不上，刚才的内容没有写入。请稍后再试一次。")
    return _unexpected(error)


def _unexpected(error: Exception) -> Response:
    number = f"E-{secrets.token_hex(4).upper()}"
    # Only where it happened: an exception's own words may quote what somebody typed.
    log.error(
        "unexpected error",
        number=number,
        kind=type(error).__name__,
        where=_places(error),
        endpoint=request.endpoint,
        request_id=g.get("request_id", ""),
    )
    if current_app.config.get("RAISE_UNEXPECTED"):
        raise error
    return answer(500, number=number)


def _places(error: BaseException) -> str:
    """Return where it happened, innermost first: our own lines and the last one of a library's."""
    found, trace = [], error.__traceback__
    while trace is not None:
        path = Path(trace.tb_frame.f_code.co_filename)
        if "site-packages" not in path.parts or trace.tb_next is None:
            found.append(f"{'/'.join(path.parts[-3:])}:{trace.tb_lineno}")
        trace = trace.tb_next
    return " < ".join(reversed(found[-8:]))


def answer(
    status: int,
    *,
    text: str = "",
    problems: Sequence[Problem] = (),
    number: str = "",
    code: str = "",
) -> Response:
    """Return one refusal in the form that fits who asked; whatever the request did is rolled back."""
    discard()
    heading = TITLES.get(status) or HTTPStatus(status).phrase
    text = text or TEXTS.get(status, "")
    if wants_json():
        return problem(status, heading, text, problems=problems, number=number, code=code)
    from insurer.web.layout import refusal_page  # the layout reads the work lists' view models

    view = refusal_page(status, heading, text, problems, number)
    return make_response(_rendered(status, view), status)


def _rendered(status: int, view: Any) -> str:
    for name in (f"pages/errors/{status}.html", "pages/errors/refusal.html"):
        try:
            return render_template(name, page=view)
        except TemplateNotFound:
            continue
        except Exception as error:
            # The page of an error must not depend on anything that can itself go wrong.
            log.error("error page not rendered", kind=type(error).__name__, where=_places(error))
            break
    return current_app.jinja_env.from_string(_PLAIN).render(page=view)


def wants_json() -> bool:
    """Tell whether a program asks: by the route, or by the address where there is no route."""
    access = access_of(current_app, request.endpoint)
    return access.kind == "api" if access else request.path.startswith("/api/")


def problem(
    status: int,
    title: str,
    detail: str,
    *,
    problems: Sequence[Problem] = (),
    number: str = "",
    code: str = "",
    **members: Any,
) -> Response:
    """Return problem details (RFC 9457); ``errors`` lists each field."""
    body: dict[str, Any] = {"type": "about:blank", "title": title, "status": status, "detail": detail}
    if problems:
        body["errors"] = [
            {"field": one.field, "where": one.where, "code": one.code, "message": one.message}
            for one in problems
        ]
    if number:
        body["instance"] = number
    if code:
        body["code"] = code
    response = jsonify({**body, **members})
    response.status_code = status
    response.content_type = "application/problem+json"
    return response
