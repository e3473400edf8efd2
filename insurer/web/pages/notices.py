"""通知书: the list, the very file that is sent, print runs, delivery."""

from uuid import UUID

from flask import Blueprint, g, request
from flask.typing import ResponseReturnValue
from werkzeug.wrappers import Response

from insurer.kernel.dates import parse_date
from insurer.kernel.errors import Conflict, Invalid, Problem
from insurer.notices.operations import record_delivery, start_print_run
from insurer.notices.queries import notice_pdf, print_run_pdf
from insurer.web.access import local_path, page
from insurer.web.desk import form_text, name_file, scheme, show, today, with_density
from insurer.web.forms import once_per_form
from insurer.web.units import runtime
from insurer.worklists.letter_list import load_notices
from insurer.worklists.views import paths
from insurer.worklists.views.elements import Link
from insurer.worklists.views.refusals import RefusalPage

blueprint = Blueprint("notices", __name__)


@page(blueprint, paths.NOTICES, permission="notices.view")
def notices() -> ResponseReturnValue:
    """List letters of one state."""
    view = load_notices(g.session, actor=g.actor, scheme=scheme(), arguments=request.args, today=today())
    return show("notices/list.html", view, "notices", change=with_density(view.tools.density))


@page(blueprint, f"{paths.NOTICES}/<uuid:notice_id>.pdf", permission="notices.view")
def letter(notice_id: UUID) -> ResponseReturnValue:
    """Give the very file that is sent."""
    name, content = notice_pdf(g.session, runtime().storage, notice_id)
    return _pdf(name, content)


@page(blueprint, f"{paths.NOTICES}/print", permission="notices.print", methods=["POST"])
def print_letters() -> ResponseReturnValue:
    """Merge the chosen letters in the order of the list."""

    def run() -> str:
        try:
            ids = [UUID(text) for text in request.form.getlist("notice")]
        except ValueError as error:
            raise Invalid("有的通知书不认识，请刷新后再选") from error
        run_id = start_print_run(g.session, actor=g.actor, notice_ids=ids, now=g.now)
        return f"{paths.NOTICES}/runs/{run_id}"

    return once_per_form(run)


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
        try:
            day = parse_date(form_text("delivered_on", 10))
        except ValueError as error:
            raise Invalid(str(error), (Problem("delivered_on", str(error)),)) from error
        way = form_text("way", 10)
        record_delivery(g.session, actor=g.actor, notice_id=notice_id, delivered_on=day, way=way, now=g.now)
        back = local_path(form_text("back", 200))
        return paths.with_query(back if back != "/" else paths.NOTICES, done="delivered")

    return once_per_form(run)


def _pdf(name: str, content: bytes) -> Response:
    response = Response(content, mimetype="application/pdf")
    name_file(response, "inline", name)
    return response
