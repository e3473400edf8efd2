"""通知书: the list, the very file that is sent, print runs, delivery."""

from urllib.parse import parse_qsl, urlsplit
from uuid import UUID

from flask import Blueprint, g, request
from flask.typing import ResponseReturnValue
from werkzeug.wrappers import Response

from insurer.kernel.errors import Conflict
from insurer.notices.operations import record_delivery
from insurer.notices.queries import notice_pdf, print_run_pdf
from insurer.web.access import local_path, page
from insurer.web.desk import (
    act_once,
    address_values,
    download,
    form_text,
    name_file,
    needed_day,
    show,
    today,
    with_density,
)
from insurer.web.forms import once_per_form
from insurer.web.units import runtime
from insurer.worklists.letter_batches import load_letters_run, preview_letters, run_letters
from insurer.worklists.letter_list import export_notices, freeze_letters, freeze_ticked, load_notices
from insurer.worklists.selections import list_with, selection_id_of
from insurer.worklists.views import paths
from insurer.worklists.views.elements import Link, Trouble
from insurer.worklists.views.refusals import RefusalPage

blueprint = Blueprint("notices", __name__)

MOST_PICKED = 2_000
"""So many letters can be ticked one by one; more are chosen as all that match."""


@page(blueprint, paths.NOTICES, permission="notices.view")
def notices() -> ResponseReturnValue:
    """List the letters that the address asks for."""
    view = load_notices(g.session, actor=g.actor, arguments=address_values(), today=today())
    return show("notices/list.html", view, "notices", change=with_density(view.parts.tools.density))


@page(blueprint, f"{paths.NOTICES}/export", permission="notices.view", methods=["POST"], limit="10/minute")
def export() -> ResponseReturnValue:
    """Give the list as a workbook: the same rows, with a number that the log knows."""
    name, content = export_notices(g.session, actor=g.actor, arguments=address_values(), now=g.now)
    return download(name, content)


@page(blueprint, f"{paths.NOTICES}/select", permission="notices.print", methods=["POST"])
def select_all() -> ResponseReturnValue:
    """Choose every letter that matches now; later ones do not belong to the set."""
    arguments = address_values()

    def run() -> str:
        chosen = freeze_letters(g.session, actor=g.actor, arguments=arguments, now=g.now)
        return list_with(_back(), chosen, paths.NOTICES)

    return once_per_form(run)


@page(blueprint, f"{paths.NOTICES}/batch", permission="notices.print", methods=["POST"], limit="60/minute")
def batch() -> ResponseReturnValue:
    """Preview a step for many letters; take it when the preview is confirmed."""
    action = form_text("action", 20)
    selection_id = selection_id_of(form_text("selection", 36))
    if selection_id is None:
        ticked = request.form.getlist("notice")[:MOST_PICKED]
        arguments = dict(parse_qsl(urlsplit(_back()).query))
        selection_id = freeze_ticked(g.session, actor=g.actor, ticked=ticked, arguments=arguments, now=g.now)
    if request.form.get("confirmed") != "1":
        return _preview(action, selection_id)
    chosen = selection_id

    def run() -> str:
        ran = run_letters(
            g.session,
            actor=g.actor,
            action=action,
            selection_id=chosen,
            way=form_text("way", 10),
            day=form_text("delivered_on", 20),
            now=g.now,
        )
        return paths.with_query(f"{paths.NOTICES}/batch/{ran.run_id}", rest=str(ran.rest or ""), back=_back())

    def again(troubles: tuple[Trouble, ...], status: int) -> ResponseReturnValue:
        return _preview(action, chosen, troubles, status)

    return act_once(run, again)


def _preview(
    action: str, selection_id: UUID, troubles: tuple[Trouble, ...] = (), status: int = 200
) -> ResponseReturnValue:
    view = preview_letters(
        g.session,
        actor=g.actor,
        action=action,
        selection_id=selection_id,
        back=_back(),
        way=form_text("way", 10),
        day=form_text("delivered_on", 20) or today().isoformat(),
        troubles=troubles,
    )
    return show("notices/batch.html", view, "notices", status=status)


@page(blueprint, f"{paths.NOTICES}/batch/<uuid:run_id>", permission="notices.print")
def result(run_id: UUID) -> ResponseReturnValue:
    """Show what became of each letter."""
    back = local_path(request.args.get("back"))
    view = load_letters_run(
        g.session,
        actor=g.actor,
        run_id=run_id,
        back=back if back != "/" else paths.NOTICES,
        rest=selection_id_of(request.args.get("rest", "")),
    )
    return show("claims/batch_result.html", view, "notices")


@page(blueprint, f"{paths.NOTICES}/<uuid:notice_id>.pdf", permission="notices.view")
def letter(notice_id: UUID) -> ResponseReturnValue:
    """Give the very file that is sent."""
    name, content = notice_pdf(g.session, runtime().storage, notice_id)
    return _pdf(name, content)


@page(blueprint, f"{paths.NOTICES}/runs/<uuid:run_id>", permission="notices.print")
def print_run(run_id: UUID) -> ResponseReturnValue:
    """Give the merged file, or say that it is being made."""
    try:
        name, content = print_run_pdf(g.session, runtime().storage, run_id)
    except Conflict as waiting:
        ways = (Link("再看一次", request.path), Link("回到通知书", paths.NOTICES))
        view = RefusalPage(200, "正在合并", waiting.message, ways)
        return show("errors/refusal.html", view, "notices")
    return _pdf(name, content)


@page(blueprint, f"{paths.NOTICES}/<uuid:notice_id>/delivery", permission="notices.print", methods=["POST"])
def delivery(notice_id: UUID) -> ResponseReturnValue:
    """Note when and how a letter reached its reader."""

    def run() -> str:
        day = needed_day("delivered_on")
        way = form_text("way", 10)
        record_delivery(g.session, actor=g.actor, notice_id=notice_id, delivered_on=day, way=way, now=g.now)
        back = local_path(form_text("back", 200))
        return paths.with_query(back if back != "/" else paths.NOTICES, done="delivered")

    return once_per_form(run)


def _back() -> str:
    back = local_path(form_text("back", 600))
    return back if back.partition("?")[0] == paths.NOTICES else paths.NOTICES


def _pdf(name: str, content: bytes) -> Response:
    response = Response(content, mimetype="application/pdf")
    name_file(response, "inline", name)
    return response
