"""The pages of one case that only read."""

from flask import Blueprint, g, request
from flask.typing import ResponseReturnValue

from insurer.web.access import page
from insurer.web.desk import show, today
from insurer.web.pages.kept_words import finding_form, left_by_reader
from insurer.worklists.calculation import load_calculation
from insurer.worklists.letters import load_case_notices
from insurer.worklists.money import load_case_payment
from insurer.worklists.overview import load_overview
from insurer.worklists.timeline import load_timeline
from insurer.worklists.views import paths

blueprint = Blueprint("cases", __name__)

ONE = f"{paths.CASES}/<number>"


@page(blueprint, ONE, permission="claims.view")
def overview(number: str) -> ResponseReturnValue:
    """概览."""
    view = load_overview(g.session, actor=g.actor, number=number, today=today())
    return show("claims/overview.html", view, "cases")


@page(blueprint, f"{ONE}/calculation", permission="claims.view")
def calculation(number: str) -> ResponseReturnValue:
    """核算, with a derivation or the judging of a line open beside it."""
    arguments = request.args
    view = load_calculation(
        g.session,
        actor=g.actor,
        number=number,
        today=today(),
        of=arguments.get("of", "")[:80],
        line=arguments.get("line", "")[:8],
        lines=arguments.get("lines", ""),
        setl=arguments.get("setl", "")[:60],
        finding=arguments.get("finding", "")[:40],
    )
    kept = left_by_reader(number, finding_form(view.judging.line)) if view.judging else None
    return show("claims/calculation.html", view, "cases", kept=kept, typed=kept.text if kept else "")


@page(blueprint, f"{ONE}/payment", permission="claims.view")
def payment(number: str) -> ResponseReturnValue:
    """付款."""
    view = load_case_payment(g.session, actor=g.actor, number=number, today=today())
    return show("claims/payment.html", view, "cases")


@page(blueprint, f"{ONE}/notices", permission="claims.view")
def notices(number: str) -> ResponseReturnValue:
    """通知书."""
    view = load_case_notices(g.session, actor=g.actor, number=number, today=today())
    return show("claims/notices.html", view, "cases")


@page(blueprint, f"{ONE}/timeline", permission="claims.view")
def timeline(number: str) -> ResponseReturnValue:
    """时间线."""
    kind = request.args.get("kind", "")
    view = load_timeline(g.session, actor=g.actor, number=number, kind=kind, today=today())
    return show("claims/timeline.html", view, "cases")
