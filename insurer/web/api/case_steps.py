"""Shapes that many routes share: a step that answers with its case, one page of a register."""

from collections.abc import Callable, Mapping
from typing import Any, Final
from uuid import UUID

from flask import Blueprint, g
from marshmallow import Schema

from insurer.web.api.routes import writes
from insurer.web.api.schemas import ClaimSchema, cursor_text
from insurer.worklists.claim_records import claim_columns, register_page

ONE: Final = "/claims/<uuid:claim_id>"


def case_step(
    blueprint: Blueprint,
    part: str,
    *,
    name: str,
    summary: str,
    permission: str,
    body: type[Schema],
    status: int = 200,
) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Declare a step on one case: the view does it, and the answer is the case as it stands then."""

    def declare(view: Callable[..., Any]) -> Callable[..., Any]:
        def run(claim_id: UUID, body: Mapping[str, Any]) -> Any:
            view(claim_id, body)
            return claim_columns(g.session, claim_id)

        run.__name__, run.__doc__, run.__module__ = view.__name__, view.__doc__, view.__module__
        writes(
            blueprint,
            f"{ONE}/{part}",
            name=name,
            summary=summary,
            permission=permission,
            body=body,
            answer=ClaimSchema,
            status=status,
        )(run)
        return view

    return declare


def one_page(register: str, query: Mapping[str, Any]) -> dict[str, Any]:
    """Return one page of a register, with the cursor of the next one."""
    limit = query["limit"]
    found = register_page(
        g.session,
        register,
        limit=limit + 1,
        scheme=query.get("scheme", ""),
        status=query.get("status", ""),
        before=query.get("cursor"),
    )
    following = cursor_text(found[limit - 1].id) if len(found) > limit else None
    return {"items": found[:limit], "next": following}
