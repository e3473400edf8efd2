"""人员: the list and the search, one person, what somebody must look into, and who was told."""

from uuid import UUID

from flask import Blueprint, g, redirect, request
from flask.typing import ResponseReturnValue

from insurer.kernel.errors import Conflict, Invalid
from insurer.people.revealing import SHOWN_SECONDS, reveal_number
from insurer.people.tasks import finish_task, take_tasks
from insurer.people.telling import note_told
from insurer.web.access import local_path, page
from insurer.web.desk import (
    act_once,
    address_values,
    download,
    form_text,
    needed_day,
    scheme,
    show,
    today,
    troubles_of,
    with_density,
)
from insurer.web.forms import once_per_form
from insurer.web.units import discard
from insurer.worklists.list_frame import ALL
from insurer.worklists.people_list import export_people, keep_search, load_people
from insurer.worklists.people_tasks import load_person_task, load_person_tasks
from insurer.worklists.person import load_person
from insurer.worklists.programmes import kept
from insurer.worklists.told import load_told
from insurer.worklists.views import paths
from insurer.worklists.views.elements import Trouble

blueprint = Blueprint("people", __name__)

PERSON = f"{paths.PEOPLE}/<uuid:person_id>"
TASK = f"{paths.PEOPLE_TASKS}/<uuid:task_id>"


@page(blueprint, paths.PEOPLE, permission="people.view")
def people() -> ResponseReturnValue:
    """List the people that the address asks for; it never names one."""
    view = load_people(g.session, actor=g.actor, arguments=address_values(), today=today())
    return show("people/list.html", view, "people", change=with_density(view.parts.tools.density))


@page(blueprint, paths.PEOPLE, permission="people.view", methods=["POST"], limit="60/minute")
def find() -> ResponseReturnValue:
    """Find people; what was typed travels in a form, never in an address."""
    return found_people(form_text("q", 60))


def found_people(asked: str) -> ResponseReturnValue:
    """Lead to the list of who is meant by words that travelled in a form; the address has their set alone."""
    if not asked:
        return redirect(paths.with_query(paths.PEOPLE, scheme=kept(scheme())), 303)
    found = keep_search(g.session, actor=g.actor, scheme=scheme(), asked=asked, now=g.now)
    if found is None:
        arguments = {"scheme": scheme(), "view": ALL}
        view = load_people(g.session, actor=g.actor, arguments=arguments, today=today(), asked=asked)
        return show("people/list.html", view, "people", change=with_density(view.parts.tools.density))
    return redirect(paths.with_query(paths.PEOPLE, scheme=kept(scheme()), found=str(found)), 303)


@page(blueprint, f"{paths.PEOPLE}/export", permission="people.view", methods=["POST"], limit="10/minute")
def export() -> ResponseReturnValue:
    """Give the list as a workbook: the same rows, masked, with a number that the log knows."""
    name, content = export_people(g.session, actor=g.actor, arguments=address_values(), now=g.now)
    return download(name, content)


@page(blueprint, PERSON, permission="people.view")
def person(person_id: UUID) -> ResponseReturnValue:
    """One person: cover, identities, cases; ``on`` asks whether a day was covered."""
    day = request.args.get("on", "")[:10]
    view = load_person(g.session, actor=g.actor, person_id=person_id, today=today(), on=day)
    return show("people/person.html", view, "people")


@page(blueprint, f"{PERSON}/reveal", permission="people.reveal", methods=["POST"], limit="30/hour")
def reveal(person_id: UUID) -> ResponseReturnValue:
    """Show the full number for a minute, after a reason that is logged."""
    try:
        number = reveal_number(
            g.session, actor=g.actor, person_id=person_id, reason=form_text("reason", 200), now=g.now
        )
    except Invalid as refused:
        return _again(person_id, troubles_of(refused), 422)
    except Conflict as refused:
        return _again(person_id, (Trouble("", refused.message),), 409)
    view = load_person(g.session, actor=g.actor, person_id=person_id, today=today(), revealed=number)
    response = show("people/person.html", view, "people")
    response.headers["Refresh"] = f"{SHOWN_SECONDS}; url={paths.PEOPLE}/{person_id}"  # type: ignore[union-attr]
    return response


def _again(person_id: UUID, troubles: tuple[Trouble, ...], status: int) -> ResponseReturnValue:
    discard()
    view = load_person(g.session, actor=g.actor, person_id=person_id, today=today(), troubles=troubles)
    return show("people/person.html", view, "people", status=status)


@page(blueprint, paths.PEOPLE_TASKS, permission="people.tasks")
def tasks() -> ResponseReturnValue:
    """List what somebody must look into."""
    view = load_person_tasks(g.session, actor=g.actor, scheme=scheme(), arguments=request.args, today=today())
    return show("people/tasks.html", view, "people")


@page(blueprint, TASK, permission="people.tasks")
def task(task_id: UUID) -> ResponseReturnValue:
    """Show one thing to look into, and the form that ends it."""
    view = load_person_task(g.session, actor=g.actor, task_id=task_id, today=today())
    return show("people/task.html", view, "people")


@page(blueprint, f"{TASK}/finish", permission="people.tasks", methods=["POST"])
def finish(task_id: UUID) -> ResponseReturnValue:
    """End one thing with a word on what was found."""

    def run() -> str:
        finish_task(
            g.session,
            actor=g.actor,
            task_id=task_id,
            note_text=form_text("note"),
            untrue=request.form.get("untrue") == "1",
            now=g.now,
        )
        return paths.with_query(_list(), done="looked")

    def again(troubles: tuple[Trouble, ...], status: int) -> ResponseReturnValue:
        view = load_person_task(
            g.session,
            actor=g.actor,
            task_id=task_id,
            today=today(),
            typed=form_text("note"),
            troubles=troubles,
        )
        return show("people/task.html", view, "people", status=status)

    return act_once(run, again)


@page(blueprint, f"{TASK}/take", permission="people.tasks", methods=["POST"])
def take(task_id: UUID) -> ResponseReturnValue:
    """Make the reader the owner of one thing."""

    def run() -> str:
        take_tasks(g.session, actor=g.actor, task_ids=[task_id], now=g.now)
        return paths.with_query(f"{paths.PEOPLE_TASKS}/{task_id}", done="taken")

    return once_per_form(run)


def _list() -> str:
    back = local_path(form_text("back", 200))
    return back if back.startswith(paths.PEOPLE_TASKS) else paths.PEOPLE_TASKS


@page(blueprint, paths.PEOPLE_TOLD, permission="people.tasks")
def told() -> ResponseReturnValue:
    """List who was told of the cover of a year, when and how."""
    view = load_told(g.session, actor=g.actor, scheme=scheme(), arguments=request.args, today=today())
    return show("people/told.html", view, "people")


@page(
    blueprint,
    f"{paths.PEOPLE_TOLD}/<int:year>/<uuid:person_id>",
    permission="people.tasks",
    methods=["POST"],
)
def tell(year: int, person_id: UUID) -> ResponseReturnValue:
    """Record that somebody was told by telephone or at home."""

    def run() -> str:
        day = needed_day("told_on")
        note_told(
            g.session,
            actor=g.actor,
            person_id=person_id,
            year=year,
            way=form_text("way", 10),
            told_on=day,
            words=form_text("note", 200),
            now=g.now,
        )
        back = local_path(form_text("back", 200))
        return paths.with_query(
            back if back.startswith(paths.PEOPLE_TOLD) else paths.PEOPLE_TOLD, done="told"
        )

    return once_per_form(run)
