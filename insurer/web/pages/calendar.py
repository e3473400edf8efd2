"""工作日历: proposing a year, agreeing to it."""

from uuid import UUID

from flask import Blueprint, g, request
from flask.typing import ResponseReturnValue

from insurer.claims.operations.calendar_years import TypedYear, decide_year, propose_year
from insurer.kernel.errors import Invalid, Problem
from insurer.web.access import page
from insurer.web.desk import act_once, form_text, show, today
from insurer.worklists.calendar import load_calendar
from insurer.worklists.views import paths
from insurer.worklists.views.elements import Trouble

blueprint = Blueprint("calendar", __name__)


@page(blueprint, paths.CALENDAR, permission="calendar.view")
def calendar() -> ResponseReturnValue:
    """Show the years that count, those proposed, and until when terms can be counted."""
    return show("worklists/calendar.html", load_calendar(g.session, actor=g.actor, today=today()), "calendar")


@page(blueprint, paths.CALENDAR, permission="calendar.propose", methods=["POST"])
def propose() -> ResponseReturnValue:
    """Put a year before a second person."""

    def run() -> str:
        year = form_text("year", 4)
        if not year.isdecimal() or len(year) != 4:
            raise Invalid("请写年份", (Problem("year", "年份写四位数字，例如 2027"),))
        typed = TypedYear(
            int(year),
            form_text("holidays", 4_000),
            form_text("working_weekends", 2_000),
            form_text("source", 200),
            request.form.get("provisional") == "1",
        )
        propose_year(g.session, actor=g.actor, typed=typed, now=g.now)
        return paths.with_query(paths.CALENDAR, done="year_proposed")

    return act_once(run, _again)


@page(blueprint, f"{paths.CALENDAR}/<uuid:entry_id>", permission="calendar.approve", methods=["POST"])
def decide(entry_id: UUID) -> ResponseReturnValue:
    """Agree to a proposed year or refuse it."""

    def run() -> str:
        asked = form_text("decision", 10)
        if asked not in ("agree", "refuse"):
            raise Invalid("请选同意还是不同意", (Problem("decision", "没有选，请按其中一个按钮"),))
        decide_year(
            g.session,
            actor=g.actor,
            entry_id=entry_id,
            agree=asked == "agree",
            reason=form_text("reason"),
            now=g.now,
        )
        return paths.with_query(paths.CALENDAR, done="year_agreed" if asked == "agree" else "year_refused")

    return act_once(run, _again)


def _again(troubles: tuple[Trouble, ...], status: int) -> ResponseReturnValue:
    typed = {name: request.form.get(name, "")[:4_000] for name in request.form if name != "csrf_token"}
    view = load_calendar(g.session, actor=g.actor, today=today(), typed=typed, troubles=troubles)
    return show("worklists/calendar.html", view, "calendar", status=status)
