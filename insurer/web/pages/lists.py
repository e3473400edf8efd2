"""What each member of staff keeps of a list: columns and height of rows, views under a name."""

from uuid import UUID

from flask import Blueprint, g, jsonify, request
from flask.typing import ResponseReturnValue

from insurer.accounts.permissions import require
from insurer.kernel.errors import Invalid, NotFound
from insurer.web.access import local_path, page
from insurer.web.desk import form_text, show, today, troubles_of
from insurer.web.forms import once_per_form
from insurer.web.units import discard
from insurer.worklists.freshness import changed_rows
from insurer.worklists.known_lists import KnownList, known_list, load_columns, load_views, values_of
from insurer.worklists.operations import choose_columns, choose_default, choose_density, drop_view, save_view
from insurer.worklists.views import paths
from insurer.worklists.views.elements import Trouble

blueprint = Blueprint("lists", __name__)

ONE = "/lists/<name>"


def _open(name: str) -> KnownList:
    found = known_list(name)
    if found is None:
        raise NotFound("没有这个列表")
    require(g.actor, found.permission)
    return found


def _back(found: KnownList, text: str) -> str:
    """Return the address of the list to go back to; never another page."""
    back = local_path(text[:800])
    return back if back.partition("?")[0] == found.kind.path else found.kind.path


def _with_done(back: str, word: str) -> str:
    return f"{back}{'&' if '?' in back else '?'}done={word}"


@page(blueprint, f"{ONE}/changed", permission="signed_in", keeps_alive=False, limit="60/minute")
def changed(name: str) -> ResponseReturnValue:
    """Say which of the rows that a page shows were changed since; asked by the page itself."""
    _open(name)
    rows = changed_rows(g.session, name, request.args.getlist("row"))
    return jsonify(rows) if rows else ("", 204)


@page(blueprint, f"{ONE}/columns", permission="signed_in")
def columns(name: str) -> ResponseReturnValue:
    """Show which columns there are, which are shown, in which order."""
    found = _open(name)
    back = _back(found, request.args.get("back", ""))
    view = load_columns(g.session, actor=g.actor, found=found, back=back)
    return show("worklists/columns.html", view, found.section)


@page(blueprint, f"{ONE}/columns", permission="signed_in", methods=["POST"])
def set_columns(name: str) -> ResponseReturnValue:
    """Keep the columns in the order of their places, and the height of rows."""
    found = _open(name)
    back = _back(found, form_text("back", 800))

    def run() -> str:
        shown = request.form.getlist("shown")[:60]
        if form_text("reset", 1):
            shown = []
        places = {key: form_text(f"place-{key}", 3) for key in shown}
        order = {key: int(text) if text.isdecimal() else 999 for key, text in places.items()}
        ordered = sorted(shown, key=lambda key: (order[key], shown.index(key)))
        choose_columns(g.session, actor=g.actor, kind=found.kind, keys=ordered)
        density = form_text("density", 8)
        if density:
            choose_density(g.session, actor=g.actor, list_name=found.kind.name, density=density)
        return _with_done(back, "columns_set")

    return once_per_form(run)


@page(blueprint, f"{ONE}/density", permission="signed_in", methods=["POST"])
def set_density(name: str) -> ResponseReturnValue:
    """Keep the height of rows."""
    found = _open(name)
    back = _back(found, form_text("back", 800))

    def run() -> str:
        choose_density(g.session, actor=g.actor, list_name=found.kind.name, density=form_text("density", 8))
        return back

    return once_per_form(run)


@page(blueprint, f"{ONE}/views", permission="signed_in")
def views(name: str) -> ResponseReturnValue:
    """List the views and offer to keep the present conditions."""
    found = _open(name)
    back = _back(found, request.args.get("back", ""))
    return _views(found, back)


def _views(
    found: KnownList, back: str, troubles: tuple[Trouble, ...] = (), status: int = 200
) -> ResponseReturnValue:
    view = load_views(
        g.session,
        actor=g.actor,
        found=found,
        back=back,
        today=today(),
        name=form_text("name", 40) if request.method == "POST" else "",
        shared_role=form_text("shared_role", 20) if request.method == "POST" else "",
        as_default=request.method == "POST" and bool(form_text("default", 1)),
        troubles=troubles,
    )
    return show("worklists/views.html", view, found.section, status=status)


@page(blueprint, f"{ONE}/views", permission="signed_in", methods=["POST"])
def keep_view(name: str) -> ResponseReturnValue:
    """Keep the conditions of the address ``back`` under a name."""
    found = _open(name)
    back = _back(found, form_text("back", 800))

    def run() -> str:
        made = save_view(
            g.session,
            actor=g.actor,
            list_name=found.kind.name,
            name=form_text("name", 40),
            conditions=values_of(found, back),
            shared_role=form_text("shared_role", 20),
            as_default=bool(form_text("default", 1)),
            now=g.now,
        )
        return paths.with_query(found.kind.path, view=str(made), done="view_saved")

    try:
        return once_per_form(run)
    except Invalid as refused:
        discard()
        return _views(found, back, troubles_of(refused), 422)


@page(blueprint, f"{ONE}/views/<uuid:view_id>/drop", permission="signed_in", methods=["POST"])
def forget_view(name: str, view_id: UUID) -> ResponseReturnValue:
    """Delete a view of one's own."""
    found = _open(name)

    def run() -> str:
        drop_view(g.session, actor=g.actor, list_name=found.kind.name, view_id=view_id, now=g.now)
        return paths.with_query(f"/lists/{name}/views", done="view_dropped")

    return once_per_form(run)


@page(blueprint, f"{ONE}/default", permission="signed_in", methods=["POST"])
def set_default(name: str) -> ResponseReturnValue:
    """Let the list open with a view, or with everything."""
    found = _open(name)

    def run() -> str:
        text = form_text("view", 36)
        try:
            view_id = UUID(text) if text else None
        except ValueError as error:
            raise NotFound("没有这个视图") from error
        choose_default(g.session, actor=g.actor, list_name=found.kind.name, view_id=view_id)
        return paths.with_query(f"/lists/{name}/views", done="default_set")

    return once_per_form(run)
