"""复核和投诉, 上游差异, 档案, 追回: the registers and what is done in them."""

from uuid import UUID

from flask import Blueprint, g, request
from flask.typing import ResponseReturnValue

from insurer.claims.operations.agency_findings import answer_finding, send_finding
from insurer.claims.operations.archiving import move_file
from insurer.claims.operations.reviews import decide_review, withdraw_review
from insurer.payments.operations.recoveries import record_recovery
from insurer.web.access import page
from insurer.web.desk import act_once, form_amount, form_text, form_version, needed_day, scheme, show, today
from insurer.worklists.agency_register import finding_number, load_findings
from insurer.worklists.archive_register import find_file, load_archive, load_file
from insurer.worklists.case_bar import case_id
from insurer.worklists.recovery_register import load_recoveries
from insurer.worklists.review_register import load_review, load_reviews
from insurer.worklists.views import paths
from insurer.worklists.views.elements import Trouble

blueprint = Blueprint("registers", __name__)


@page(blueprint, paths.REVIEWS, permission="reviews.register")
def reviews() -> ResponseReturnValue:
    """List reviews and complaints, what is due first on top."""
    view = load_reviews(g.session, scheme=scheme(), arguments=request.args, today=today())
    return show("worklists/plain.html", view, "reviews")


@page(blueprint, f"{paths.REVIEWS}/<uuid:review_id>", permission="reviews.register")
def review(review_id: UUID) -> ResponseReturnValue:
    """One review, with the form for who may answer it."""
    view = load_review(g.session, actor=g.actor, review_id=review_id)
    return show("claims/review.html", view, "reviews")


@page(blueprint, f"{paths.REVIEWS}/<uuid:review_id>", permission="reviews.decide", methods=["POST"])
def answer_review(review_id: UUID) -> ResponseReturnValue:
    """Answer a review: keep the decision or put the case back to work."""

    def run() -> str:
        decide_review(
            g.session,
            actor=g.actor,
            review_id=review_id,
            outcome=form_text("outcome", 20),
            reasons=form_text("reasons", 4_000),
            now=g.now,
        )
        return paths.with_query(f"{paths.REVIEWS}/{review_id}", done="answered")

    return act_once(run, lambda troubles, status: _review_again(review_id, troubles, status))


@page(
    blueprint, f"{paths.REVIEWS}/<uuid:review_id>/withdraw", permission="reviews.register", methods=["POST"]
)
def take_back_review(review_id: UUID) -> ResponseReturnValue:
    """End a review that the person took back."""

    def run() -> str:
        withdraw_review(
            g.session, actor=g.actor, review_id=review_id, reason=form_text("reason", 200), now=g.now
        )
        return paths.with_query(f"{paths.REVIEWS}/{review_id}", done="step")

    return act_once(run, lambda troubles, status: _review_again(review_id, troubles, status))


def _review_again(review_id: UUID, troubles: tuple[Trouble, ...], status: int) -> ResponseReturnValue:
    view = load_review(g.session, actor=g.actor, review_id=review_id, typed=request.form, troubles=troubles)
    return show("claims/review.html", view, "reviews", status=status)


@page(blueprint, paths.FINDINGS, permission="claims.view")
def findings() -> ResponseReturnValue:
    """List differences with earlier payers for the agency."""
    view = load_findings(g.session, actor=g.actor, scheme=scheme(), arguments=request.args, today=today())
    return show("worklists/plain.html", view, "findings")


@page(blueprint, f"{paths.FINDINGS}/<uuid:finding_id>/send", permission="claims.review", methods=["POST"])
def finding_sent(finding_id: UUID) -> ResponseReturnValue:
    """Note that the agency was told."""

    def run() -> str:
        row = send_finding(
            g.session,
            actor=g.actor,
            finding_id=finding_id,
            document=form_text("document", 120),
            sent_on=needed_day("sent_on"),
            now=g.now,
        )
        return paths.with_query(paths.FINDINGS, number=row.number, done="step")

    return act_once(run, lambda troubles, status: _findings_again(finding_id, troubles, status))


