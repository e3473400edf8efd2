"""``/api/v1/openapi.json``: what the JSON interface takes and gives, made from its schemas."""

import re
from functools import cache
from typing import Any, Final

from apispec import APISpec
from apispec.ext.marshmallow import MarshmallowPlugin
from flask import Blueprint
from flask.typing import ResponseReturnValue

from insurer.web.access import PUBLIC, api
from insurer.web.api import schemas
from insurer.web.api.requests import as_json
from insurer.web.api.routes import OPERATIONS, Described

blueprint = Blueprint("description", __name__, url_prefix="/api/v1")

_KEY: Final = {
    "name": "Idempotency-Key",
    "in": "header",
    "required": False,
    "schema": {"type": "string", "minLength": 1, "maxLength": 255},
    "description": "The same key twice has one effect. Same key and other content: 422; still running: 409.",
}

_KEY_NEEDED: Final = {**_KEY, "required": True}
_NAMES: Final = re.compile(r"<uuid:(\w+)>")


@api(blueprint, "/openapi.json", permission=PUBLIC)
def openapi() -> ResponseReturnValue:
    """Describe the interface."""
    return as_json(description())


@cache
def description() -> dict[str, Any]:
    """Return the OpenAPI document."""
    plugin = MarshmallowPlugin(schema_name_resolver=_name)
    spec = APISpec(
        title="insurer",
        version="1",
        openapi_version="3.0.3",
        plugins=[plugin],
        info={"description": "Amounts are decimal strings in yuan. Errors are problem details (RFC 9457)."},
        security=[{"token": []}, {"session": []}],
    )
    spec.components.security_scheme("token", {"type": "http", "scheme": "bearer"})
    spec.components.security_scheme("session", {"type": "apiKey", "in": "cookie", "name": "insurer_session"})
    problem = {
        "description": "Problem details",
        "content": {"application/problem+json": {"schema": schemas.ProblemSchema}},
    }
    spec.components.response("Problem", problem)
    spec.path(
        path="/api/v1/calculations",
        operations={
            "post": _operation(
                "calculate",
                "Calculate case documents; nothing is stored",
                parameters=[_KEY],
                body=_one_or_list(schemas.CaseDocumentSchema),
                good={"200": ("Results, one for each document", _one_or_list(schemas.CaseResultSchema))},
            )
        },
    )
    spec.path(
        path="/api/v1/claims",
        operations={
            "get": _operation(
                "listClaims",
                "List cases, the newest first",
                parameters=[{"in": "query", "schema": schemas.ClaimQuerySchema}],
                good={"200": ("A page of cases", schemas.ClaimPageSchema)},
            ),
            "post": _operation(
                "registerClaims",
                "Make cases of settlement records; known records change nothing",
                parameters=[{"in": "query", "schema": schemas.SchemeQuerySchema}, _KEY_NEEDED],
                body={"type": "array", "items": schemas.SettlementRecordSchema},
                good={"201": ("What became of each record", schemas.RegisteredSchema)},
            ),
        },
    )
    spec.path(
        path="/api/v1/claims/{claim_id}",
        operations={
            "get": _operation(
                "showClaim",
                "Show one case",
                parameters=[
                    {
                        "name": "claim_id",
                        "in": "path",
                        "required": True,
                        "schema": {"type": "string", "format": "uuid"},
                    }
                ],
                good={"200": ("The case", schemas.ClaimDetailSchema)},
            )
        },
    )
    spec.path(
        path="/api/v1/coverage",
        operations={
            "post": _operation(
                "checkCover",
                "Was a person covered on a day, because of which rows of which files",
                parameters=[],
                body=schemas.CoverCheckSchema,
                good={"200": ("The answer", schemas.CoverAnswerSchema)},
            )
        },
    )
    for one in OPERATIONS:
        spec.path(path=_address(one.rule), operations={one.method: _declared(one)})
    document: dict[str, Any] = spec.to_dict()
    return document


def _declared(one: Described) -> dict[str, Any]:
    """Describe an operation that was declared with its route."""
    parameters: list[dict[str, Any]] = [
        {"name": name, "in": "path", "required": True, "schema": {"type": "string", "format": "uuid"}}
        for name in _NAMES.findall(one.rule)
    ]
    if one.query is not None:
        parameters.append({"in": "query", "schema": one.query})
    if one.method == "post":
        parameters.append(_KEY_NEEDED)
    summary = f"{one.summary}. Scope: {one.permission}"
    good = {str(one.status): (one.summary, one.answer)}
    return _operation(one.name, summary, parameters=parameters, body=one.body, good=good)


def _address(rule: str) -> str:
    return "/api/v1" + _NAMES.sub(r"{\1}", rule)


def _operation(
    name: str,
    summary: str,
    *,
    parameters: list[dict[str, Any]],
    good: dict[str, tuple[str, Any]],
    body: Any = None,
) -> dict[str, Any]:
    responses: dict[str, Any] = {
        status: {"description": words, "content": {"application/json": {"schema": schema}}}
        for status, (words, schema) in good.items()
    }
    refusals = ["401", "403", "404", "422", "503"]
    if body is not None:
        refusals += ["400", "409", "413"]
    responses |= dict.fromkeys(refusals, "Problem")
    operation: dict[str, Any] = {
        "operationId": name,
        "summary": summary,
        "parameters": parameters,
        "responses": responses,
    }
    if body is not None:
        operation["requestBody"] = {"required": True, "content": {"application/json": {"schema": body}}}
    return operation


def _one_or_list(schema: Any) -> dict[str, Any]:
    return {"oneOf": [schema, {"type": "array", "items": schema}]}


def _name(schema: Any) -> str:
    found = schema if isinstance(schema, type) else type(schema)
    return str(found.__name__).removesuffix("Schema")
