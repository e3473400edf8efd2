"""待办 and the search."""

from typing import Final

from flask import Blueprint, g, redirect, request
from flask.typing import ResponseReturnValue

from insurer.accounts.permissions import holds
from insurer.web.access import page
from insurer.web.desk import scheme, show
from insurer.web.pages.people import found_people
from insurer.worklists.home import load_home
from insurer.worklists.search import find_case_number
from insurer.worklists.views import paths
from insurer.worklists.views.refusals import RefusalPage

blueprint = Blueprint("desk", __name__)

NO_PART: Final = RefusalPage(
    200,
    "这里没有要您办的事",
    "您的账号已登录，但这个岗位不经手案件和名册。账号、口令和审计核对，在服务器上用 insurer 命令办。"
    "要办案件，请系统管理员给您加上岗位。",
)


@page(blueprint, paths.HOME, permission="signed_in")
def home() -> ResponseReturnValue:
    """Show what to do first; roles without a desk go to the part that is theirs."""
    if not holds(g.actor, "desk.view"):
        first = _first_section()
        return redirect(first, 303) if first else show("errors/refusal.html", NO_PART, "home")
    mine = request.args.get("who") == "me"
    view = load_home(g.session, actor=g.actor, scheme=scheme(), mine=mine, now=g.now)
    return show("worklists/home.html", view, "home")


def _first_section() -> str:
    """Return the part that is the reader's when he has no desk; empty when he has none on the web."""
    parts = ((paths.ROSTERS, "rosters.view"), (paths.EXCLUSIONS, "lists.view"), (paths.CASES, "claims.view"))
    return next((path for path, needed in parts if holds(g.actor, needed)), "")


@page(blueprint, "/still-here", permission="signed_in")
def still_here() -> ResponseReturnValue:
    """Keep the session of somebody who says that he is still at work."""
    return "", 204


@page(blueprint, paths.SEARCH, permission="claims.view")
def search_again() -> ResponseReturnValue:
    """Lead who opens the search's address again to the place where one searches."""
    return redirect(paths.PEOPLE, 303)


@page(blueprint, paths.SEARCH, permission="claims.view", methods=["POST"], limit="60/minute")
def search() -> ResponseReturnValue:
    """Go to the case of a case, settlement or invoice number; otherwise list the people found.

    What was typed is sent in a form, never in an address: it may be a person's number.
    """
    asked = request.form.get("q", "").strip()[:60]
    number = find_case_number(g.session, asked)
    if number is not None:
        return redirect(paths.case_href(number), 303)
    return found_people(asked)