@page(blueprint, f"{paths.FINDINGS}/<uuid:finding_id>/answer", permission="claims.review", methods=["POST"])
def finding_answered(finding_id: UUID) -> ResponseReturnValue:
    """Note what the agency answered."""

    def run() -> str:
        row = answer_finding(
            g.session,
            actor=g.actor,
            finding_id=finding_id,
            outcome=form_text("outcome", 20),
            answer=form_text("answer", 1_000),
            now=g.now,
        )
        return paths.with_query(paths.FINDINGS, number=row.number, done="step")

    return act_once(run, lambda troubles, status: _findings_again(finding_id, troubles, status))


def _findings_again(finding_id: UUID, troubles: tuple[Trouble, ...], status: int) -> ResponseReturnValue:
    view = load_findings(
        g.session,
        actor=g.actor,
        scheme=scheme(),
        arguments={"number": finding_number(g.session, finding_id)},
        today=today(),
        typed=request.form,
        troubles=troubles,
    )
    return show("worklists/plain.html", view, "findings", status=status)


@page(blueprint, paths.ARCHIVE, permission="claims.view")
def archive() -> ResponseReturnValue:
    """List the archive, or find a file by its number."""
    view = load_archive(g.session, scheme=scheme(), arguments=request.args)
    return show("worklists/plain.html", view, "archive")


@page(blueprint, f"{paths.ARCHIVE}/<file_number>", permission="claims.view")
def archived(file_number: str) -> ResponseReturnValue:
    """The index of one file, to be printed."""
    view = load_file(g.session, actor=g.actor, file_number=file_number)
    return show("worklists/plain.html", view, "archive")


@page(blueprint, f"{paths.ARCHIVE}/<file_number>/move", permission="claims.archive", methods=["POST"])
def move(file_number: str) -> ResponseReturnValue:
    """Note that a file lies somewhere else now."""

    def run() -> str:
        _, claim = find_file(g.session, file_number)
        move_file(
            g.session,
            actor=g.actor,
            claim_id=claim.id,
            place=form_text("place", 100),
            reason=form_text("reason", 200),
            now=g.now,
        )
        return paths.with_query(f"{paths.ARCHIVE}/{file_number}", done="step")

    def again(troubles: tuple[Trouble, ...], status: int) -> ResponseReturnValue:
        view = load_file(
            g.session, actor=g.actor, file_number=file_number, typed=request.form, troubles=troubles
        )
        return show("worklists/plain.html", view, "archive", status=status)

    return act_once(run, again)


@page(blueprint, paths.RECOVERIES, permission="payments.view")
def recoveries() -> ResponseReturnValue:
    """List what was paid too much; one case is open to book what came back."""
    case = request.args.get("case", "")[:40]
    view = load_recoveries(g.session, actor=g.actor, scheme=scheme(), case=case)
    return show("worklists/plain.html", view, "payments")


@page(blueprint, f"{paths.RECOVERIES}/<number>", permission="payments.result", methods=["POST"])
def recovered(number: str) -> ResponseReturnValue:
    """Book money that came back."""

    def run() -> str:
        record_recovery(
            g.session,
            actor=g.actor,
            claim_id=case_id(g.session, number),
            amount_fen=form_amount("amount") or 0,
            reason=form_text("reason", 200),
            now=g.now,
            version=form_version(),
        )
        return paths.with_query(paths.RECOVERIES, done="recovered")

    def again(troubles: tuple[Trouble, ...], status: int) -> ResponseReturnValue:
        view = load_recoveries(
            g.session,
            actor=g.actor,
            scheme=scheme(),
            case=number,
            typed=request.form,
            troubles=troubles,
        )
        return show("worklists/plain.html", view, "payments", status=status)

    return act_once(run, again)
