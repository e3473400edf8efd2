"""名册: files of the bureau from the upload to the confirmation."""

from uuid import UUID

from flask import Blueprint, g, make_response, render_template, request
from flask.typing import ResponseReturnValue

from insurer.kernel.dates import parse_month
from insurer.kernel.errors import Invalid, Problem
from insurer.people.arriving import ArrivingFile
from insurer.people.correcting_cells import LONGEST, correct_cell, take_cell_back
from insurer.people.operations import discard_roster, request_apply
from insurer.people.receiving import ONLY_HIDDEN, compare_again, receive_file
from insurer.web.access import page
from insurer.web.desk import (
    act_once,
    address_values,
    download,
    form_file,
    form_text,
    scheme,
    show,
    today,
    with_density,
)
from insurer.web.forms import once_per_form
from insurer.web.units import runtime
from insurer.worklists.error_workbook import error_workbook
from insurer.worklists.programmes import chosen
from insurer.worklists.roster_cell import cell_at, load_cell
from insurer.worklists.roster_columns import load_columns
from insurer.worklists.roster_preview import hidden_after, load_preview
from insurer.worklists.rosters import export_rosters, load_rosters
from insurer.worklists.views import paths
from insurer.worklists.views.elements import Trouble

blueprint = Blueprint("rosters", __name__)

ROSTER = f"{paths.ROSTERS}/<uuid:import_id>"
MOST_COLUMNS = 300


@page(blueprint, paths.ROSTERS, permission="rosters.view")
def rosters() -> ResponseReturnValue:
    """List the files of the bureau that the address asks for."""
    view = load_rosters(g.session, actor=g.actor, arguments=address_values(), today=today())
    return show("people/rosters.html", view, "rosters", change=with_density(view.parts.tools.density))


@page(blueprint, f"{paths.ROSTERS}/export", permission="rosters.view", methods=["POST"], limit="10/minute")
def export() -> ResponseReturnValue:
    """Give the list as a workbook: the same rows and columns, with a number that the log knows."""
    return download(*export_rosters(g.session, actor=g.actor, arguments=address_values(), now=g.now))


@page(blueprint, paths.ROSTERS, permission="rosters.stage", methods=["POST"], limit="20/minute")
def upload() -> ResponseReturnValue:
    """Take a file in and compare it, a long one in the background; nothing of it is written yet."""
    wanted = chosen(request.args.get("scheme"))

    def run() -> str:
        try:
            month = parse_month(form_text("month", 7))
        except ValueError as error:
            raise Invalid(str(error), (Problem("month", str(error)),)) from error
        file = form_file()
        outcome = receive_file(
            g.session,
            actor=g.actor,
            arriving=ArrivingFile(
                scheme=wanted,
                month=month,
                filename=(file.filename or "")[:120],
                kind=form_text("kind", 20) or "auto",
                sender=form_text("sender", 60),
            ),
            content=file.stream,
            storage=runtime().storage,
            now=g.now,
            change_limit=runtime().settings.roster_change_percent,
            keep_unread=True,
        )
        if outcome.import_id is None:
            return paths.with_query(paths.ROSTERS, done="unchanged")
        if outcome.report.get("unread") and not outcome.report.get(ONLY_HIDDEN):
            return f"{paths.ROSTERS}/{outcome.import_id}/columns"
        done = {"staged": "staged", "reading": "reading"}.get(outcome.state, "unchanged")
        return paths.with_query(f"{paths.ROSTERS}/{outcome.import_id}", done=done)

    def again(troubles: tuple[Trouble, ...], status: int) -> ResponseReturnValue:
        view = load_rosters(
            g.session,
            actor=g.actor,
            arguments={"scheme": scheme()},
            today=today(),
            typed={name: form_text(name, 60) for name in ("month", "kind", "sender")},
            troubles=troubles,
        )
        return show("people/rosters.html", view, "rosters", status=status)

    return act_once(run, again)


@page(blueprint, ROSTER, permission="rosters.view")
def preview(import_id: UUID) -> ResponseReturnValue:
    """The effect of one file, before or after it was written."""
    show_kind = request.args.get("show", "")
    written = request.args.get("done") == "written"
    view = load_preview(
        g.session, actor=g.actor, import_id=import_id, show=show_kind, today=today(), written=written
    )
    return show("people/roster_preview.html", view, "rosters")


@page(blueprint, f"{ROSTER}/progress", permission="rosters.view", keeps_alive=False)
def progress(import_id: UUID) -> ResponseReturnValue:
    """Say how far the work has come, for the waiting page; when it has ended, the page opens itself anew."""
    view = load_preview(g.session, actor=g.actor, import_id=import_id, show="", today=today())
    response = make_response(render_template("pages/people/_roster_progress.html", page=view))
    if view.progress is None:
        done = "written" if view.applied_at else "ended"
        response.headers["HX-Redirect"] = paths.with_query(f"{paths.ROSTERS}/{import_id}", done=done)
    return response


