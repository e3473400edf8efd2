"""The steps of a case over the interface: papers, holds, findings, proposing and deciding."""

import base64
import binascii
import uuid
from collections.abc import Mapping
from typing import Any

from flask import Blueprint, g

from insurer.claims.lifecycle import Action
from insurer.claims.operations import deciding
from insurer.claims.operations.approvers import substitute
from insurer.claims.operations.calculation import calculate_claims
from insurer.claims.operations.findings import set_finding
from insurer.claims.operations.moves import act
from insurer.claims.operations.papers import (
    add_papers,
    check_papers,
    papers_arrived,
    request_papers,
)
from insurer.claims.paper_files.admitting import PaperFile
from insurer.kernel.errors import Conflict, Invalid, Problem
from insurer.web.api import step_schemas as shapes
from insurer.web.api.case_steps import ONE, case_step
from insurer.web.api.routes import common, reads, writes
from insurer.web.units import runtime
from insurer.worklists.claim_records import case_events, claim_columns, line_of

blueprint = Blueprint("steps_api", __name__, url_prefix="/api/v1")

Body = Mapping[str, Any]


@case_step(
    blueprint,
    "accept",
    name="acceptClaim",
    summary="Check the papers of a received case: accept it, or ask once for what is missing",
    permission="claims.accept",
    body=shapes.EmptySchema,
)
def accept(claim_id: uuid.UUID, body: Body) -> None:
    """Accept one received case."""
    before = claim_columns(g.session, claim_id)
    if before["state"] != "received":
        raise Conflict("案件已经受理过，不用再办")
    check_papers(g.session, actor=g.actor, claim_ids=[claim_id], now=g.now)
    calculate_claims(g.session, actor=g.actor, claim_ids=[claim_id], now=g.now)


@case_step(
    blueprint,
    "steps",
    name="stepClaim",
    summary="Take a plain step: hold, release, wait_upstream, upstream_answered, withdraw, calculate",
    permission="claims.review",
    body=shapes.StepSchema,
)
def step(claim_id: uuid.UUID, body: Body) -> None:
    """Take one plain step of the table."""
    if body["action"] == "calculate":
        claim_columns(g.session, claim_id)  # an unknown case is refused by name
        calculate_claims(g.session, actor=g.actor, claim_ids=[claim_id], now=g.now)
        return
    if not body["reason"].strip():
        raise Invalid("这一步要写明原因", (Problem("reason", "没有写原因，请写一句"),))
    action = Action(body["action"])
    act(g.session, claim_id=claim_id, action=action, reason=body["reason"], **common(body))


@writes(
    blueprint,
    f"{ONE}/papers",
    name="addPapers",
    summary="Store files as papers of a case; a file that cannot be taken is named and none is stored",
    permission="claims.accept",
    body=shapes.PapersSchema,
    answer=shapes.PapersTakenSchema,
    status=201,
)
def papers(claim_id: uuid.UUID, body: Body) -> Any:
    """Take files in."""
    files = [
        PaperFile(one["kind"], one["filename"], _bytes(one["content"], one["filename"]), one["pages"])
        for one in body["files"]
    ]
    taken = add_papers(
        g.session, actor=g.actor, storage=runtime().storage, claim_id=claim_id, files=files, now=g.now
    )
    return {"papers": taken}


def _bytes(text: str, name: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError) as error:
        message = "文件内容不是 base64，请核对"
        raise Invalid(message, (Problem("content", message, name),)) from error


@writes(
    blueprint,
    f"{ONE}/paper-requests",
    name="requestPapers",
    summary="Ask once for every paper that is missing; a further request says why",
    permission="claims.accept",
    body=shapes.AskSchema,
    answer=shapes.RequestedSchema,
    status=201,
)
def ask(claim_id: uuid.UUID, body: Body) -> Any:
    """Ask for papers."""
    made = request_papers(
        g.session,
        claim_id=claim_id,
        kinds=body["kinds"],
        reason=body["reason"],
        new_fact=body["new_fact"],
        **common(body),
    )
    return {"request_id": made}


@case_step(
    blueprint,
    "papers-arrived",
    name="papersArrived",
    summary="Take a case back to review once its papers are complete; the stopped days move its dates",
    permission="claims.accept",
    body=shapes.EmptySchema,
)
def arrived(claim_id: uuid.UUID, body: Body) -> None:
    """Go on after the supplement."""
    papers_arrived(g.session, claim_id=claim_id, **common(body))
    calculate_claims(g.session, actor=g.actor, claim_ids=[claim_id], now=g.now)


@case_step(
    blueprint,
    "line-findings",
    name="findLine",
    summary="Record a person's finding on a fee line, with its reason, and calculate again",
    permission="claims.review",
    body=shapes.LineFindingSchema,
)
def find_line(claim_id: uuid.UUID, body: Body) -> None:
    """Judge one fee line."""
    set_finding(
        g.session,
        claim_id=claim_id,
        line_id=line_of(g.session, claim_id, body["feedetl_sn"]),
        finding=None if body["finding"] == "automatic" else body["finding"],
        reason=body["reason"],
        **common(body),
    )


@case_step(
    blueprint,
    "proposals",
    name="proposeClaim",
    summary="Put a case before a second person, a named one if wanted",
    permission="claims.propose",
    body=shapes.ProposeSchema,
)
def propose(claim_id: uuid.UUID, body: Body) -> None:
    """Propose the newest calculation."""
    more = {"opinion": body["opinion"], "approver_id": body["approver_id"]}
    deciding.propose(g.session, claim_id=claim_id, **more, **common(body))


@case_step(
    blueprint,
    "decisions",
    name="decideClaim",
    summary="Agree to a proposed case, send it back, or recall a decision; never by who made the case",
    permission="claims.approve",
    body=shapes.DecideSchema,
)
def decide(claim_id: uuid.UUID, body: Body) -> None:
    """Say what the second person says."""
    operation = {
        "approve": deciding.approve,
        "send_back": deciding.send_back,
        "recall": deciding.recall,
    }[body["decision"]]
    operation(g.session, claim_id=claim_id, opinion=body["opinion"], **common(body))  # type: ignore[operator]


@case_step(
    blueprint,
    "approver",
    name="substituteApprover",
    summary="Let another person decide a proposed case; the reason goes on the time line",
    permission="claims.substitute",
    body=shapes.ApproverSchema,
)
def approver(claim_id: uuid.UUID, body: Body) -> None:
    """Name another approver."""
    more = {"approver_id": body["approver_id"], "reason": body["reason"]}
    substitute(g.session, claim_id=claim_id, **more, **common(body))


@reads(
    blueprint,
    f"{ONE}/timeline",
    name="showTimeline",
    summary="Show everything that happened to a case, the newest first",
    permission="claims.view",
    answer=shapes.TimelineSchema,
)
def timeline(claim_id: uuid.UUID) -> Any:
    """Show the time line."""
    return {"events": case_events(g.session, claim_id)}
