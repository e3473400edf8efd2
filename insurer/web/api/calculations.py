"""``POST /api/v1/calculations``: case documents in, results out; nothing is stored."""

from typing import Any

import orjson
from flask import Blueprint, Response, request
from flask.typing import ResponseReturnValue

from insurer.exclusions.check import check_lines
from insurer.kernel.errors import Invalid, TooLarge
from insurer.schemes.calculate import calculate
from insurer.web.access import api
from insurer.web.api.requests import once_per_key, to_json
from insurer.web.errors import TITLES, problem

blueprint = Blueprint("calculations", __name__, url_prefix="/api/v1")

MOST_CASES = 1_000


@api(blueprint, "/calculations", permission="calculate", methods=["POST"])
def calculations() -> ResponseReturnValue:
    """Calculate one case document or a list of them.

    A list is answered as a list in the same order, a case that cannot be read by its ``error``; a single
    case that cannot be read is answered 422, with the same ``case_id`` and ``error`` in the problem.
    """
    try:
        document = orjson.loads(request.get_data())
    except ValueError as error:
        raise Invalid("请求内容不是 JSON，请核对") from error
    if isinstance(document, list):
        if len(document) > MOST_CASES:
            raise TooLarge(f"一次最多 {MOST_CASES} 个案件，请分几次")
        return once_per_key(lambda: [calculate(case, check_lines) for case in document], required=False)
    result = calculate(document, check_lines)
    if "error" in result:
        return _unreadable(result)
    return once_per_key(lambda: result, required=False)


def _unreadable(result: dict[str, Any]) -> Response:
    case: dict[str, Any] = orjson.loads(to_json(result))
    detail = f"{case['error'].get('field') or '案件'}：{case['error'].get('message', '')}"
    return problem(422, TITLES[422], detail, code="unreadable_case", **case)
