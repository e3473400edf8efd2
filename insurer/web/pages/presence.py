"""Who has a case open: pages say so every few seconds, and who comes second can take the case over."""

from flask import Blueprint, g, render_template
from flask.typing import ResponseReturnValue

from insurer.kernel.errors import Invalid
from insurer.web.access import local_path, page, way_back
from insurer.web.desk import form_text, form_version, show, today, troubles_of
from insurer.web.forms import once_per_form
from insurer.web.layout import page_shell
from insurer.web.units import discard
from insurer.worklists.overview import load_overview
from insurer.worklists.presence import say_left, say_open, take_case_over
from insurer.worklists.views import paths

blueprint = Blueprint("presence", __name__)

ONE = f"{paths.CASES}/<number>"


@page(blueprint, f"{ONE}/presence", permission="claims.view", methods=["POST"], keeps_alive=False)
def say(number: str) -> ResponseReturnValue:
    """Note that a page is open, or was left; answers with the words for that page, or with nothing."""
    if form_text("left", 1):
        say_left(g.session, actor=g.actor, number=number, now=g.now)
        return "", 204
    found = say_open(
        g.session,
        actor=g.actor,
        number=number,
        acted=bool(form_text("acted", 1)),
        version=form_version(),
        now=g.now,
    )
    if not found.who and not found.changed:
        return "", 204
    return render_template("pages/claims/presence.html", presence=found, shell=page_shell())


@page(blueprint, f"{ONE}/take-over", permission="claims.view", methods=["POST"])
def take(number: str) -> ResponseReturnValue:
    """Take over a case that somebody else has open; the reason stands in the time line."""

    def run() -> str:
        take_case_over(g.session, actor=g.actor, number=number, reason=form_text("reason", 100), now=g.now)
        back = local_path(way_back()).partition("#")[0]
        own = back if back.startswith(paths.case_href(number)) else paths.case_href(number)
        return f"{own}{'&' if '?' in own else '?'}done=taken_over"

    try:
        return once_per_form(run)
    except Invalid as refused:
        discard()
        troubles = troubles_of(refused)
    view = load_overview(g.session, actor=g.actor, number=number, today=today(), troubles=troubles)
    return show("claims/overview.html", view, "cases", status=422)
