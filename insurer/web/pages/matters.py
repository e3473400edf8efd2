"""相关事项 of a case: each form once, refused input comes back in its form."""

from collections.abc import Callable
from datetime import date
from typing import Any, Final
from uuid import UUID

from flask import Blueprint, g, request
from flask.typing import ResponseReturnValue

from insurer.claims.operations.accidents import AccidentReport, report_accident
from insurer.claims.operations.advances import decide_advance, propose_advance
from insurer.claims.operations.agency_findings import Difference, raise_finding
from insurer.claims.operations.archiving import close_case
from insurer.claims.operations.payees import decide_payee, name_claimant, propose_payee
from insurer.claims.operations.reviews import ReviewRequest, file_review
from insurer.claims.operations.upstream import UpstreamAnswer, ask_upstream, note_upstream
from insurer.kernel.errors import Invalid, Problem
from insurer.people.payees import TypedAccount
from insurer.web.access import page
from insurer.web.desk import act_once, form_amount, form_day, form_id, form_text, form_version, show, today
from insurer.web.pages.claim_steps import with_name
from insurer.worklists.case_bar import case_id
from insurer.worklists.letters import letters_of_case
from insurer.worklists.matters import load_matters
from insurer.worklists.views import paths
from insurer.worklists.views.elements import Trouble

blueprint = Blueprint("matters", __name__)

ONE: Final = f"{paths.CASES}/<number>/matters"


@page(blueprint, ONE, permission="claims.view")
def matters(number: str) -> ResponseReturnValue:
    """Show what runs beside the main line of a case; one form is open."""
    typed = {key: value[:40] for key, value in request.args.items() if key != "do"}
    do = request.args.get("do", "")
    view = load_matters(g.session, actor=g.actor, number=number, today=today(), do=do, typed=typed)
    return show("claims/matters.html", view, "cases")


def _act(number: str, do: str, act: Callable[[UUID], Any]) -> ResponseReturnValue:
    """Run one form's operation and go back to the section; refused, the form stands as it was typed."""

    def run() -> str:
        act(case_id(g.session, number))
        return paths.with_query(paths.case_href(number, "matters"), done="step")

    def again(troubles: tuple[Trouble, ...], status: int) -> ResponseReturnValue:
        typed = {key: value[:4_000] for key, value in request.form.items()}
        view = load_matters(
            g.session,
            actor=g.actor,
            number=number,
            today=today(),
            do=do,
            typed=typed,
            troubles=with_name(number, troubles, status),
        )
        return show("claims/matters.html", view, "cases", status=status)

    return act_once(run, again)


def _common(claim_id: UUID) -> dict[str, Any]:
    return {"actor": g.actor, "claim_id": claim_id, "now": g.now, "version": form_version()}


def _day(name: str) -> date:
    found = form_day(name)
    if found is None:
        raise Invalid("请写日期", (Problem(name, "没有写日期，请写成 2026-03-20 这样"),))
    return found


@page(blueprint, f"{ONE}/upstream", permission="claims.review", methods=["POST"])
def upstream(number: str) -> ResponseReturnValue:
    """Note how an earlier payer stands, with its proof."""

    def act(claim_id: UUID) -> None:
        answer = UpstreamAnswer(
            form_text("payer", 40),
            form_text("status", 20),
            form_amount("amount"),
            form_text("proof", 200),
            form_id("paper") if form_text("paper", 40) else None,
        )
        note_upstream(g.session, answer=answer, **_common(claim_id))

    return _act(number, "upstream", act)


@page(blueprint, f"{ONE}/inquiries", permission="claims.review", methods=["POST"])
def inquire(number: str) -> ResponseReturnValue:
    """Note that an earlier payer was asked."""

    def act(claim_id: UUID) -> None:
        ask_upstream(
            g.session,
            payer=form_text("payer", 40),
            way=form_text("way", 20),
            document=form_text("document", 120),
            asked_on=_day("asked_on"),
            remind_on=form_day("remind_on"),
            **_common(claim_id),
        )

    return _act(number, "ask", act)


@page(blueprint, f"{ONE}/findings", permission="claims.review", methods=["POST"])
def finding(number: str) -> ResponseReturnValue:
    """Record a difference for the agency that no rule has found."""

    def act(claim_id: UUID) -> None:
        difference = Difference(
            setl_id="",
            code=f"by_hand_{g.request_id[:8]}",
            payer=form_text("payer", 40),
            message=form_text("message"),
            clause=form_text("clause", 80),
            expected_fen=form_amount("expected"),
            stated_fen=form_amount("stated"),
        )
        raise_finding(g.session, actor=g.actor, claim_id=claim_id, difference=difference, now=g.now)

    return _act(number, "finding", act)


