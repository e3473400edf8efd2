"""除外清单: the lists, proposals with their effect, reports of wrong answers."""

from uuid import UUID

from flask import Blueprint, g, request
from flask.typing import ResponseReturnValue

from insurer.claims.operations.list_changes import approve_list_change
from insurer.exclusions.operations import decline_change, decline_report, propose_change, withdraw_change
from insurer.kernel.errors import Invalid, Problem
from insurer.web.access import page
from insurer.web.desk import act_once, form_day, form_text, show, today
from insurer.worklists.exclusion_changes import load_change, load_proposals, load_reports
from insurer.worklists.exclusion_lists import load_list, load_lists, load_proposing
from insurer.worklists.views import paths
from insurer.worklists.views.elements import Trouble

blueprint = Blueprint("exclusions", __name__)

CHANGE = f"{paths.EXCLUSIONS}/changes/<number>"
FIELDS = ("list", "kind", "term", "answer", "meaning", "basis", "starts_on", "ends_on", "report")


@page(blueprint, paths.EXCLUSIONS, permission="lists.view")
def lists() -> ResponseReturnValue:
    """Show every list with its source and dates."""
    view = load_lists(g.session, actor=g.actor, today=today())
    return show("exclusions/lists.html", view, "exclusions")


@page(blueprint, f"{paths.EXCLUSIONS}/<list_id>", permission="lists.view")
def one_list(list_id: str) -> ResponseReturnValue:
    """Show the words of one list."""
    view = load_list(g.session, actor=g.actor, list_id=list_id, arguments=request.args, today=today())
    return show("exclusions/list.html", view, "exclusions")


@page(blueprint, f"{paths.EXCLUSIONS}/propose", permission="lists.propose")
def proposing() -> ResponseReturnValue:
    """Show the form of a proposal."""
    view = load_proposing(g.session, actor=g.actor, arguments=request.args, today=today())
    return show("exclusions/propose.html", view, "exclusions")


@page(blueprint, f"{paths.EXCLUSIONS}/propose", permission="lists.propose", methods=["POST"])
def propose() -> ResponseReturnValue:
    """Propose a change; the next page shows its effect."""
    typed = {name: form_text(name, 200) for name in FIELDS}

    def run() -> str:
        starts = form_day("starts_on")
        if starts is None:
            raise Invalid("请写哪天起", (Problem("starts_on", "没有写哪天起，写成 2026-12-01 这样"),))
        number = propose_change(
            g.session,
            actor=g.actor,
            list_id=typed["list"],
            kind="retire" if typed["kind"] == "retire" else "add",
            term=typed["term"],
            answer=typed["answer"],
            meaning=typed["meaning"],
            basis=typed["basis"],
            starts_on=starts,
            ends_on=form_day("ends_on"),
            report_id=_id(typed["report"]),
            now=g.now,
        )
        return paths.with_query(f"{paths.EXCLUSIONS}/changes/{number}", done="list_proposed")

    def again(troubles: tuple[Trouble, ...], status: int) -> ResponseReturnValue:
        view = load_proposing(g.session, actor=g.actor, arguments=typed, today=today(), troubles=troubles)
        return show("exclusions/propose.html", view, "exclusions", status=status)

    return act_once(run, again)


def _id(text: str) -> UUID | None:
    try:
        return UUID(text) if text else None
    except ValueError:
        return None


@page(blueprint, f"{paths.EXCLUSIONS}/changes", permission="lists.view")
def waiting() -> ResponseReturnValue:
    """List what waits for an approval."""
    view = load_proposals(g.session, actor=g.actor, ended=False, arguments=request.args)
    return show("exclusions/proposals.html", view, "exclusions")


@page(blueprint, f"{paths.EXCLUSIONS}/history", permission="lists.view")
def history() -> ResponseReturnValue:
    """List what was approved, declined or withdrawn."""
    view = load_proposals(g.session, actor=g.actor, ended=True, arguments=request.args)
    return show("exclusions/proposals.html", view, "exclusions")


@page(blueprint, CHANGE, permission="lists.view", limit="60/minute")
def change(number: str) -> ResponseReturnValue:
    """Show a proposal with its effect on past lines."""
    view = load_change(g.session, actor=g.actor, number=number, today=today())
    return show("exclusions/change.html", view, "exclusions")


@page(blueprint, CHANGE, permission="lists.propose", methods=["POST"])
def decide_change(number: str) -> ResponseReturnValue:
    """Approve, send back or withdraw; the operation asks who may."""
    decision, opinion = form_text("decision", 20), form_text("opinion")

    def run() -> str:
        common = {"actor": g.actor, "number": number, "now": g.now}
        match decision:
            case "approve":
                approve_list_change(
                    g.session, opinion=opinion, previewed=form_text("previewed", 64), today=today(), **common
                )
                done = "list_approved"
            case "decline":
                decline_change(g.session, opinion=opinion, **common)
                done = "list_declined"
            case "withdraw":
                withdraw_change(g.session, **common)
                done = "list_withdrawn"
            case _:
                raise Invalid("请先选批准还是退回", (Problem("decision", "没有选，请选一个"),))
        return paths.with_query(f"{paths.EXCLUSIONS}/changes/{number}", done=done)

    def again(troubles: tuple[Trouble, ...], status: int) -> ResponseReturnValue:
        view = load_change(
            g.session, actor=g.actor, number=number, today=today(), opinion=opinion, troubles=troubles
        )
        return show("exclusions/change.html", view, "exclusions", status=status)

    return act_once(run, again)


@page(blueprint, f"{paths.EXCLUSIONS}/reports", permission="lists.view")
def told() -> ResponseReturnValue:
    """Show the queue of reports."""
    view = load_reports(g.session, actor=g.actor, arguments=request.args)
    return show("exclusions/reports.html", view, "exclusions")


@page(
    blueprint,
    f"{paths.EXCLUSIONS}/reports/<uuid:report_id>/decline",
    permission="lists.propose",
    methods=["POST"],
)
def close_report(report_id: UUID) -> ResponseReturnValue:
    """Close a report with a reason and no change."""
    reason = form_text("reason")

    def run() -> str:
        decline_report(g.session, actor=g.actor, report_id=report_id, reason=reason, now=g.now)
        return paths.with_query(f"{paths.EXCLUSIONS}/reports", done="report_declined")

    def again(troubles: tuple[Trouble, ...], status: int) -> ResponseReturnValue:
        arguments = {"decline": str(report_id)}
        view = load_reports(g.session, actor=g.actor, arguments=arguments, reason=reason, troubles=troubles)
        return show("exclusions/reports.html", view, "exclusions", status=status)

    return act_once(run, again)
