"""What runs beside a case over the interface: earlier payers, accidents, payees, advances, reviews."""

import uuid
from collections.abc import Mapping
from typing import Any

from flask import Blueprint, g

from insurer.claims.operations.accidents import AccidentReport, report_accident
from insurer.claims.operations.advances import decide_advance, propose_advance
from insurer.claims.operations.agency_findings import (
    Difference,
    answer_finding,
    raise_finding,
    send_finding,
)
from insurer.claims.operations.archiving import close_case
from insurer.claims.operations.payees import decide_payee, name_claimant, propose_payee
from insurer.claims.operations.reviews import ReviewRequest, decide_review, file_review
from insurer.claims.operations.upstream import UpstreamAnswer, ask_upstream, note_upstream
from insurer.people.payees import TypedAccount
from insurer.web.api import step_schemas as shapes
from insurer.web.api.case_steps import ONE, case_step, one_page
from insurer.web.api.routes import common, reads, writes
from insurer.worklists.claim_records import finding_record, standings_of
from insurer.worklists.letters import letters_of_case

blueprint = Blueprint("matters_api", __name__, url_prefix="/api/v1")

Body = Mapping[str, Any]


@reads(
    blueprint,
    f"{ONE}/upstream",
    name="showUpstream",
    summary="Show how every earlier payer stands, with its proof",
    permission="claims.view",
    answer=shapes.StandingsSchema,
)
def upstream(claim_id: uuid.UUID) -> Any:
    """Show the earlier payers."""
    return {"payers": standings_of(g.session, claim_id)}


@case_step(
    blueprint,
    "upstream",
    name="noteUpstream",
    summary="Note how an earlier payer stands; a result that changes a decided case reopens it",
    permission="claims.review",
    body=shapes.UpstreamAnswerSchema,
)
def note(claim_id: uuid.UUID, body: Body) -> None:
    """Note one payer's answer."""
    answer = UpstreamAnswer(body["payer"], body["status"], body.get("paid"), body["proof"], body["paper_id"])
    note_upstream(g.session, claim_id=claim_id, answer=answer, **common(body))


@case_step(
    blueprint,
    "upstream-inquiries",
    name="askUpstream",
    summary="Note that an earlier payer was asked; the case waits for its result",
    permission="claims.review",
    body=shapes.InquirySchema,
    status=201,
)
def ask(claim_id: uuid.UUID, body: Body) -> None:
    """Note one inquiry."""
    names = ("payer", "way", "document", "asked_on", "remind_on")
    more = {name: body[name] for name in names}
    ask_upstream(g.session, claim_id=claim_id, **more, **common(body))


@case_step(
    blueprint,
    "accident",
    name="reportAccident",
    summary="Note how an injury came about; open liability holds the case",
    permission="claims.review",
    body=shapes.AccidentSchema,
)
def accident(claim_id: uuid.UUID, body: Body) -> None:
    """Report an accident."""
    report = AccidentReport(
        cause=body["cause"],
        happened_on=body["happened_on"],
        liability=body["liability"],
        statement=body["statement"],
        third_party_fen=body.get("third_party") or 0,
        proof=body["proof"],
    )
    report_accident(g.session, claim_id=claim_id, report=report, **common(body))


@case_step(
    blueprint,
    "claimant",
    name="nameClaimant",
    summary="Note who asks for the benefit: the insured, a guardian, a proxy, an heir",
    permission="claims.accept",
    body=shapes.ClaimantSchema,
)
def claimant(claim_id: uuid.UUID, body: Body) -> None:
    """Name the claimant."""
    more = {name: body[name] for name in ("capacity", "name", "relation")}
    name_claimant(g.session, claim_id=claim_id, **more, **common(body))


@writes(
    blueprint,
    f"{ONE}/payee-changes",
    name="proposePayee",
    summary="Propose another account for a case; a second person agrees to it",
    permission="payees.propose",
    body=shapes.PayeeSchema,
    answer=shapes.ProposedSchema,
    status=201,
)
def payee(claim_id: uuid.UUID, body: Body) -> Any:
    """Propose an account."""
    account = TypedAccount(body["holder"], body["bank"], body["number"])
    more = {name: body[name] for name in ("capacity", "relation", "reason")}
    return propose_payee(g.session, claim_id=claim_id, account=account, **more, **common(body))


@writes(
    blueprint,
    "/payee-changes/<uuid:change_id>/decisions",
    name="decidePayee",
    summary="Agree to another account or refuse it; never by who proposed it",
    permission="payees.approve",
    body=shapes.SecondPersonSchema,
    answer=shapes.ProposedSchema,
)
def payee_decision(change_id: uuid.UUID, body: Body) -> Any:
    """Decide on an account."""
    more = {"agree": body["agree"], "opinion": body["opinion"]}
    return decide_payee(g.session, actor=g.actor, change_id=change_id, now=g.now, **more)


