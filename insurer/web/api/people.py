"""``POST /api/v1/coverage``: was a person covered on a day, because of which rows of which files."""

from typing import Any

import orjson
from flask import Blueprint, g, request
from flask.typing import ResponseReturnValue
from marshmallow import ValidationError

from insurer.kernel.errors import Invalid, Problem
from insurer.people.covered import cover_answers
from insurer.web.access import api
from insurer.web.api.requests import as_json
from insurer.web.api.schemas import CoverAnswerSchema, CoverCheckSchema

blueprint = Blueprint("people_api", __name__, url_prefix="/api/v1")


@api(blueprint, "/coverage", permission="people.view", methods=["POST"], limit="60/minute")
def cover_checks() -> ResponseReturnValue:
    """Answer for one person number and day; the number travels in the body, never in an address.

    It reads only, so that it needs no key. A number that no roster names is answered "not covered".
    """
    try:
        document = orjson.loads(request.get_data())
    except ValueError as error:
        raise Invalid("请求内容不是 JSON，请核对") from error
    try:
        asked: dict[str, Any] = CoverCheckSchema().load(document)
    except ValidationError as error:
        wrong = error.messages if isinstance(error.messages, dict) else {"": error.messages}
        problems = tuple(
            Problem(str(field), "；".join(map(str, said)) if isinstance(said, list) else str(said))
            for field, said in wrong.items()
        )
        raise Invalid("请求的内容要改", problems) from error
    (answer,) = cover_answers(g.session, scheme=asked["scheme"], certnos=[asked["certno"]], day=asked["on"])
    return as_json(CoverAnswerSchema().dump(answer))