@page(blueprint, f"{ONE}/accident", permission="claims.review", methods=["POST"])
def accident(number: str) -> ResponseReturnValue:
    """Note how an injury came about and who must pay for it."""

    def act(claim_id: UUID) -> None:
        report = AccidentReport(
            cause=form_text("cause", 20),
            happened_on=_day("happened_on"),
            liability=form_text("liability", 20),
            statement=form_text("statement", 4_000),
            third_party_fen=form_amount("third_party") or 0,
            proof=form_text("proof", 200),
        )
        report_accident(g.session, report=report, **_common(claim_id))

    return _act(number, "accident", act)


@page(blueprint, f"{ONE}/claimant", permission="claims.accept", methods=["POST"])
def claimant(number: str) -> ResponseReturnValue:
    """Note who asks for the benefit."""

    def act(claim_id: UUID) -> None:
        name_claimant(
            g.session,
            capacity=form_text("capacity", 20),
            name=form_text("name", 80),
            relation=form_text("relation", 80),
            **_common(claim_id),
        )

    return _act(number, "claimant", act)


@page(blueprint, f"{ONE}/payees", permission="payees.propose", methods=["POST"])
def payee(number: str) -> ResponseReturnValue:
    """Propose another account for the case's payment."""

    def act(claim_id: UUID) -> None:
        account = TypedAccount(form_text("holder", 80), form_text("bank", 80), form_text("number", 60))
        propose_payee(
            g.session,
            account=account,
            capacity=form_text("capacity", 20),
            relation=form_text("relation", 80),
            reason=form_text("reason", 200),
            **_common(claim_id),
        )

    return _act(number, "payee", act)


@page(blueprint, f"{ONE}/payees/<uuid:change_id>", permission="payees.approve", methods=["POST"])
def payee_decision(number: str, change_id: UUID) -> ResponseReturnValue:
    """Agree to another account, or refuse it."""

    def act(_claim_id: UUID) -> None:
        decide_payee(
            g.session,
            actor=g.actor,
            change_id=change_id,
            agree=_agrees(),
            opinion=form_text("opinion"),
            now=g.now,
        )

    return _act(number, "payee-decision", act)


@page(blueprint, f"{ONE}/advances", permission="claims.propose", methods=["POST"])
def advance(number: str) -> ResponseReturnValue:
    """Propose to pay ahead what is certain."""

    def act(claim_id: UUID) -> None:
        propose_advance(
            g.session,
            amount_fen=form_amount("amount") or 0,
            reason=form_text("reason"),
            open_points=form_text("open_points"),
            **_common(claim_id),
        )

    return _act(number, "advance", act)


@page(blueprint, f"{ONE}/advances/<uuid:advance_id>", permission="claims.approve", methods=["POST"])
def advance_decision(number: str, advance_id: UUID) -> ResponseReturnValue:
    """Agree to an advance, or refuse it."""

    def act(_claim_id: UUID) -> None:
        decide_advance(
            g.session,
            actor=g.actor,
            advance_id=advance_id,
            agree=_agrees(),
            opinion=form_text("opinion"),
            now=g.now,
        )

    return _act(number, "advance-decision", act)


@page(blueprint, f"{ONE}/reviews", permission="reviews.register", methods=["POST"])
def review(number: str) -> ResponseReturnValue:
    """Take in a request for review or a complaint."""

    def act(claim_id: UUID) -> None:
        asked = ReviewRequest(
            form_text("kind", 20),
            form_text("channel", 20),
            form_text("relation", 20),
            form_text("statement", 4_001),
            _day("filed_on"),
        )
        file_review(g.session, actor=g.actor, claim_id=claim_id, request=asked, now=g.now)

    return _act(number, "review", act)


@page(blueprint, f"{ONE}/close", permission="claims.archive", methods=["POST"])
def close(number: str) -> ResponseReturnValue:
    """Close a finished case into the archive."""

    def act(claim_id: UUID) -> None:
        letters = letters_of_case(g.session, claim_id)
        close_case(g.session, place=form_text("place", 100), letters=letters, **_common(claim_id))

    return _act(number, "close", act)


def _agrees() -> bool:
    asked = form_text("decision", 10)
    if asked not in ("agree", "refuse"):
        raise Invalid("请选结论", (Problem("decision", "没有选结论，请选同意或不同意"),))
    return asked == "agree"