@writes(
    blueprint,
    f"{ONE}/advances",
    name="proposeAdvance",
    summary="Propose to pay ahead what is certain already",
    permission="claims.propose",
    body=shapes.AdvanceSchema,
    answer=shapes.ProposedSchema,
    status=201,
)
def advance(claim_id: uuid.UUID, body: Body) -> Any:
    """Propose an advance."""
    return propose_advance(
        g.session,
        claim_id=claim_id,
        amount_fen=body["amount"],
        reason=body["reason"],
        open_points=body["open_points"],
        **common(body),
    )


@writes(
    blueprint,
    "/advances/<uuid:advance_id>/decisions",
    name="decideAdvance",
    summary="Agree to an advance or refuse it; never by who proposed it",
    permission="claims.approve",
    body=shapes.SecondPersonSchema,
    answer=shapes.ProposedSchema,
)
def advance_decision(advance_id: uuid.UUID, body: Body) -> Any:
    """Decide on an advance."""
    more = {"agree": body["agree"], "opinion": body["opinion"]}
    return decide_advance(g.session, actor=g.actor, advance_id=advance_id, now=g.now, **more)


@reads(
    blueprint,
    "/reviews",
    name="listReviews",
    summary="List reviews and complaints, the newest first",
    permission="reviews.register",
    query=shapes.RegisterQuerySchema,
    answer=shapes.ReviewsSchema,
)
def reviews(query: Body) -> Any:
    """List reviews."""
    return one_page("reviews", query)


@writes(
    blueprint,
    f"{ONE}/reviews",
    name="fileReview",
    summary="Take in a request for review or a complaint against a decision",
    permission="reviews.register",
    body=shapes.ReviewRequestSchema,
    answer=shapes.ReviewSchema,
    status=201,
)
def review(claim_id: uuid.UUID, body: Body) -> Any:
    """File a review."""
    return file_review(g.session, actor=g.actor, claim_id=claim_id, request=ReviewRequest(**body), now=g.now)


@writes(
    blueprint,
    "/reviews/<uuid:review_id>/answers",
    name="answerReview",
    summary="Answer a review: keep the decision or put the case back to work; never by who decided before",
    permission="reviews.decide",
    body=shapes.ReviewAnswerSchema,
    answer=shapes.ReviewSchema,
)
def review_answer(review_id: uuid.UUID, body: Body) -> Any:
    """Answer a review."""
    return decide_review(g.session, actor=g.actor, review_id=review_id, now=g.now, **body)


@reads(
    blueprint,
    "/agency-findings",
    name="listAgencyFindings",
    summary="List differences with earlier payers, the newest first",
    permission="claims.view",
    query=shapes.RegisterQuerySchema,
    answer=shapes.AgencyFindingsSchema,
)
def findings(query: Body) -> Any:
    """List differences."""
    return one_page("findings", query)


@writes(
    blueprint,
    f"{ONE}/agency-findings",
    name="raiseAgencyFinding",
    summary="Record a difference with what an earlier payer paid",
    permission="claims.review",
    body=shapes.AgencyFindingBodySchema,
    answer=shapes.AgencyFindingSchema,
    status=201,
)
def finding(claim_id: uuid.UUID, body: Body) -> Any:
    """Raise a finding."""
    difference = Difference(
        setl_id="",
        code=f"by_hand_{g.request_id[:8]}",
        payer=body["payer"],
        message=body["message"],
        clause=body["clause"],
        expected_fen=body.get("expected"),
        stated_fen=body.get("stated"),
    )
    made = raise_finding(g.session, actor=g.actor, claim_id=claim_id, difference=difference, now=g.now)
    return finding_record(g.session, made)


@writes(
    blueprint,
    "/agency-findings/<uuid:finding_id>/sent",
    name="sendAgencyFinding",
    summary="Note by which document and on which day the agency was told",
    permission="claims.review",
    body=shapes.FindingSentSchema,
    answer=shapes.AgencyFindingSchema,
)
def finding_sent(finding_id: uuid.UUID, body: Body) -> Any:
    """Note the sending."""
    return send_finding(g.session, actor=g.actor, finding_id=finding_id, now=g.now, **body)


@writes(
    blueprint,
    "/agency-findings/<uuid:finding_id>/answers",
    name="answerAgencyFinding",
    summary="Note what the agency answered; a correction comes as a settlement of its own",
    permission="claims.review",
    body=shapes.FindingAnswerSchema,
    answer=shapes.AgencyFindingSchema,
)
def finding_answer(finding_id: uuid.UUID, body: Body) -> Any:
    """Note the answer."""
    return answer_finding(g.session, actor=g.actor, finding_id=finding_id, now=g.now, **body)


@writes(
    blueprint,
    f"{ONE}/archive",
    name="closeClaim",
    summary="Close a finished case into the archive: file number, index, place, retention",
    permission="claims.archive",
    body=shapes.CloseSchema,
    answer=shapes.FileSchema,
    status=201,
)
def close(claim_id: uuid.UUID, body: Body) -> Any:
    """Close a case."""
    letters = letters_of_case(g.session, claim_id)
    return close_case(g.session, claim_id=claim_id, place=body["place"], letters=letters, **common(body))
