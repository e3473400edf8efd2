"""``/api/v1/claims``: settlement records in, cases out."""

import uuid
from typing import Any

from flask import Blueprint, g, request, url_for
from flask.typing import ResponseReturnValue

from insurer.claims.operations.intake import register_settlements
from insurer.claims.reading import read_settlements
from insurer.kernel.errors import Invalid, TooLarge
from insurer.platform.jobs import CALCULATE_CLAIMS
from insurer.platform.outbox import Work, note_work
from insurer.web.access import api
from insurer.web.api.requests import as_json, once_per_key, read_query
from insurer.web.api.schemas import (
    ClaimDetailSchema,
    ClaimPageSchema,
    ClaimQuerySchema,
    SchemeQuerySchema,
    cursor_text,
)
from insurer.worklists.claim_records import claim_record, claims_before

blueprint = Blueprint("claims_api", __name__, url_prefix="/api/v1")

MOST_RECORDS = 500


@api(blueprint, "/claims", permission="claims.register", methods=["POST"], endpoint="register")
def register_claims() -> ResponseReturnValue:
    """Make cases of a list of settlement records; they are calculated in the background.

    A record that is known changes nothing; all problems of all records are named and nothing is written.
    """
    scheme = read_query(SchemeQuerySchema())["scheme"]
    content = request.get_data()
    if content.lstrip()[:1] not in (b"[", b"{"):
        raise Invalid("请求内容不是 JSON，请核对")
    records = read_settlements(content, "请求内容")
    if len(records) > MOST_RECORDS:
        raise TooLarge(f"一次最多 {MOST_RECORDS} 条结算记录，请分几次")

    def act() -> Any:
        done = register_settlements(
            g.session, actor=g.actor, scheme=scheme, records=records, channel="api", now=g.now
        )
        touched = [str(claim_id) for claim_id in done.touched]
        if touched:
            work = Work(CALCULATE_CLAIMS, {"claim_ids": touched}, f"calculate:{touched[0]}:{g.request_id}")
            note_work(g.session, [work], now=g.now)
        return {
            "new": [{"id": str(one), "case_no": done.case_numbers[one]} for one in done.new],
            "changed": [str(one) for one in done.changed],
            "reversed": [str(one) for one in done.reversed],
            "unchanged": [str(one) for one in done.unchanged],
        }

    return once_per_key(act, status=201)


@api(blueprint, "/claims", permission="claims.view", endpoint="list")
def list_claims() -> ResponseReturnValue:
    """List cases, the newest first; ``next`` is the cursor of the following page, null on the last."""
    query = read_query(ClaimQuerySchema())
    limit = query["limit"]
    found = claims_before(
        g.session,
        limit=limit + 1,
        scheme=query.get("scheme", ""),
        state=query.get("state", ""),
        before=query.get("cursor"),
    )
    more = len(found) > limit
    following = cursor_text(found[limit - 1].id) if more else None
    response = as_json(ClaimPageSchema().dump({"items": found[:limit], "next": following}))
    if following:
        kept: dict[str, Any] = {key: value for key, value in request.args.items() if key != "cursor"}
        address = url_for("claims_api.list", **kept, cursor=following)
        response.headers["Link"] = f'<{address}>; rel="next"'
    return response


@api(blueprint, "/claims/<uuid:claim_id>", permission="claims.view", endpoint="show")
def show_claim(claim_id: uuid.UUID) -> ResponseReturnValue:
    """Show one case with its settlements, lines and newest calculation."""
    return as_json(ClaimDetailSchema().dump(claim_record(g.session, claim_id)))
