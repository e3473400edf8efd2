"""Declaring a route of the interface once: who may use it, what it takes and gives, how it is described."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import wraps
from typing import Any, Final

from flask import Blueprint, g
from flask.typing import ResponseReturnValue
from marshmallow import Schema

from insurer.web.access import api
from insurer.web.api.requests import as_json, once_per_key, read_body, read_query

Act = Callable[..., Any]


@dataclass(frozen=True, slots=True)
class Described:
    """One operation as the description shows it."""

    rule: str
    method: str
    name: str
    summary: str
    permission: str
    query: type[Schema] | None
    body: type[Schema] | None
    answer: type[Schema]
    status: int


OPERATIONS: Final[list[Described]] = []
"""Every operation declared with :func:`reads` and :func:`writes`, in the order of their modules."""


def reads(
    blueprint: Blueprint,
    rule: str,
    *,
    name: str,
    summary: str,
    permission: str,
    answer: type[Schema],
    query: type[Schema] | None = None,
) -> Callable[[Act], Act]:
    """Declare a read: the view gets the query's values and returns what ``answer`` writes."""

    def declare(view: Act) -> Act:
        OPERATIONS.append(Described(rule, "get", name, summary, permission, query, None, answer, 200))

        @api(blueprint, rule, permission=permission, endpoint=name)
        @wraps(view)
        def run(**values: Any) -> ResponseReturnValue:
            more = {"query": read_query(query())} if query is not None else {}
            return as_json(answer().dump(view(**values, **more)))

        return view

    return declare


def writes(
    blueprint: Blueprint,
    rule: str,
    *,
    name: str,
    summary: str,
    permission: str,
    answer: type[Schema],
    body: type[Schema],
    status: int = 200,
) -> Callable[[Act], Act]:
    """Declare a write: done once for its ``Idempotency-Key``; the view gets the body's values.

    The transaction is the request's: what is refused leaves nothing behind, the key included.
    """

    def declare(view: Act) -> Act:
        OPERATIONS.append(Described(rule, "post", name, summary, permission, None, body, answer, status))

        @api(blueprint, rule, permission=permission, methods=["POST"], endpoint=name)
        @wraps(view)
        def run(**values: Any) -> ResponseReturnValue:
            content: Mapping[str, Any] = read_body(body())
            return once_per_key(lambda: answer().dump(view(**values, body=content)), status=status)

        return view

    return declare


def common(body: Mapping[str, Any], **more: Any) -> dict[str, Any]:
    """Return what operations on a case share: who, when, the version that the caller has seen."""
    return {"actor": g.actor, "now": g.now, "version": body.get("version"), **more}
