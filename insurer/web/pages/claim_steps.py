"""What is done with a case from its pages: each form once, refused input comes back with words."""

from dataclasses import replace
from typing import Final
from uuid import UUID

from flask import g, request
from flask.typing import ResponseReturnValue

from insurer.claims.lifecycle import Action, State
from insurer.claims.operations import deciding
from insurer.claims.operations.approvers import substitute
from insurer.claims.operations.calculation import calculate_claims
from insurer.claims.operations.findings import set_finding
from insurer.claims.operations.kept_words import drop_words
from insurer.claims.operations.list_changes import report_line
from insurer.claims.operations.moves import act
from insurer.claims.operations.papers import (
    check_papers,
    papers_arrived,
    request_papers,
)
from insurer.kernel.errors import Invalid, Problem
from insurer.web.access import page
from insurer.web.desk import act_once, form_id, form_text, form_version, show, today
from insurer.web.forms import once_per_form
from insurer.web.pages.claims import ONE, blueprint
from insurer.web.pages.kept_words import DECISION, finding_form, left_by_reader
from insurer.worklists.calculation import load_calculation
from insurer.worklists.case_bar import case_id, case_state, last_change
from insurer.worklists.decision import load_decision
from insurer.worklists.documents import load_asking
from insurer.worklists.overview import load_overview
from insurer.worklists.views import paths
from insurer.worklists.views.elements import Trouble

_DECIDED: Final = {
    State.APPROVED: "approved",
    State.PARTLY_APPROVED: "approved",
    State.TO_NOTIFY: "refused",
}
_REASONED: Final = frozenset({Action.HOLD, Action.RELEASE, Action.WAIT_UPSTREAM, Action.WITHDRAW})


def _done(number: str, part: str, word: str) -> str:
    return paths.with_query(paths.case_href(number, part), done=word)


def with_name(number: str, troubles: tuple[Trouble, ...], status: int) -> tuple[Trouble, ...]:
    """Say who was faster and when, where that is why a form came back."""
    who = last_change(g.session, number) if status == 409 else ""
    if not who:
        return troubles
    named = f"{who} 改过"
    return tuple(replace(one, message=one.message.replace("刚刚有人改过", named, 1)) for one in troubles)


@page(blueprint, f"{ONE}/step", permission="claims.view", methods=["POST"])
def step(number: str) -> ResponseReturnValue:
    """Take one plain step; the operation itself asks for the permission."""

    def run() -> str:
        claim_id, asked = case_id(g.session, number), form_text("action", 40)
        common = {"actor": g.actor, "claim_id": claim_id, "now": g.now, "version": form_version()}
        if asked == "calculate":
            calculate_claims(g.session, actor=g.actor, claim_ids=[claim_id], now=g.now)
            return _done(number, "", "calculated")
        if asked == "papers_arrived":
            papers_arrived(g.session, **common)
            calculate_claims(g.session, actor=g.actor, claim_ids=[claim_id], now=g.now)
            return _done(number, "", "accepted")
        if asked == Action.ACCEPT.value:
            check_papers(g.session, actor=g.actor, claim_ids=[claim_id], now=g.now)
            calculate_claims(g.session, actor=g.actor, claim_ids=[claim_id], now=g.now)
            return _done(number, "", "accepted")
        if asked not in set(Action):
            raise Invalid("没有这一步，请刷新后再试")
        reason = form_text("reason")
        if Action(asked) in _REASONED and not reason:
            raise Invalid("这一步要写明原因", (Problem("reason", "没有写原因，请退回上一页写一句"),))
        act(g.session, action=Action(asked), reason=reason, **common)
        return _done(number, "", "step")

    def again(troubles: tuple[Trouble, ...], status: int) -> ResponseReturnValue:
        view = load_overview(
            g.session,
            actor=g.actor,
            number=number,
            today=today(),
            reason=form_text("reason"),
            troubles=with_name(number, troubles, status),
        )
        return show("claims/overview.html", view, "cases", status=status)

    return act_once(run, again)


@page(blueprint, f"{ONE}/findings", permission="claims.review", methods=["POST"])
def finding(number: str) -> ResponseReturnValue:
    """Record a person's judgement of one fee line and calculate again; perhaps tell the officers."""
    reason = "；".join(filter(None, (form_text("usual", 100), form_text("reason"))))

    def run() -> str:
        asked = form_text("finding", 40)
        if not asked:
            raise Invalid("请选择怎么判", (Problem("finding", "没有选怎么判，请退回上一页选一种"),))
        set_finding(
            g.session,
            actor=g.actor,
            claim_id=case_id(g.session, number),
            line_id=form_id("line_id"),
            finding=None if asked == "automatic" else asked,
            reason=reason,
            now=g.now,
            version=form_version(),
            report=bool(form_text("report", 1)),
        )
        line = form_text("line", 8)
        drop_words(g.session, actor=g.actor, claim_id=case_id(g.session, number), form=finding_form(line))
        return _done(number, "calculation", "found") + (f"#line-{line}" if line.isdecimal() else "")

    def again(troubles: tuple[Trouble, ...], status: int) -> ResponseReturnValue:
        view = load_calculation(
            g.session,
            actor=g.actor,
            number=number,
            today=today(),
            line=form_text("line", 8),
            finding=form_text("finding", 40),
        )
        named = with_name(number, troubles, status)
        return show("claims/calculation.html", view, "cases", status=status, troubles=named, typed=reason)

    return act_once(run, again)


