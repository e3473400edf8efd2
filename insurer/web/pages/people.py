"""人员 and 名册: the search, one person, rosters from the file to the confirmation."""

from uuid import UUID

from flask import Blueprint, g, request
from flask.typing import ResponseReturnValue

from insurer.kernel.dates import parse_month
from insurer.kernel.errors import Invalid, Problem
from insurer.people.operations import discard_roster, request_apply, stage_roster
from insurer.people.revealing import SHOWN_SECONDS, reveal_number
from insurer.web.access import page
from insurer.web.desk import download, form_file, form_text, scheme, show, today
from insurer.web.forms import once_per_form
from insurer.web.units import runtime
from insurer.worklists.error_workbook import error_workbook
from insurer.worklists.persons import load_people, load_person
from insurer.worklists.programmes import chosen
from insurer.worklists.rosters import load_preview, load_rosters
from insurer.worklists.views import paths

blueprint = Blueprint("people", __name__)

ROSTER = f"{paths.ROSTERS}/<uuid:import_id>"


@page(blueprint, paths.PEOPLE, permission="people.view")
def people() -> ResponseReturnValue:
    """Show the search."""
    view = load_people(g.session, scheme=scheme(), asked="", today=today())
    return show("people/search.html", view, "people")


@page(blueprint, paths.PEOPLE, permission="people.view", methods=["POST"], limit="60/minute")
def find() -> ResponseReturnValue:
    """Find people; what was typed travels in a form, never in an address."""
    view = load_people(g.session, scheme=scheme(), asked=form_text("q", 60), today=today())
    return show("people/search.html", view, "people")


@page(blueprint, f"{paths.PEOPLE}/<uuid:person_id>", permission="people.view")
def person(person_id: UUID) -> ResponseReturnValue:
    """One person: cover, identities, cases."""
    view = load_person(g.session, actor=g.actor, person_id=person_id, today=today())
    return show("people/person.html", view, "people")


@page(
    blueprint,
    f"{paths.PEOPLE}/<uuid:person_id>/reveal",
    permission="people.reveal",
    methods=["POST"],
    limit="30/hour",
)
def reveal(person_id: UUID) -> ResponseReturnValue:
    """Show the full number for a minute, after a reason that is logged."""
    number = reveal_number(
        g.session, actor=g.actor, person_id=person_id, reason=form_text("reason", 200), now=g.now
    )
    view = load_person(g.session, actor=g.actor, person_id=person_id, today=today(), revealed=number)
    response = show("people/person.html", view, "people")
    response.headers["Refresh"] = f"{SHOWN_SECONDS}; url={paths.PEOPLE}/{person_id}"  # type: ignore[union-attr]
    return response


@page(blueprint, paths.ROSTERS, permission="rosters.view")
def rosters() -> ResponseReturnValue:
    """List the months."""
    year = request.args.get("year", "")
    view = load_rosters(g.session, actor=g.actor, scheme=scheme(), year=year, today=today())
    return show("people/rosters.html", view, "rosters")


@page(blueprint, paths.ROSTERS, permission="rosters.stage", methods=["POST"], limit="20/minute")
def upload() -> ResponseReturnValue:
    """Take a roster in and compare it; nothing of it is written yet."""
    wanted = chosen(request.args.get("scheme"))

    def run() -> str:
        file = form_file()
        try:
            month = parse_month(form_text("month", 7))
        except ValueError as error:
            raise Invalid(str(error), (Problem("month", str(error)),)) from error
        outcome = stage_roster(
            g.session,
            actor=g.actor,
            scheme=wanted,
            month=month,
            content=file.stream.read(),
            filename=(file.filename or "")[:120],
            storage=runtime().storage,
            now=g.now,
        )
        if outcome.import_id is None:
            return paths.with_query(paths.ROSTERS, done="unchanged")
        done = "staged" if outcome.state == "staged" else "unchanged"
        return paths.with_query(f"{paths.ROSTERS}/{outcome.import_id}", done=done)

    return once_per_form(run)


@page(blueprint, ROSTER, permission="rosters.view")
def preview(import_id: UUID) -> ResponseReturnValue:
    """The effect of one file, before or after it was written."""
    show_kind = request.args.get("show", "")
    view = load_preview(g.session, actor=g.actor, import_id=import_id, show=show_kind, today=today())
    return show("people/roster_preview.html", view, "rosters")


@page(blueprint, f"{ROSTER}/errors.xlsx", permission="rosters.stage", limit="30/hour")
def errors(import_id: UUID) -> ResponseReturnValue:
    """Give the sender's workbook back with the reason beside each refused row."""
    storage = runtime().storage
    name, content = error_workbook(g.session, actor=g.actor, import_id=import_id, storage=storage, now=g.now)
    return download(name, content)


@page(blueprint, f"{ROSTER}/confirm", permission="rosters.apply", methods=["POST"])
def confirm(import_id: UUID) -> ResponseReturnValue:
    """Confirm a staged roster; it is written in the background."""

    def run() -> str:
        request_apply(g.session, actor=g.actor, import_id=import_id, now=g.now)
        return paths.with_query(f"{paths.ROSTERS}/{import_id}", done="applying")

    return once_per_form(run)


@page(blueprint, f"{ROSTER}/discard", permission="rosters.stage", methods=["POST"])
def give_up(import_id: UUID) -> ResponseReturnValue:
    """Give a staged roster up; the file stays on record."""

    def run() -> str:
        discard_roster(g.session, actor=g.actor, import_id=import_id, now=g.now)
        return paths.with_query(paths.ROSTERS, done="discarded")

    return once_per_form(run)
