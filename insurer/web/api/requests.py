"""What every route of the JSON interface does alike: read the query, answer once, write JSON."""

import re
from collections.abc import Callable, Mapping
from typing import Any

import orjson
from flask import Response, g, request
from marshmallow import Schema, ValidationError

from insurer.kernel.errors import Invalid, Problem
from insurer.platform.idempotency import Answer, once
from insurer.web.errors import TITLES, problem

KEY_HEADER = "Idempotency-Key"
_KEY = re.compile(r"[\x21-\x7e]{1,255}")


def read_query(schema: Schema) -> Mapping[str, Any]:
    """Return the query as the schema reads it; :class:`Invalid` names each parameter."""
    try:
        loaded: Mapping[str, Any] = schema.load(request.args.to_dict())
    except ValidationError as error:
        wrong = error.messages if isinstance(error.messages, dict) else {"": error.messages}
        problems = tuple(Problem(str(field), _words(messages)) for field, messages in wrong.items())
        raise Invalid("请求的参数要改", problems) from error
    return loaded


def _words(messages: Any) -> str:
    text = "；".join(str(message) for message in messages) if isinstance(messages, list) else str(messages)
    return "没有这个参数" if text == "Unknown field." else text


def read_body(schema: Schema) -> Mapping[str, Any]:
    """Return the JSON object of the body as the schema reads it; :class:`Invalid` names each member."""
    try:
        raw = orjson.loads(request.get_data() or b"{}")
    except ValueError as error:
        raise Invalid("请求内容不是 JSON，请核对") from error
    if not isinstance(raw, dict):
        raise Invalid("请求内容要是一个 JSON 对象")
    if _holds_nul(raw):
        raise Invalid("请求内容里有存不下的字符（NUL），请去掉")
    try:
        loaded: Mapping[str, Any] = schema.load(raw)
    except ValidationError as error:
        wrong = error.messages if isinstance(error.messages, dict) else {"": error.messages}
        problems = tuple(Problem(str(field), _words(messages)) for field, messages in wrong.items())
        raise Invalid("请求的内容要改", problems) from error
    return loaded


def _holds_nul(value: Any) -> bool:
    """Tell whether a text anywhere holds a character that no text column can keep."""
    if isinstance(value, str):
        return "\0" in value or (not value.isprintable() and _lone_surrogate(value))
    if isinstance(value, dict):
        return any(_holds_nul(key) or _holds_nul(one) for key, one in value.items())
    return any(_holds_nul(one) for one in value) if isinstance(value, list) else False


def _lone_surrogate(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return True
    return False


def once_per_key(act: Callable[[], Any], *, status: int = 200, required: bool = True) -> Response:
    """Run a write once for its ``Idempotency-Key``; every repetition gets the same bytes.

    A write without a key is answered 400 and does nothing; ``required=False`` is for what stores nothing.
    :class:`Invalid` when the key came with other content before, :class:`Conflict` while it still runs.
    """
    key = request.headers.get(KEY_HEADER)
    if key is None and required:
        detail = f"写操作要带 {KEY_HEADER} 请求头：一次操作一个新的键，重试用同一个键"
        return problem(400, TITLES[400], detail, code="idempotency_key_missing")
    if key is None:
        return as_json(act(), status)
    if not _KEY.fullmatch(key):
        raise Invalid("幂等键写 1 到 255 个没有空格的英文字符", (Problem(KEY_HEADER, "写法不对"),))

    def run() -> Answer:
        # Kept as text: the database would change the order of members.
        return Answer(status, {"text": to_json(act()).decode()})

    content = request.full_path.encode() + b"\0" + request.get_data()
    kept = once(
        g.session, scope=f"api:{g.actor.id}:{request.path}", key=key, request=content, now=g.now, act=run
    )
    response = Response(str(kept.body["text"]), kept.status, content_type="application/json")
    if kept.replayed:
        response.headers["Idempotent-Replayed"] = "true"
    return response


def to_json(value: Any) -> bytes:
    """Write JSON as the command line does."""
    return orjson.dumps(value, default=str)


def as_json(value: Any, status: int = 200) -> Response:
    """Return a JSON answer."""
    return Response(to_json(value), status, content_type="application/json")