@page(blueprint, f"{ROSTER}/kind", permission="rosters.stage", methods=["POST"], limit="30/minute")
def change_kind(import_id: UUID) -> ResponseReturnValue:
    """Compare a staged file again as another kind of list."""

    def run() -> str:
        compare_again(
            g.session,
            actor=g.actor,
            import_id=import_id,
            storage=runtime().storage,
            now=g.now,
            kind=form_text("kind", 20),
            change_limit=runtime().settings.roster_change_percent,
        )
        return paths.with_query(f"{paths.ROSTERS}/{import_id}", done="compared")

    return once_per_form(run)


@page(blueprint, f"{ROSTER}/hidden", permission="rosters.stage", methods=["POST"], limit="30/minute")
def choose_hidden(import_id: UUID) -> ResponseReturnValue:
    """Read a staged file again with one of its hidden sheets, or without it."""
    sheet, use = request.form.get("sheet", "")[:40], form_text("use", 3) == "yes"

    def run() -> str:
        compare_again(
            g.session,
            actor=g.actor,
            import_id=import_id,
            storage=runtime().storage,
            now=g.now,
            use_hidden=hidden_after(g.session, import_id, sheet=sheet, use=use),
            change_limit=runtime().settings.roster_change_percent,
        )
        return paths.with_query(f"{paths.ROSTERS}/{import_id}", done="compared")

    return once_per_form(run)


@page(blueprint, f"{ROSTER}/columns", permission="rosters.stage", limit="60/hour")
def columns(import_id: UUID) -> ResponseReturnValue:
    """Show how each column of the file is understood."""
    view = load_columns(g.session, actor=g.actor, import_id=import_id, storage=runtime().storage)
    return show("people/roster_columns.html", view, "rosters")


@page(blueprint, f"{ROSTER}/columns", permission="rosters.stage", methods=["POST"], limit="60/hour")
def choose_columns(import_id: UUID) -> ResponseReturnValue:
    """Remember how the sender's columns are to be understood, and compare the file again by them."""
    chosen = _chosen_columns()

    def run() -> str:
        compare_again(
            g.session,
            actor=g.actor,
            import_id=import_id,
            storage=runtime().storage,
            now=g.now,
            chosen=chosen,
            change_limit=runtime().settings.roster_change_percent,
        )
        return paths.with_query(f"{paths.ROSTERS}/{import_id}", done="columns")

    def again(troubles: tuple[Trouble, ...], status: int) -> ResponseReturnValue:
        view = load_columns(
            g.session,
            actor=g.actor,
            import_id=import_id,
            storage=runtime().storage,
            chosen=chosen,
            troubles=troubles,
        )
        return show("people/roster_columns.html", view, "rosters", status=status)

    return act_once(run, again)


def _chosen_columns() -> dict[str, str]:
    """Return what the form says of each header's words; words that stand over two columns keep their use."""
    chosen: dict[str, str] = {}
    for number in range(MOST_COLUMNS):
        key = request.form.get(f"key-{number}", "")[:60]
        field = form_text(f"field-{number}", 20)
        if key and (field or key not in chosen):
            chosen[key] = field
    return chosen


@page(blueprint, f"{ROSTER}/cell", permission="rosters.stage", limit="60/minute")
def cell(import_id: UUID) -> ResponseReturnValue:
    """Show one refused cell, to be put right."""
    at = request.args.get("at", "")[:40]
    view = load_cell(g.session, actor=g.actor, import_id=import_id, at=at, storage=runtime().storage)
    return show("people/roster_cell.html", view, "rosters")


@page(blueprint, f"{ROSTER}/cell", permission="rosters.stage", methods=["POST"], limit="60/minute")
def put_right(import_id: UUID) -> ResponseReturnValue:
    """Read a refused cell as the form says, and compare the file again."""
    at = form_text("at", 40)

    def run() -> str:
        correct_cell(
            g.session,
            actor=g.actor,
            import_id=import_id,
            where=cell_at(g.session, import_id, at),
            value=form_text("value", LONGEST + 1),
            storage=runtime().storage,
            now=g.now,
            change_limit=runtime().settings.roster_change_percent,
        )
        return paths.with_query(f"{paths.ROSTERS}/{import_id}", done="cell")

    def again(troubles: tuple[Trouble, ...], status: int) -> ResponseReturnValue:
        view = load_cell(
            g.session,
            actor=g.actor,
            import_id=import_id,
            at=at,
            storage=runtime().storage,
            troubles=troubles,
        )
        return show("people/roster_cell.html", view, "rosters", status=status)

    return act_once(run, again)


@page(blueprint, f"{ROSTER}/cell/back", permission="rosters.stage", methods=["POST"], limit="60/minute")
def take_back(import_id: UUID) -> ResponseReturnValue:
    """Read a cell again as it stands in the file."""
    at = form_text("at", 40)

    def run() -> str:
        take_cell_back(
            g.session,
            actor=g.actor,
            import_id=import_id,
            where=cell_at(g.session, import_id, at),
            storage=runtime().storage,
            now=g.now,
            change_limit=runtime().settings.roster_change_percent,
        )
        return paths.with_query(f"{paths.ROSTERS}/{import_id}", done="cell_back")

    return once_per_form(run)


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
