"""待办 and the search."""

from flask import Blueprint, g, redirect, request
from flask.typing import ResponseReturnValue

from insurer.accounts.permissions import holds
from insurer.web.access import page
from insurer.web.desk import scheme, show
from insurer.web.pages.people import found_people
from insurer.worklists.home import load_home
from insurer.worklists.search import find_case_number
from insurer.worklists.views import paths

blueprint = Blueprint("desk", __name__)


@page(blueprint, paths.HOME, permission="signed_in")
def home() -> ResponseReturnValue:
    """Show what to do first; roles without a desk go to the part that is theirs."""
    if not holds(g.actor, "desk.view"):
        return redirect(_first_section(), 303)
    mine = request.args.get("who") == "me"
    view = load_home(g.session, actor=g.actor, scheme=scheme(), mine=mine, now=g.now)
    return show("worklists/home.html", view, "home")


def _first_section() -> str:
    """Return the part that is the reader's when he has no desk."""
    parts = ((paths.ROSTERS, "rosters.view"), (paths.EXCLUSIONS, "lists.view"))
    return next((path for path, needed in parts if holds(g.actor, needed)), paths.CASES)


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
