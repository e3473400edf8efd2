"""相关事项 of a case: each form once, refused input comes back in its form."""

from collections.abc import Callable
from typing import Any, Final
from uuid import UUID

from flask import Blueprint, g, request
from flask.typing import ResponseReturnValue

from insurer.claims.operations.accidents import AccidentReport, report_accident
from insurer.claims.operations.advances import decide_advance, propose_advance
from insurer.claims.operations.agency_findings import Difference, raise_finding
from insurer.claims.operations.archiving import close_case
from insurer.claims.operations.kept_words import drop_words
from insurer.claims.operations.payees import decide_payee, name_claimant, propose_payee
from insurer.claims.operations.reviews import ReviewRequest, file_review
from insurer.claims.operations.upstream import UpstreamAnswer, ask_upstream, note_upstream
from insurer.kernel.errors import Invalid, Problem
from insurer.people.payees import TypedAccount
from insurer.web.access import page
from insurer.web.desk import (
    act_once,
    form_amount,
    form_day,
    form_id,
    form_text,
    form_version,
    needed_day,
    show,
    today,
)
from insurer.web.pages.claim_steps import with_name
from insurer.web.pages.kept_words import fields_left, left_by_reader, matter_form
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
    do = request.args.get("do", "")
    kept = left_by_reader(number, matter_form(do)) if do else None
    typed = fields_left(kept) | {key: value[:40] for key, value in request.args.items() if key != "do"}
    view = load_matters(g.session, actor=g.actor, number=number, today=today(), do=do, typed=typed)
    return show("claims/matters.html", view, "cases", kept=kept, keep=_keep(number, do))


def form(part: str, do: str, *, permission: str) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Declare a form of the section: the view does its operation on the case, the way back is the same.

    Refused, the form ``do`` stands as it was typed.
    """

    def declare(act: Callable[..., None]) -> Callable[..., None]:
        @page(blueprint, f"{ONE}/{part}", permission=permission, methods=["POST"], endpoint=act.__name__)
        def send(number: str, **ids: UUID) -> ResponseReturnValue:
            def run() -> str:
                claim_id = case_id(g.session, number)
                act(claim_id, **ids)
                drop_words(g.session, actor=g.actor, claim_id=claim_id, form=matter_form(do))
                return paths.with_query(paths.case_href(number, "matters"), done="step")

            return act_once(run, lambda troubles, status: _again(number, do, troubles, status))

        return act

    return declare


def _again(number: str, do: str, troubles: tuple[Trouble, ...], status: int) -> ResponseReturnValue:
    view = load_matters(
        g.session,
        actor=g.actor,
        number=number,
        today=today(),
        do=do,
        typed={key: value[:4_000] for key, value in request.form.items()},
        troubles=with_name(number, troubles, status),
    )
    kept = left_by_reader(number, matter_form(do))
    return show("claims/matters.html", view, "cases", status=status, kept=kept, keep=_keep(number, do))


def _keep(number: str, do: str) -> str:
    return paths.case_href(number, f"words/{matter_form(do)}") if do else ""


def _common(claim_id: UUID) -> dict[str, Any]:
    return {"actor": g.actor, "claim_id": claim_id, "now": g.now, "version": form_version()}


@form("upstream", "upstream", permission="claims.review")
def upstream(claim_id: UUID) -> None:
    """Note how an earlier payer stands, with its proof."""
    answer = UpstreamAnswer(
        form_text("payer", 40),
        form_text("status", 20),
        form_amount("amount"),
        form_text("proof", 200),
        form_id("paper") if form_text("paper", 40) else None,
    )
    note_upstream(g.session, answer=answer, **_common(claim_id))


@form("inquiries", "ask", permission="claims.review")
def inquire(claim_id: UUID) -> None:
    """Note that an earlier payer was asked."""
    ask_upstream(
        g.session,
        payer=form_text("payer", 40),
        way=form_text("way", 20),
        document=form_text("document", 120),
        asked_on=needed_day("asked_on"),
        remind_on=form_day("remind_on"),
        **_common(claim_id),
    )


@form("findings", "finding", permission="claims.review")
def finding(claim_id: UUID) -> None:
    """Record a difference for the agency that no rule has found."""
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


@form("accident", "accident", permission="claims.review")
def accident(claim_id: UUID) -> None:
    """Note how an injury came about and who must pay for it."""
    report = AccidentReport(
        cause=form_text("cause", 20),
        happened_on=needed_day("happened_on"),
        liability=form_text("liability", 20),
        statement=form_text("statement", 4_000),
        third_party_fen=form_amount("third_party") or 0,
        proof=form_text("proof", 200),
    )
    report_accident(g.session, report=report, **_common(claim_id))


@form("claimant", "claimant", permission="claims.accept")
def claimant(claim_id: UUID) -> None:
    """Note who asks for the benefit."""
    name_claimant(
        g.session,
        capacity=form_text("capacity", 20),
        name=form_text("name", 80),
        relation=form_text("relation", 80),
        **_common(claim_id),
    )


@form("payees", "payee", permission="payees.propose")
def payee(claim_id: UUID) -> None:
    """Propose another account for the case's payment."""
    account = TypedAccount(form_text("holder", 80), form_text("bank", 80), form_text("number", 60))
    propose_payee(
        g.session,
        account=account,
        capacity=form_text("capacity", 20),
        relation=form_text("relation", 80),
        reason=form_text("reason", 200),
        **_common(claim_id),
    )


@form("payees/<uuid:change_id>", "payee-decision", permission="payees.approve")
def payee_decision(_claim_id: UUID, change_id: UUID) -> None:
    """Agree to another account, or refuse it."""
    decide_payee(
        g.session,
        actor=g.actor,
        change_id=change_id,
        agree=_agrees(),
        opinion=form_text("opinion"),
        now=g.now,
    )


@form("advances", "advance", permission="claims.propose")
def advance(claim_id: UUID) -> None:
    """Propose to pay ahead what is certain."""
    propose_advance(
        g.session,
        amount_fen=form_amount("amount") or 0,
        reason=form_text("reason"),
        open_points=form_text("open_points"),
        **_common(claim_id),
    )


@form("advances/<uuid:advance_id>", "advance-decision", permission="claims.approve")
def advance_decision(_claim_id: UUID, advance_id: UUID) -> None:
    """Agree to an advance, or refuse it."""
    decide_advance(
        g.session,
        actor=g.actor,
        advance_id=advance_id,
        agree=_agrees(),
        opinion=form_text("opinion"),
        now=g.now,
    )


@form("reviews", "review", permission="reviews.register")
def review(claim_id: UUID) -> None:
    """Take in a request for review or a complaint."""
    asked = ReviewRequest(
        form_text("kind", 20),
        form_text("channel", 20),
        form_text("relation", 20),
        form_text("statement", 4_001),
        needed_day("filed_on"),
    )
    file_review(g.session, actor=g.actor, claim_id=claim_id, request=asked, now=g.now)


@form("close", "close", permission="claims.archive")
def close(claim_id: UUID) -> None:
    """Close a finished case into the archive."""
    letters = letters_of_case(g.session, claim_id)
    close_case(g.session, place=form_text("place", 100), letters=letters, **_common(claim_id))


def _agrees() -> bool:
    asked = form_text("decision", 10)
    if asked not in ("agree", "refuse"):
        raise Invalid("请选结论", (Problem("decision", "没有选结论，请选同意或不同意"),))
    return asked == "agree"