@page(blueprint, f"{ONE}/report", permission="lists.report", methods=["POST"], limit="60/minute")
def report(number: str) -> ResponseReturnValue:
    """Tell the officers in one click that the answer on a fee line is wrong."""

    def run() -> str:
        made = report_line(
            g.session,
            actor=g.actor,
            claim_id=case_id(g.session, number),
            line_id=form_id("line_id"),
            remark=form_text("remark", 300),
            now=g.now,
        )
        line = form_text("line", 8)
        back = _done(number, "calculation", "reported" if made else "reported_before")
        return back + (f"#line-{line}" if line.isdigit() else "")

    return once_per_form(run)


@page(blueprint, f"{ONE}/decision", permission="claims.view")
def decision(number: str) -> ResponseReturnValue:
    """决定: the page of the second person; nothing is chosen beforehand."""
    kept = left_by_reader(number, DECISION)
    words = kept.text if kept else ""
    view = load_decision(g.session, actor=g.actor, number=number, today=today(), opinion=words)
    return show("claims/decision.html", view, "cases", kept=kept)


@page(blueprint, f"{ONE}/decision", permission="claims.view", methods=["POST"])
def decide(number: str) -> ResponseReturnValue:
    """Propose, agree, send back or recall; four eyes are checked by the operation."""
    chosen, opinion = form_text("decision", 20), form_text("opinion")

    def run() -> str:
        claim_id = case_id(g.session, number)
        drop_words(g.session, actor=g.actor, claim_id=claim_id, form=DECISION)
        common = {
            "actor": g.actor,
            "claim_id": claim_id,
            "now": g.now,
            "opinion": opinion,
            "version": form_version(),
        }
        match chosen:
            case "propose":
                deciding.propose(g.session, **common, approver_id=_approver())
                return _done(number, "decision", "proposed")
            case "approve":
                deciding.approve(g.session, **common)
                return _done(number, "decision", _DECIDED.get(case_state(g.session, number), "endorsed"))
            case "send_back":
                deciding.send_back(g.session, **common)
                return _done(number, "decision", "sent_back")
            case "recall":
                deciding.recall(g.session, **common)
                return _done(number, "decision", "recalled")
            case _:
                raise Invalid("请先选一个结论", (Problem("decision", "没有选结论，请选一个"),))

    def again(troubles: tuple[Trouble, ...], status: int) -> ResponseReturnValue:
        view = load_decision(
            g.session,
            actor=g.actor,
            number=number,
            today=today(),
            opinion=opinion,
            chosen=chosen,
            approver=form_text("approver", 40),
            troubles=with_name(number, troubles, status),
        )
        return show("claims/decision.html", view, "cases", status=status)

    return act_once(run, again)


@page(blueprint, f"{ONE}/approver", permission="claims.substitute", methods=["POST"])
def substitute_approver(number: str) -> ResponseReturnValue:
    """Let somebody else decide a proposed case; the supervisor writes why."""
    reason = form_text("reason")

    def run() -> str:
        substitute(
            g.session,
            actor=g.actor,
            claim_id=case_id(g.session, number),
            approver_id=_approver(),
            reason=reason,
            now=g.now,
            version=form_version(),
        )
        return _done(number, "decision", "substituted")

    def again(troubles: tuple[Trouble, ...], status: int) -> ResponseReturnValue:
        view = load_decision(
            g.session,
            actor=g.actor,
            number=number,
            today=today(),
            reason=reason,
            approver=form_text("approver", 40),
            troubles=with_name(number, troubles, status),
        )
        return show("claims/decision.html", view, "cases", status=status)

    return act_once(run, again)


def _approver() -> UUID | None:
    """Return who is asked to decide, ``None`` for nobody in particular."""
    return form_id("approver") if form_text("approver", 40) else None


@page(blueprint, f"{ONE}/ask", permission="claims.accept")
def ask(number: str) -> ResponseReturnValue:
    """Show which papers can be asked for."""
    view = load_asking(g.session, actor=g.actor, number=number, today=today())
    return show("claims/ask.html", view, "cases")


@page(blueprint, f"{ONE}/ask", permission="claims.accept", methods=["POST"])
def send_request(number: str) -> ResponseReturnValue:
    """Ask once for every paper that is missing."""

    def run() -> str:
        request_papers(
            g.session,
            actor=g.actor,
            claim_id=case_id(g.session, number),
            kinds=request.form.getlist("kinds"),
            reason=form_text("reason"),
            now=g.now,
            version=form_version(),
        )
        return _done(number, "", "asked")

    def again(troubles: tuple[Trouble, ...], status: int) -> ResponseReturnValue:
        view = load_asking(
            g.session,
            actor=g.actor,
            number=number,
            today=today(),
            chosen=request.form.getlist("kinds"),
            reason=form_text("reason"),
            troubles=with_name(number, troubles, status),
        )
        return show("claims/ask.html", view, "cases", status=status)

    return act_once(run, again)
